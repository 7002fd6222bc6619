import { internal } from '@telestack/errors';

const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 0.001,
  n: 0.000_001,
};
/** What a timer of Node can wait at most. */
const MAX_MS = 2 ** 31 - 1;

/** The `grpc-timeout` of a call in milliseconds; undefined for none. @throws StatusError INTERNAL, as gRPC servers answer a wrong one */
export function timeoutMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(header) ?? [];
  const scale = UNIT_MS[unit ?? ''];
  if (scale === undefined) throw internal(`Invalid grpc-timeout value ${header}`);
  return Math.min(Number(digits) * scale, MAX_MS);
}
