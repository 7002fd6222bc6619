import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type KubeObject, Store } from '../src/index.ts';

const object = (name: string, owners: readonly string[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name, labels: Object.fromEntries(owners.map((owner) => [owner, ''])) },
});

test('an index always says what a search through all objects would', () => {
  const owner = fc.constantFrom('x', 'y', 'z');
  const step = fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    owners: fc.option(fc.uniqueArray(owner)),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const store = new Store<KubeObject>({ owner: ({ metadata }) => Object.keys(metadata.labels ?? {}) });
      const model = new Map<string, readonly string[]>();
      for (const { name, owners } of steps) {
        if (owners === null) {
          store.delete(name);
          model.delete(name);
        } else {
          store.set(object(name, owners));
          model.set(name, owners);
        }
        for (const value of ['x', 'y', 'z']) {
          const found = store.byIndex('owner', value).map(({ metadata }) => metadata.name);
          expect(found.sort()).toEqual(
            [...model]
              .filter(([, it]) => it.includes(value))
              .map(([key]) => key)
              .sort(),
          );
        }
      }
    }),
  );
});
