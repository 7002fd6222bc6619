import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const README = join(import.meta.dirname, '../../../README.md');
const BLOCK = /<!-- snippet: kubernetes -->\s*```sh\n([\s\S]*?)```/;

/** The commands of the README that lead from an empty cluster to a first document. */
export function readmeCommands(): string[] {
  const block = BLOCK.exec(readFileSync(README, 'utf8'))?.[1];
  if (block === undefined) throw new Error('README.md has no block of commands for Kubernetes.');
  return block.split('\n').filter((line) => line.trim() !== '');
}
