import { unavailable } from '@telestack/errors';
import { Backoff } from '../backoff.ts';
import { ReadTimeError } from '../docstore/errors.ts';
import { readLeaves } from '../docstore/leaves.ts';
import { READ_BACKOFF } from '../docstore/reader.ts';
import type { DocumentState } from '../feed/document-state.ts';
import { sleep } from '../timers.ts';
import { AccessGathered } from './access-gathered.ts';
import { type Difference, sizeOf } from './delta.ts';
import type { ViewHost } from './host.ts';
import type { Result } from './result.ts';
import type { View } from './view.ts';

export interface Reloaded {
  readonly result: Result;
  /** From what listeners have to the new result. */
  readonly difference: Difference;
  /** Microseconds. */
  readonly readTime: number;
  readonly access: AccessGathered;
}

export interface ReloadOptions {
  /** Absent: anew. Microseconds, as `through` is. */
  readonly readTime: number | undefined;
  /** What the listeners have been told up to: an older result does not do. */
  readonly through: number;
  /** Many views are doing the same. */
  readonly isSpread: boolean;
}

/** Documents that are read by name at once. */
const FETCH_SIZE = 250;

/**
 * Reads a view again and compares it with what listeners have (`shown`: path to update time). Throws StatusErrors and the view's abort reason.
 */
export async function reload(
  view: View,
  host: ViewHost,
  shown: ReadonlyMap<string, number>,
  { readTime, through, isSpread }: ReloadOptions,
): Promise<Reloaded> {
  const { timers, config } = host;
  if (isSpread) await sleep(timers, timers.random() * config.resyncJitter, view.signal);
  const backoff = new Backoff(timers, READ_BACKOFF);
  let at = readTime;
  for (;;) {
    try {
      const reloaded = await attempt(view, host, shown, at, through);
      if (reloaded.readTime >= view.floor) return reloaded;
    } catch (error) {
      if (!(error instanceof ReadTimeError)) throw error;
    }
    at = undefined;
    if (backoff.elapsed > config.readRetryLimit) {
      throw unavailable('The query could not be read at one time. Please listen again.');
    }
    await backoff.wait(view.signal);
  }
}

async function attempt(
  view: View,
  host: ViewHost,
  shown: ReadonlyMap<string, number>,
  at: number | undefined,
  through: number,
): Promise<Reloaded> {
  const { shape, database } = view.spec;
  const { signal, principal } = view;
  const changed = new Map<string, DocumentState>();
  const namesOnly = shape.namesSuffice;
  let readTime = 0;
  let result: Result | undefined;
  const access = new AccessGathered();
  for await (const chunk of host.reader.read(shape.rows, {
    database,
    principal,
    namesOnly,
    signal,
    readTime: at,
    floor: () => Math.max(view.floor, through),
    releasedTime: view.releasedTime,
  })) {
    access.add(chunk.access);
    readTime = chunk.readTime;
    result ??= view.createResult(access);
    result.add(chunk.rows);
    for (const row of chunk.rows) {
      if (shown.get(row.path) !== row.updateTime) changed.set(row.path, row);
    }
  }
  if (!result) throw unavailable('The query could not be read. Please listen again.');
  result.complete();
  const visible = result.visible();
  const entered = [...changed.values()].filter(({ path }) => visible.has(path));
  const left = [...shown.keys()].filter((path) => !visible.has(path));
  const difference: Difference = {
    upserts: await withContent(view, host, entered, readTime),
    leaves: await readLeaves(host.reader, database, left, readTime, signal),
  };
  return { result, difference, readTime, access };
}

async function withContent(
  view: View,
  host: ViewHost,
  rows: readonly DocumentState[],
  readTime: number,
): Promise<DocumentState[]> {
  const result: DocumentState[] = [];
  const { eventBufferSize } = host.config;
  let bytes = 0;
  for (let i = 0; i < rows.length; i += FETCH_SIZE) {
    const slice = rows.slice(i, i + FETCH_SIZE);
    const missing = slice.filter((row) => !row.hasContent).map(({ path }) => path);
    const found =
      missing.length > 0
        ? await host.reader.fetch(view.spec.database, missing, readTime, view.signal)
        : undefined;
    const upserts = slice.map((row) => found?.get(row.path) ?? row).filter((row) => row.hasContent);
    result.push(...upserts);
    bytes += sizeOf({ upserts, leaves: [] });
    // A client that comes back with its resume token gets the difference bit by bit.
    if (bytes > eventBufferSize) throw unavailable('Too much has changed. Please listen again.');
  }
  return result;
}
