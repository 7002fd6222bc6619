import { BinaryReader } from '@bufbuild/protobuf/wire';
import { invalidArgument, StatusError } from '@telestack/errors';
import type { Codec } from './contract.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text that is not UTF-8 is refused: with U+FFFD in its place it would name another document. */
function strictText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw invalidArgument('String value is not valid UTF-8.', { cause });
  }
}

/**
 * Decodes what a client has sent.
 * @throws StatusError INVALID_ARGUMENT
 */
export function decodeRequest<T>(message: Uint8Array, codec: Codec<T>): T {
  try {
    return codec.decode(new BinaryReader(message, strictText));
  } catch (error) {
    throw error instanceof StatusError
      ? error
      : invalidArgument('The request cannot be parsed.', { cause: error });
  }
}
