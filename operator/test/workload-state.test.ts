import type { KubeObject } from '@telestack/controller';
import { describe, expect, test } from 'vitest';
import { podProblem, workloadState } from '../src/reconcile/workload-state.ts';

const metadata = { name: 'demo', generation: 1 };
const template = { spec: { containers: [{ image: 'services:1' }] } };

describe('a Job', () => {
  const stateOf = (status: object) =>
    workloadState({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata,
      spec: { template },
      status,
    } as KubeObject);

  test('is settled when it is complete, not while its pods run or end', () => {
    expect(stateOf({ active: 1 })).toMatchObject({ image: 'services:1', isSettled: false, ready: 0 });
    expect(stateOf({ conditions: [{ type: 'SuccessCriteriaMet', status: 'True' }] }).isSettled).toBe(false);
    const conditions = [{ type: 'Complete', status: 'True' }];
    expect(stateOf({ succeeded: 1, conditions })).toMatchObject({ isSettled: true, ready: 1, wanted: 1 });
  });

  test('that has failed says why', () => {
    const conditions = [{ type: 'Failed', status: 'True', reason: 'DeadlineExceeded', message: 'too late' }];
    expect(stateOf({ conditions })).toMatchObject({
      isSettled: false,
      failure: 'DeadlineExceeded: too late',
    });
  });
});

describe('a container that ends again and again', () => {
  const problemWith = (message: string | undefined) =>
    podProblem([
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'demo-1' },
        status: {
          containerStatuses: [
            {
              name: 'migrate',
              state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting' } },
              lastState: { terminated: { exitCode: 1, message } },
            },
          ],
        },
      } as KubeObject,
    ]);
  const said = 'container migrate of pod demo-1: CrashLoopBackOff, it ended with code 1';

  test('is quoted with the last that it said', () => {
    const record = { message: 'Not migrated.', error: 'StatusError: permission denied\n    at migrate' };
    expect(problemWith(`{"message":"first"}\n${JSON.stringify(record)}\n`)).toBe(
      `${said}: Not migrated. StatusError: permission denied`,
    );
    expect(problemWith('a line\nFATAL: no space left\n')).toBe(`${said}: FATAL: no space left`);
    expect(problemWith('index.js:689\n\nError: Cannot find it: no file\n    at x\n\nNode.js v24\n')).toBe(
      `${said}: Error: Cannot find it: no file`,
    );
    expect(problemWith('x'.repeat(5_000))?.length).toBeLessThan(400);
  });

  test('but what keeps it from starting again is told first', () => {
    const waiting = { reason: 'CreateContainerConfigError', message: 'no key identity in Secret' };
    const status = { name: 'x', state: { waiting }, lastState: { terminated: { exitCode: 1 } } };
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      status: { containerStatuses: [status] },
    };
    expect(podProblem([pod as KubeObject])).toBe(
      'container x of pod p: CreateContainerConfigError, no key identity in Secret',
    );
  });

  test('or with its code alone', () => expect(problemWith(undefined)).toBe(said));
});
