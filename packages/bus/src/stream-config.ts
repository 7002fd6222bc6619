import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/nats-core';

export interface StreamSettings {
  /** The stream's name: letters, digits, - and _. */
  name: string;
  /** The one subject that it keeps. */
  subject: string;
  /** How long messages are kept, in ms: it bounds how far back a resume token reaches. */
  maxAgeMs: number;
  /** Bytes at which the oldest messages go; -1 for no limit. */
  maxBytes: number;
  /** For this long, in ms, a message id is stored once. */
  duplicateWindowMs: number;
  /** Default: file. */
  storage?: 'file' | 'memory';
  /** Default 1; 3 or 5 in a cluster. */
  replicas?: number;
}

function toConfig(settings: StreamSettings) {
  return {
    name: settings.name,
    subjects: [settings.subject],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    storage: settings.storage === 'memory' ? StorageType.Memory : StorageType.File,
    max_age: nanos(settings.maxAgeMs),
    max_bytes: settings.maxBytes,
    // The server refuses a window that is longer than the age.
    duplicate_window: nanos(Math.min(settings.duplicateWindowMs, settings.maxAgeMs)),
    num_replicas: settings.replicas ?? 1,
    allow_direct: true,
  } satisfies Partial<StreamConfig>;
}

/** Creates the stream, or brings an existing one to these settings. Callers may race. */
export async function ensureStream(jsm: JetStreamManager, settings: StreamSettings): Promise<StreamInfo> {
  const config = toConfig(settings);
  const info = await streamInfo(jsm, settings.name);
  // Adding a stream that exists with the same configuration succeeds, so a race between two creators is harmless.
  if (info === undefined) return jsm.streams.add(config);
  const current: Partial<StreamConfig> = info.config;
  const differs = (Object.keys(config) as (keyof typeof config)[]).some(
    (key) => JSON.stringify(current[key]) !== JSON.stringify(config[key]),
  );
  return differs ? jsm.streams.update(settings.name, config) : info;
}

/** The stream's state, or undefined when it does not exist. */
export async function streamInfo(jsm: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await jsm.streams.info(name);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound)
      return undefined;
    throw error;
  }
}
