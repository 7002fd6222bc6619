import { afterEach } from 'vitest';
import { kubectl } from './cluster.ts';

const QUESTIONS = [
  'get pods,jobs,tsp --all-namespaces',
  'get events --all-namespaces --sort-by .lastTimestamp',
  'logs --namespace telestack deployment/telestack-operator --all-pods --tail 40',
];
const MAX_LINES = 40;

// After a failure, what the cluster says about it: it is gone when somebody reads of it.
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  for (const question of QUESTIONS) {
    const answer = await kubectl(...question.split(' ')).catch(String);
    console.error(`$ kubectl ${question}\n${answer.split('\n').slice(-MAX_LINES).join('\n')}`);
  }
});
