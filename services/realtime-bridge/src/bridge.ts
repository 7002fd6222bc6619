import type { ChangeStream } from '@telestack/bus';
import { type StatusError, toStatusError, unavailable } from '@telestack/errors';
import { RealtimeDefinition } from '@telestack/protos/telestack/realtime/v1/realtime.ts';
import type { ByteMethod, ByteService } from '@telestack/rpc';
import type { CredentialSource } from '@telestack/tokens';
import { type BridgeConfig, defaultConfig } from './config.ts';
import { type DocstoreClient, DocstoreReader } from './docstore/reader.ts';
import type { Log } from './events.ts';
import { ChangeFeed } from './feed/change-feed.ts';
import { consume, type FeedConnection } from './feed/connection.ts';
import { PrincipalChanges } from './principals/principal-changes.ts';
import { listen } from './stream/listen.ts';
import { Streams } from './stream/streams.ts';
import { systemTimers, type Timers } from './timers.ts';
import { Views } from './views/views.ts';

/** Where the change stream comes from; packages/bus has it over JetStream. */
export type ChangeSource = Pick<ChangeStream, 'consume' | 'last'>;

export interface BridgeOptions {
  readonly docstore: DocstoreClient;
  readonly changes: ChangeSource;
  /** Tells of revoked tokens and changed claims. */
  readonly principals?: Pick<CredentialSource, 'changes'> | undefined;
  readonly config?: Partial<BridgeConfig>;
  readonly timers?: Timers;
  readonly log?: Log;
}

export interface BridgeCounts {
  readonly streams: number;
  readonly targets: number;
  readonly views: number;
  /** Entries of the indexes that lead from changes to views. */
  readonly routes: number;
}

export interface Bridge {
  /** telestack.realtime.v1.Realtime on encoded messages. */
  readonly service: ByteService;
  counts(): BridgeCounts;
  /** How far the change stream has come; microseconds. 0 before its first batch. */
  readonly feedTime: number;
  /** Ends all streams with UNAVAILABLE, for clients to come back elsewhere, and stops. */
  close(): Promise<void>;
}

/** Live queries over the change stream. Resolves at once; the stream is followed as soon as it can be had. */
export function createBridge(options: BridgeOptions): Bridge {
  const config = { ...defaultConfig, ...options.config };
  const timers = options.timers ?? systemTimers;
  const log: Log = options.log ?? (() => {});
  const reader = new DocstoreReader(options.docstore, timers, config, (error) =>
    log('warn', 'reading from the docstore failed; trying again', { error }),
  );
  const closing = new AbortController();
  const views = new Views(config, timers, reader, () => feed.time);
  const principals: PrincipalChanges = new PrincipalChanges(
    options.principals,
    timers,
    config,
    (change) => streams.onChange(change),
    log,
  );
  const streams: Streams = new Streams(config, timers, reader, views, principals, log);
  const feed: ChangeFeed = new ChangeFeed(
    {
      isWatched: (database, path) => views.isWatched(database, path),
      onRelease: (project, time) => streams.hold(() => views.onRelease(project, time)),
      onCommit: (commit) => streams.hold(() => views.onCommit(commit)),
      onTime: () => streams.flush(),
      onGap: (from, start) => {
        if (from > 0) log('warn', 'commits were missed; reading the live queries again', { from, start });
        streams.hold(() => views.onGap(from, start));
      },
      onProblem: (problem, error) => log('error', problem, { error }),
    },
    (database, paths, time) => reader.fetch(database, paths, time, closing.signal),
    config.eventBufferSize,
  );
  const connection: FeedConnection = consume(options.changes, feed, timers, log);
  const listenMethod: ByteMethod = {
    kind: 'bidi',
    call: (requests, context, out) => listen(requests, context, out, streams.host, streams),
  };
  const path = `/${RealtimeDefinition.fullName}/${RealtimeDefinition.methods.listen.name}`;
  const service: ByteService = new Map([[path, listenMethod]]);
  return {
    service,
    counts: () => ({
      ...streams.counts(),
      views: views.count,
      routes: views.router.size + views.rights.size,
    }),
    get feedTime() {
      return feed.time;
    },
    async close() {
      const reason: StatusError = unavailable('The server is shutting down.');
      closing.abort(toStatusError(reason));
      streams.close(reason);
      views.close();
      await Promise.all([connection.close(), principals.close()]);
    },
  };
}
