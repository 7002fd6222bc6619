import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { SerializedError, TestError } from 'vitest';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** Enough of an error to know it again: its message, the first frames of its stack, and the difference. */
const LINES_OF_AN_ERROR = 6;
const LINES_OF_A_DIFFERENCE = 30;

/**
 * A reporter of vitest that appends what failed to the file named by `TELESTACK_TEST_FAILURES`.
 *
 * `npm test` prints that file last: who sees only the end of a long log, as on many a CI service, still learns what failed.
 */
export default class Failures implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const failed = modules.flatMap((module) => [
      ...module.errors().map((error) => describe(file(module), error)),
      ...[...module.children.allTests('failed')].map((test) =>
        describe(nameOf(test), ...(test.result().errors ?? [])),
      ),
      ...[...module.children.allSuites()].flatMap((suite) =>
        suite.errors().map((error) => describe(`${file(module)} > ${suite.fullName}`, error)),
      ),
    ]);
    const lines = [...failed, ...unhandled.map((error) => describe('outside of any test', error))];
    const path = process.env.TELESTACK_TEST_FAILURES;
    if (path !== undefined && lines.length > 0) appendFileSync(path, `${lines.join('\n\n')}\n\n`);
  }
}

const file = (module: TestModule): string => relative(process.cwd(), module.moduleId);

const nameOf = (test: TestCase): string => `${file(test.module)} > ${test.fullName}`;

function describe(name: string, ...errors: Pick<TestError, 'message' | 'stack' | 'diff'>[]): string {
  const texts = errors.flatMap(({ message, stack = '', diff = '' }) => [
    ...(stack.includes(message) ? stack : `${message}\n${stack}`).split('\n').slice(0, LINES_OF_AN_ERROR),
    ...diff.split('\n').slice(0, LINES_OF_A_DIFFERENCE),
  ]);
  return [`FAILED  ${name}`, ...texts].join('\n    ');
}
