import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Case, DATABASE } from '../src/case.ts';
import { places } from '../src/compare.ts';
import { documented, PAGE } from '../src/document.ts';
import { UNSENDABLE } from '../src/endpoint.ts';
import { suite } from '../src/generate/suite.ts';
import { knownDifferences } from '../src/known-differences/index.ts';
import { mightContain } from '../src/listen/bloom.ts';
import { View } from '../src/listen/view.ts';
import { normalise } from '../src/normalise.ts';
import { shrink } from '../src/shrink.ts';
import { decode, encode, type Message, rpc } from '../src/wire.ts';

const time = (seconds: number): Message => ({ seconds: String(seconds), nanos: 1000 });
const commit = (updateTime: number, commitTime: number): Message => ({
  writeResults: [{ updateTime: time(updateTime) }],
  commitTime: time(commitTime),
});

function normalised(responses: Message[]) {
  const steps = responses.map((_, index) => ({ id: String(index), rpc: 'Commit' as const, request: {} }));
  const outcomes = responses.map((response) => ({ code: 'OK', message: '', responses: [response] }));
  const execution = { requests: steps.map(() => ({})), outcomes };
  const one: Case = { kind: 'commit', setup: [], steps };
  return normalise(one, 'p', execution, 0).map((each) => each.responses);
}

describe('times are compared by relation', () => {
  test('other values with the same relations are the same', () => {
    expect(normalised([commit(5, 5), commit(5, 7)])).toEqual(
      normalised([commit(100, 100), commit(100, 900)]),
    );
  });

  test('a no-op that changes the update time is a difference', () => {
    expect(normalised([commit(5, 5), commit(5, 7)])).not.toEqual(normalised([commit(5, 5), commit(7, 7)]));
  });

  test('equal times of different commits are a difference', () => {
    expect(normalised([commit(5, 5), commit(7, 7)])).not.toEqual(normalised([commit(5, 5), commit(5, 5)]));
  });
});

describe('differences are found', () => {
  test('in order, content, length and the sign of zero', () => {
    const [a, b] = [{ document: { name: 'a' } }, { document: { name: 'b' } }];
    expect(places([a, b], [b, a])).toEqual(['responses[0].name']);
    expect(places([a], [a, b])).toEqual(['responses.length']);
    expect(places([{ x: 1 }], [{ x: '1' }])).toEqual(['responses[0].x']);
    expect(places([{ x: 0 }], [{ x: -0 }])).toEqual(['responses[0].x']);
    expect(places([a, b], [a, b])).toEqual([]);
  });

  test('and reduced to what matters', async () => {
    const setup = Array.from({ length: 20 }, (_, index) => ({ update: { name: `n${index}` } }));
    const steps = ['a', 'b', 'c'].map((id) => ({
      id,
      rpc: 'Commit' as const,
      request: { database: DATABASE },
    }));
    const one: Case = { kind: 'commit', setup, steps };
    const differs = async (candidate: Case) => JSON.stringify(candidate).includes('n13');
    const small = await shrink(one, differs);
    expect(small).toEqual({ kind: 'commit', setup: [{ update: { name: 'n13' } }], steps: [] });
  });
});

describe('generated cases', () => {
  test('are the same for the same seed, and others for another', () => {
    expect(suite(3, 4)).toEqual(suite(3, 4));
    expect(suite(3, 4)).not.toEqual(suite(4, 4));
    expect(suite(3, 4)).not.toEqual(suite(3, 9));
  });

  test('can be sent', () => {
    const unsendable: unknown[] = [];
    for (let index = 0; index < 25; index++) {
      for (const step of suite(1, index).cases.flatMap((one) => one.steps)) {
        if (JSON.stringify(step).includes('$from')) continue;
        const { request } = rpc(step.rpc);
        try {
          decode(request, encode(request, step.request));
        } catch (error) {
          if (!String(error).includes('invalid UTF8')) unsendable.push([UNSENDABLE, step, error]);
        }
      }
    }
    // Some mutations put a scalar where a message belongs: few enough not to matter.
    expect(unsendable.length).toBeLessThan(10);
  });
});

describe('the view of a Listen stream', () => {
  const add = (id: number): Message => ({ targetChange: { targetChangeType: 'ADD', targetIds: [id] } });
  const current = (id: number): Message => ({
    targetChange: { targetChangeType: 'CURRENT', targetIds: [id] },
  });
  const global = (seconds: number): Message => ({
    targetChange: { readTime: time(seconds), resumeToken: 'AA==' },
  });
  const change = (id: number): Message => ({
    documentChange: { document: { name: 'd', createTime: time(1), updateTime: time(1) }, targetIds: [id] },
  });
  const follow = (...messages: Message[]) => {
    const view = new View();
    view.sent(1);
    for (const message of messages) view.receive(message);
    return view;
  };

  test('hands out a snapshot at the global message only', () => {
    expect(follow(add(1), change(1), current(1)).snapshots).toEqual([]);
    const view = follow(add(1), change(1), current(1), global(5));
    expect([...view.snapshots[0]!.targets.get(1)!.keys()]).toEqual(['d']);
    expect([...view.violations]).toEqual([]);
  });

  test.each([
    ['ADD that was not asked for', [add(1), add(1)]],
    ['documentChange before ADD', [change(1)]],
    ['documentChange for a target that was never sent', [add(1), change(2)]],
    ['read_time goes back', [add(1), global(5), global(4)]],
    ['REMOVE twice', [1, 2].map(() => ({ targetChange: { targetChangeType: 'REMOVE', targetIds: [1] } }))],
  ])('notes: %s', (violation, messages) => {
    expect([...follow(...messages).violations]).toContain(violation);
  });

  test('reads a bloom filter', () => {
    // One name went into this filter; from the tests of Google's web SDK.
    const filter: Message = {
      bits: { bitmap: Buffer.from([237, 5]).toString('base64'), padding: 5 },
      hashCount: 8,
    };
    expect(mightContain(filter, 'ÀÒ∑')).toBe(true);
    expect(mightContain(filter, 'Ò∑À')).toBe(false);
  });
});

describe('accepted differences', () => {
  test('are on their page', () => {
    const page = readFileSync(PAGE, 'utf8');
    expect(page, 'run node conformance/src/document.ts').toBe(documented(page));
  });

  test('have a key of their own and a reason', () => {
    const keys = knownDifferences.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { reason } of knownDifferences) expect(reason.length).toBeGreaterThan(40);
  });
});
