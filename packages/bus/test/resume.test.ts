import type { StreamInfo } from '@nats-io/jetstream';
import { describe, expect, test } from 'vitest';
import { planResume, planStart } from '../src/resume.ts';

const created = '2026-01-01T00:00:00.000000001Z';

function stream(firstSeq: number, lastSeq: number): StreamInfo {
  return {
    created,
    state: { first_seq: firstSeq, last_seq: lastSeq, first_ts: '2026-01-02T00:00:00Z' },
  } as unknown as StreamInfo;
}

describe('resume', () => {
  const resume = (sequence: number, info: StreamInfo) => planResume({ created, sequence }, info);

  test('continues after the last message', () => {
    expect(resume(5, stream(1, 9))).toMatchObject({ reset: undefined, config: { opt_start_seq: 6 } });
  });
  test('continues when nothing is new', () => {
    expect(resume(9, stream(1, 9))).toMatchObject({ reset: undefined, config: { opt_start_seq: 10 } });
  });
  test('continues in a stream whose messages have all expired, if all were seen', () => {
    expect(resume(9, stream(10, 9)).reset).toBeUndefined();
  });
  test('continues in an empty stream', () => {
    expect(resume(0, stream(0, 0))).toMatchObject({ reset: undefined, config: { opt_start_seq: 1 } });
  });
  test('messages that expired unseen are a reset', () => {
    expect(resume(5, stream(7, 9)).reset).toBe('expired');
  });
  test('fewer messages than were seen are a reset', () => {
    expect(resume(10, stream(1, 9)).reset).toBe('lost');
  });
  test('another stream of the same name is a reset, whatever its numbers', () => {
    expect(planResume({ created: '2026-01-03T00:00:00Z', sequence: 5 }, stream(1, 9)).reset).toBe(
      'recreated',
    );
  });
});

describe('start', () => {
  test('new', () => {
    expect(planStart('new', stream(1, 9))).toEqual({ reset: undefined, config: { deliver_policy: 'new' } });
  });
  test('a sequence', () => {
    expect(planStart({ sequence: 3 }, stream(1, 9)).config).toMatchObject({ opt_start_seq: 3 });
    expect(planStart({ sequence: 3 }, stream(4, 9)).reset).toBe('expired');
    expect(planStart({ sequence: 11 }, stream(4, 9)).reset).toBe('lost');
  });
  test('a time within the stream’s memory, and one before it', () => {
    const [before, within] = [Date.parse('2026-01-01T12:00:00Z'), Date.parse('2026-01-02T12:00:00Z')];
    expect(planStart({ time: within }, stream(5, 9)).reset).toBeUndefined();
    expect(planStart({ time: before }, stream(5, 9)).reset).toBe('expired');
    // Nothing has expired yet: the stream's own age decides.
    expect(planStart({ time: before }, stream(1, 9)).reset).toBeUndefined();
    expect(planStart({ time: Date.parse(created) - 1 }, stream(1, 9)).reset).toBe('expired');
  });
});
