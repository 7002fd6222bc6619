import { expect, test } from 'vitest';
import { MemoryBudget } from '../src/upload/memory-budget.ts';

test('takers wait in line until there is enough', async () => {
  const budget = new MemoryBudget(10, 1_000);
  const order: string[] = [];
  const give = await budget.take(8);
  const taken = async (name: string, bytes: number) => {
    const release = await budget.take(bytes);
    order.push(name);
    return release;
  };
  const large = taken('large', 6);
  const small = taken('small', 1);
  await Promise.resolve();
  expect(order).toEqual([]);
  give();
  give();
  (await large)();
  (await small)();
  expect(order).toEqual(['large', 'small']);
  (await budget.take(10))();
});

test('nobody waits for ever', async () => {
  const budget = new MemoryBudget(10, 5);
  const give = await budget.take(10);
  await expect(budget.take(1)).rejects.toMatchObject({ code: 14 });
  give();
  (await budget.take(10))();
});
