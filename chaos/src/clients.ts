import { Firestore } from '@google-cloud/firestore';

// Keeps the client library from looking for a cloud machine's metadata server.
process.env.METADATA_SERVER_DETECTION ??= 'none';

/** A project of its own for each run, so that runs beside each other do not meet. */
export function freshProject(program: string): string {
  return `chaos-${program}-${Date.now().toString(36)}`;
}

/** `count` independent clients, each with a connection of its own. */
export function connect(target: string, projectId: string, count: number): Firestore[] {
  process.env.FIRESTORE_EMULATOR_HOST = target;
  return Array.from({ length: count }, () => new Firestore({ projectId }));
}

/** Empties the project through the emulator's endpoint where the server has it, and ends the clients. */
export async function disconnect(
  target: string,
  projectId: string,
  clients: readonly Firestore[],
): Promise<void> {
  const url = `http://${target}/emulator/v1/projects/${projectId}/databases/(default)/documents`;
  await fetch(url, { method: 'DELETE', signal: AbortSignal.timeout(30_000) }).catch(() => {});
  await Promise.all(clients.map((client) => client.terminate().catch(() => {})));
}

/** gRPC codes by number, for summaries. */
export const CODES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

export type Code = (typeof CODES)[number] | 'no code';

/** The gRPC code of an error that the client library threw. */
export function codeOf(error: unknown): Code {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'number' ? (CODES[code] ?? 'no code') : 'no code';
}

/** Codes with which a write has certainly not been applied. */
const REFUSED: ReadonlySet<Code> = new Set<Code>([
  'INVALID_ARGUMENT',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'UNAUTHENTICATED',
]);

/**
 * Whether the error says for certain that nothing was written. The client library sends a commit again when the
 * connection breaks: after that, a refusal may be the answer to the second sending of a commit that was applied. `faults` says that connections may break.
 */
export function isRefusal(error: unknown, faults: boolean): boolean {
  const code = codeOf(error);
  if (faults) return code === 'PERMISSION_DENIED' || code === 'UNIMPLEMENTED';
  return REFUSED.has(code);
}
