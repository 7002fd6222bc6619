import fc from 'fast-check';
import { type Action, PATHS, TARGETS } from './simulation.ts';

const client = fc.nat(2);
const fields = fc.option(
  fc.record(
    {
      k: fc.constantFrom('x', 'y', 'z'),
      n: fc.constantFrom(0, 1, 2, 3, 4, { $double: 2 }),
      pad: fc.constantFrom('', 'p'.repeat(300)),
    },
    { requiredKeys: ['pad'] },
  ),
  { nil: undefined, freq: 4 },
);
const write = fc.record({ path: fc.constantFrom(...PATHS), fields });
const commit = fc.record({
  do: fc.constant('commit' as const),
  writes: fc.uniqueArray(write, { minLength: 1, maxLength: 4, selector: ({ path }) => path }),
});
const publish = fc.record({
  do: fc.constant('publish' as const),
  partSize: fc.constantFrom(1, 2, 1_000),
  references: fc.boolean(),
});
const add = fc.record({ do: fc.constant('add' as const), client, target: fc.nat(TARGETS.length - 1) });

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 8, arbitrary: commit },
  { weight: 8, arbitrary: publish },
  { weight: 5, arbitrary: add },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      milliseconds: fc.constantFrom(1, 10, 200, 40_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), client, target: fc.nat(9) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('lose' as const, 'wipe', 'hold', 'deliver', 'restart', 'heartbeat'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('reconnect' as const),
      client,
      counts: fc.boolean(),
      byTime: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'unpause', 'take'), client }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('latency' as const), milliseconds: fc.constantFrom(0, 20, 300) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('failures' as const, 'lag'), count: fc.nat(4) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('retention' as const),
      milliseconds: fc.constantFrom(5, 3_600_000),
    }),
  },
);

/** Actions, the seed of latencies, and EVENT_BUFFER_SIZE. */
export const cases = [
  fc.array(action, { minLength: 10, maxLength: 80 }),
  fc.integer(),
  fc.constantFrom(4_000, 32 * 1024 * 1024),
] as const;
