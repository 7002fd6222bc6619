/** Settings of the bridge. Times in milliseconds, sizes in bytes. */
export interface BridgeConfig {
  /** A stream that had nothing to say for so long gets a fresh read time. The admin SDK resets one that is silent for 120 s. */
  readonly heartbeatInterval: number;
  /** A stream whose client takes nothing for so long, or that cannot be kept consistent for so long, is ended. */
  readonly connectionTimeout: number;
  /** Targets on one stream. */
  readonly maxSubscriptionsPerClient: number;
  /** Events that wait for one slow client, for one query that is being read, or for the rest of one commit. */
  readonly eventBufferSize: number;
  /** Reads from the docstore at one time, over all queries. */
  readonly readConcurrency: number;
  /** Silence of the docstore during a read before it is tried again. */
  readonly readTimeout: number;
  /** A read that fails for so long ends the streams that wait for it. */
  readonly readRetryLimit: number;
  /** Targets whose rules look at the time are looked at again this long after the last look has ended. */
  readonly revalidationInterval: number;
  /** Users' streams end when nothing has been heard of changed tokens for so long. */
  readonly maxStaleness: number;
  /** After a gap the queries are read again spread over up to so long. */
  readonly resyncJitter: number;
}

export const defaultConfig: BridgeConfig = {
  heartbeatInterval: 30_000,
  connectionTimeout: 60_000,
  maxSubscriptionsPerClient: 1_000,
  eventBufferSize: 32 * 1024 * 1024,
  readConcurrency: 16,
  readTimeout: 30_000,
  readRetryLimit: 300_000,
  revalidationInterval: 10_000,
  maxStaleness: 30_000,
  resyncJitter: 1_000,
};
