import { ChangeBatch } from '@telestack/protos/telestack/changes/v1/changes.ts';
import { describe, expect, it } from 'vitest';
import { ChangeFeed } from '../src/feed/change-feed.ts';
import { DocumentState } from '../src/feed/document-state.ts';

type Part = Partial<Record<'time' | 'previousTime', number>> & {
  part?: number;
  lastPart?: boolean;
  commits?: { time: number; paths: string[]; reference?: boolean; database?: string }[];
};

const encode = ({ time = 0, previousTime = 0, part = 0, lastPart = true, commits = [] }: Part): Uint8Array =>
  ChangeBatch.encode({
    time: BigInt(time),
    previousTime: BigInt(previousTime),
    lsn: 0n,
    part,
    lastPart,
    releasedProjects: [],
    commits: commits.map((commit) => ({
      database: commit.database ?? 'p/d',
      time: BigInt(commit.time),
      traceparent: '',
      changes: commit.paths.map((path) => ({
        path,
        state: commit.reference
          ? ({ $case: 'reference', reference: true } as const)
          : ({ $case: 'data', data: Buffer.from(`{"at":${commit.time}}`) } as const),
        createTime: 1n,
      })),
    })),
  }).finish();

function setUp(bufferSize = 100_000) {
  const events: string[] = [];
  const reads: { paths: readonly string[]; time: number }[] = [];
  const watched = { paths: new Set<string>() };
  let read = async (paths: readonly string[], time: number) =>
    new Map(
      paths.map((path) => [
        path,
        DocumentState.ofChange('p/d', path, 1, time, Buffer.from(`{"read":${time}}`)),
      ]),
    );
  const feed = new ChangeFeed(
    {
      isWatched: (_database, path) => watched.paths.has(path),
      onCommit: ({ time, changes }) =>
        events.push(
          `${time} ${changes.map(({ path, state }) => `${path}${JSON.stringify(state?.fields)}`).join(' ')}`,
        ),
      onRelease: (project, time) => events.push(`release ${project} ${time}`),
      onTime: (time) => events.push(`time ${time}`),
      onGap: (from, start) => events.push(`gap ${from}-${start}`),
      onProblem: (problem) => events.push(problem),
    },
    (_database, paths, time) => {
      reads.push({ paths, time });
      return read(paths, time);
    },
    bufferSize,
  );
  return {
    feed,
    watched,
    reads,
    take: () => events.splice(0),
    push: (part: Part) => feed.onMessage(encode(part)),
    setRead: (next: typeof read) => {
      read = next;
    },
  };
}

describe('the change feed', () => {
  it('hands commits over in order, each with its time', async () => {
    const { push, take, feed } = setUp();
    await push({
      time: 12,
      previousTime: 10,
      commits: [
        { time: 11, paths: ['a/1'] },
        { time: 12, paths: ['a/2'] },
      ],
    });
    expect(take()).toEqual(['gap 0-10', '11 a/1{"at":11}', 'time 11', '12 a/2{"at":12}', 'time 12']);
    await push({ time: 20, previousTime: 12 });
    expect(take()).toEqual(['time 20']);
    expect(feed.time).toBe(20);
  });

  it('ignores what comes again', async () => {
    const { push, take } = setUp();
    const batch = { time: 12, previousTime: 10, commits: [{ time: 12, paths: ['a/1'] }] };
    await push(batch);
    take();
    await push(batch);
    expect(take()).toEqual([]);
  });

  it('tells of a batch whose predecessor it has not seen', async () => {
    const { push, take } = setUp();
    await push({ time: 12, previousTime: 10 });
    take();
    await push({ time: 30, previousTime: 20, commits: [{ time: 30, paths: ['a/1'] }] });
    expect(take()).toEqual(['gap 12-20', '30 a/1{"at":30}', 'time 30']);
  });

  it('puts a split batch together, and a commit that goes on in the next part', async () => {
    const { push, take } = setUp();
    await push({ time: 10, previousTime: 5 });
    take();
    const split = { time: 12, previousTime: 10 };
    await push({ ...split, part: 0, lastPart: false, commits: [{ time: 11, paths: ['a/1', 'a/2'] }] });
    await push({ ...split, part: 1, lastPart: false, commits: [{ time: 11, paths: ['a/3'] }] });
    expect(take()).toEqual([]);
    await push({ ...split, part: 1, lastPart: false, commits: [{ time: 11, paths: ['a/3'] }] });
    await push({ ...split, part: 2, commits: [{ time: 12, paths: ['a/4'] }] });
    expect(take()).toEqual([
      '11 a/1{"at":11} a/2{"at":11} a/3{"at":11}',
      'time 11',
      '12 a/4{"at":12}',
      'time 12',
    ]);
  });

  it.each([
    { name: 'lacks a part', parts: [0, 2], size: 100_000 },
    { name: 'is larger than the buffer', parts: [0, 1, 2], size: 150 },
  ])('takes a batch that $name for a gap', async ({ parts, size }) => {
    const { push, take } = setUp(size);
    await push({ time: 10, previousTime: 5 });
    take();
    for (const part of parts) {
      await push({
        time: 12,
        previousTime: 10,
        part,
        lastPart: part === 2,
        commits: [{ time: 12, paths: [`a/${part}`] }],
      });
    }
    expect(take()).toEqual([]);
    await push({ time: 13, previousTime: 12 });
    expect(take()).toEqual(['gap 10-12', 'time 13']);
  });

  it('takes a message that it cannot read for a gap', async () => {
    const { feed, push, take } = setUp();
    await push({ time: 10, previousTime: 5 });
    take();
    await feed.onMessage(Buffer.from('ffffffff', 'hex'));
    await push({ time: 13, previousTime: 12 });
    expect(take()).toEqual(['undecodable batch', 'gap 10-12', 'time 13']);
  });

  it('reads documents that the stream only refers to at the time of their commit, if somebody watches them', async () => {
    const { push, take, watched, reads } = setUp();
    await push({ time: 10, previousTime: 5 });
    take();
    watched.paths.add('a/1');
    await push({
      time: 12,
      previousTime: 10,
      commits: [{ time: 11, paths: ['a/1', 'a/2'], reference: true }],
    });
    expect(reads).toEqual([{ paths: ['a/1'], time: 11 }]);
    expect(take()).toEqual(['11 a/1{"read":11}', 'time 11', 'time 12']);
  });

  it('reads what somebody begins to watch while it reads', async () => {
    const { push, take, watched, reads, setRead } = setUp();
    await push({ time: 10, previousTime: 5 });
    take();
    watched.paths.add('a/1');
    setRead(async (paths, time) => {
      watched.paths.add('a/2');
      const states = paths.map((path) => DocumentState.ofChange('p/d', path, 1, time, Buffer.from('{}')));
      return new Map(states.map((state) => [state.path, state]));
    });
    await push({
      time: 12,
      previousTime: 10,
      commits: [{ time: 11, paths: ['a/1', 'a/2'], reference: true }],
    });
    expect(reads.map(({ paths }) => paths)).toEqual([['a/1'], ['a/2']]);
    expect(take()).toEqual(['11 a/1{} a/2{}', 'time 11', 'time 12']);
  });

  it('takes a commit that cannot be read for a gap', async () => {
    const { push, take, watched, setRead } = setUp();
    await push({ time: 10, previousTime: 5 });
    take();
    watched.paths.add('a/1');
    setRead(async () => {
      throw new Error('no');
    });
    await push({
      time: 12,
      previousTime: 10,
      commits: [
        { time: 11, paths: ['a/1'], reference: true },
        { time: 12, paths: ['a/1'] },
      ],
    });
    expect(take()).toEqual(['a commit could not be handed over']);
    await push({ time: 13, previousTime: 12 });
    expect(take()).toEqual(['gap 10-12', 'time 13']);
  });
});
