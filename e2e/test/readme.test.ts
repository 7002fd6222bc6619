import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { findSnippet } from './support/snippet.ts';
import { describeTarget, target } from './support/target.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const README = join(ROOT, 'README.md');

/** The snippet names the default port; here the server has another one. */
function aimed(code: string): string {
  return code.replaceAll(/\b(localhost|127\.0\.0\.1):8080\b/g, target);
}

/** Runs a snippet as a reader would, inside the repository: a shell block by the shell, else a module by Node. */
async function runSnippet(language: string, code: string): Promise<string> {
  const options = { cwd: ROOT, timeout: 25_000, env: { ...process.env, METADATA_SERVER_DETECTION: 'none' } };
  if (['sh', 'bash', 'shell', 'console'].includes(language))
    return (await promisify(execFile)('bash', ['-euc', aimed(code)], options)).stdout;
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.cache', 'snippet-'));
  try {
    const file = join(folder, language.startsWith('t') ? 'snippet.mts' : 'snippet.mjs');
    writeFileSync(file, aimed(code));
    return (await promisify(execFile)(process.execPath, [file], options)).stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describeTarget('the snippet in README.md', () => {
  it('writes, queries and listens, as pasted', async ({ skip }) => {
    const snippet = existsSync(README) ? findSnippet(readFileSync(README, 'utf8')) : undefined;
    if (!snippet) {
      skip('README.md has no snippet between markers');
      return;
    }
    const output = await runSnippet(snippet.language, snippet.code);
    expect(output.trim()).not.toBe('');
    for (const call of ['set(', 'where(', 'onSnapshot(']) expect(snippet.code).toContain(call);
  });
});

describe('finding a snippet', () => {
  it('takes the block between the markers', () => {
    const page =
      'a\n```sh\nno\n```\n<!-- snippet: first-use -->\n```js\nyes\n```\n<!-- /snippet -->\n```js\nno\n```\n';
    expect(findSnippet(page)).toEqual({ language: 'js', code: 'yes\n' });
    expect(findSnippet('no markers')).toBeUndefined();
    expect(() => findSnippet('<!-- snippet: first-use -->\ntext\n<!-- /snippet -->')).toThrow(
      'no fenced block',
    );
  });
});
