import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Reads a JSON object of the given shape's optional members; {} when the file is missing or damaged. */
export function readState<T extends object>(file: string): Partial<T> {
  try {
    const state: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof state === 'object' && state !== null ? (state as Partial<T>) : {};
  } catch {
    return {};
  }
}

/** Replaces the file at once; only the owner may read it, since it holds passwords. */
export function writeState(file: string, state: object): void {
  const next = `${file}.next`;
  writeFileSync(next, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(next, file);
}
