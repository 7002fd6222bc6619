import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { History } from '../src/isolation/history.ts';
import { Lists } from '../src/isolation/lists.ts';
import { Random } from '../src/random.ts';

it('writes operations in the order in which they began and ended', () => {
  const history = new History();
  const [one, two] = [history.newProcess(), history.newProcess()];
  const first = history.invoke(one, [['r', 1, null]]);
  const second = history.invoke(two, [['append', 1, 7]]);
  history.complete(second, 'ok', [['append', 1, 7]]);
  history.complete(first, 'ok', [['r', 1, [7]]]);
  const path = join(mkdtempSync(join(tmpdir(), 'history-')), 'sub', 'history.jsonl');
  history.save(path);
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  const events = lines.map((line) => JSON.parse(line) as { type: string; process: number; value: unknown });
  expect(events.map(({ type, process, value }) => [type, process, value])).toEqual([
    ['invoke', 0, [['r', 1, null]]],
    ['invoke', 1, [['append', 1, 7]]],
    ['ok', 1, [['append', 1, 7]]],
    ['ok', 0, [['r', 1, [7]]]],
  ]);
  expect(history.counts).toEqual({ ok: 2, fail: 0, info: 0 });
});

it('leaves a list alone once it is full', () => {
  const lists = new Lists(2, 1);
  const random = new Random(1);
  expect(lists.pick('hot', 2, random).sort()).toEqual([0, 1]);
  lists.seen(0, 39);
  lists.seen(1, 40);
  expect(lists.pick('hot', 2, random).sort()).toEqual([0, 3]);
  expect(lists.pick('cold', 1, random)).toEqual([2]);
});
