import { afterAll, expect, test } from 'vitest';
import { condition, environment, get, kubectl } from '../support/cluster.ts';
import { runCommand } from '../support/commands.ts';
import { readmeCommands } from '../support/readme.ts';

afterAll(() => kubectl('delete', '--filename', 'operator/samples/first.yaml', '--timeout', '90s'));

// The first of the three, which installs the chart, has run before all tests.
test('the README’s commands lead to a first document', async () => {
  const [install, apply, use, ...more] = readmeCommands();
  expect(install).toMatch(/^helm install/);
  expect(more).toEqual([]);
  await runCommand('sh', ['-euc', apply!], environment);
  expect(condition(await get('tsp', 'first', 'default'), 'Ready').status).toBe('True');
  expect(await runCommand('sh', ['-euc', use!], environment)).toContain("query: { age: 36, name: 'Ada' }");
  expect(await kubectl('get', 'telestackprojects')).toMatch(/first\s+.*True/);
});
