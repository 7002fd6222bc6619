import { type ConsumerConfig, DeliverPolicy, type StreamInfo } from '@nats-io/jetstream';

/** Where a consumer starts; `time` is in ms since the Unix epoch, `sequence` is the first one wanted. */
export type StartAt = 'new' | { sequence: number } | { time: number };

/**
 * Why a consumer could not continue exactly. `recreated`: another stream has the name now. `expired`: messages that it had
 * not seen were removed. `lost`: the stream has fewer messages than were seen, as after a crash of a server that acknowledged too early.
 */
export type ResetReason = 'recreated' | 'expired' | 'lost';

/** How far a consumer has come. */
export interface Position {
  /** The stream's time of creation: it tells a stream from a later one of the same name. */
  created: string;
  sequence: number;
}

export interface ResumePlan {
  reset: ResetReason | undefined;
  config: Pick<ConsumerConfig, 'deliver_policy' | 'opt_start_seq' | 'opt_start_time'>;
}

const FROM_NOW: ResumePlan['config'] = { deliver_policy: DeliverPolicy.New };

/** Continue after `position`, or from now on with a reason where that is impossible. */
export function planResume(position: Position, stream: StreamInfo): ResumePlan {
  if (position.created !== stream.created) return { reset: 'recreated', config: FROM_NOW };
  return planSequence(position.sequence + 1, stream);
}

/** The first start. A start that reaches behind the stream's memory is a reset at once. */
export function planStart(start: StartAt, stream: StreamInfo): ResumePlan {
  if (start === 'new') return { reset: undefined, config: FROM_NOW };
  if ('sequence' in start) return planSequence(start.sequence, stream);
  const { state } = stream;
  const since = state.first_seq > 1 ? Date.parse(state.first_ts) : Date.parse(stream.created);
  if (start.time < since) return { reset: 'expired', config: FROM_NOW };
  const time = new Date(start.time).toISOString();
  return {
    reset: undefined,
    config: { deliver_policy: DeliverPolicy.StartTime, opt_start_time: time },
  };
}

function planSequence(sequence: number, { state }: StreamInfo): ResumePlan {
  if (sequence > state.last_seq + 1) return { reset: 'lost', config: FROM_NOW };
  if (sequence < state.first_seq) return { reset: 'expired', config: FROM_NOW };
  return {
    reset: undefined,
    config: { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: Math.max(1, sequence) },
  };
}
