import { invalidArgument } from '@telestack/errors';
import { parseJsonText } from '@telestack/json';

/** An integer that a JavaScript number may not hold exactly. */
const LONG_INTEGER = /\d{16}/;

/**
 * Parses JSON in which integers of 64 bits may stand as numbers: those that a JavaScript number cannot hold come out as text, which
 * proto3 JSON takes as well.
 * @throws StatusError INVALID_ARGUMENT
 */
export function parseJson(text: string): unknown {
  try {
    return parseJsonText(text, LONG_INTEGER.test(text) ? keepInteger : undefined);
  } catch (cause) {
    throw invalidArgument(`Invalid JSON payload received. ${reason(cause)}`, { cause });
  }
}

function keepInteger(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  const isUnsafe =
    typeof value === 'number' &&
    !Number.isSafeInteger(value) &&
    source !== undefined &&
    /^-?\d+$/.test(source);
  return isUnsafe ? source : value;
}

/** What the parser says of the place, without the text around it. */
function reason(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : '';
  const place = /at position (\d+)/.exec(message)?.[1];
  return place === undefined ? 'Unexpected end of string.' : `Unexpected token at position ${place}.`;
}
