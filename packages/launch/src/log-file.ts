import { closeSync, existsSync, openSync, readSync, renameSync, statSync } from 'node:fs';

const ROTATE_BYTES = 16 * 1024 * 1024;

/** Opens a server's log for appending; a large one is kept as `.1` first. The server writes to it itself, so its output outlives ours. */
export function openLog(file: string): number {
  if (existsSync(file) && statSync(file).size > ROTATE_BYTES) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}

/** The log's size now: where the next start's lines will begin. */
export function logEnd(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}

/** The last lines that were written from `start` (bytes) on, for an error's message. */
export function logTail(file: string, start: number, lines = 12): string {
  if (!existsSync(file)) return '';
  const size = statSync(file).size;
  const from = Math.max(start > size ? 0 : start, size - 8_192);
  const buffer = Buffer.alloc(Math.max(0, size - from));
  const fd = openSync(file, 'r');
  try {
    readSync(fd, buffer, 0, buffer.length, from);
  } finally {
    closeSync(fd);
  }
  return buffer.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
}
