import { hashOf, type KubeObject } from '@telestack/controller';
import { describe, expect, test } from 'vitest';
import { overdueInMs } from '../src/reconcile/conditions.ts';
import { planProject } from '../src/reconcile/plan.ts';
import { workloadState } from '../src/reconcile/workload-state.ts';
import { annotations, type ComponentName } from '../src/resources/names.ts';
import { inputOf } from './support/desired.ts';

const GIVEN = {
  centrifugo: { enabled: false },
  supertokens: { enabled: false },
  storage: { enabled: false },
};

/** The plan when PostgreSQL is ready, as it was applied with `applied`, and nothing else is there. */
function planWith(applied: (wanted: KubeObject) => string) {
  const input = inputOf(GIVEN);
  const first = planProject(input, new Map(), []);
  const set = first.components
    .flatMap(({ objects }) => objects)
    .find(
      ({ resource, object }) =>
        resource.kind === 'StatefulSet' && object.metadata.name.endsWith('postgresql'),
    );
  const live = {
    ...set!.object,
    metadata: { ...set!.object.metadata, annotations: { [annotations.applied]: applied(set!.object) } },
    status: { readyReplicas: 1, updateRevision: 'a', currentRevision: 'a' },
  };
  const states = new Map([['postgresql' as ComponentName, workloadState(live as KubeObject)]]);
  return new Map(planProject(input, states, []).components.map((it) => [it.component.name, it]));
}

describe('what is needed', () => {
  test('is ready when it runs as it shall', () => {
    const plan = planWith(hashOf);
    expect(plan.get('migrations')?.waitsFor).toBeUndefined();
    expect(plan.get('compact')?.waitsFor?.message).toBe('waits for migrations');
  });

  test('is not ready when it is about to be changed', () =>
    expect(planWith(() => 'as it was').get('migrations')?.waitsFor?.message).toBe('waits for postgresql'));
});

test('a Job that is not done is overdue after five minutes', () => {
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000);
  const job = (status: object) =>
    workloadState({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'j' },
      spec: { template: { spec: { containers: [] } } },
      status: { startTime: at(0).toISOString(), ...status },
    } as KubeObject);
  expect(overdueInMs(job({}), at(60))).toBe(240_000);
  expect(overdueInMs(job({}), at(600))).toBe(0);
  expect(overdueInMs(job({ conditions: [{ type: 'Complete', status: 'True' }] }), at(600))).toBeUndefined();
});
