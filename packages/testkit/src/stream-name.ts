import { randomBytes } from 'node:crypto';

/** A stream's name and subject that no other test uses. */
export function uniqueStream(prefix = 'test'): { name: string; subject: string } {
  const id = randomBytes(6).toString('hex');
  return { name: `${prefix}_${id}`, subject: `${prefix}.${id}` };
}
