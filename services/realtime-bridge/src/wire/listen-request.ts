import { BinaryReader } from '@bufbuild/protobuf/wire';
import { type StatusError, toStatusError } from '@telestack/errors';
import { ListenRequest } from '@telestack/protos/google/firestore/v1/firestore.ts';
import { decodeRequest } from '@telestack/rpc';

/** A request of a Listen stream. `fault`: why the target that it adds cannot be decoded. */
export interface DecodedListenRequest extends ListenRequest {
  readonly fault?: StatusError;
}

/**
 * Decodes a request. Values that there are not, in a target's query, are that target's problem and not the stream's.
 * @throws StatusError INVALID_ARGUMENT when it is not even clear which target it is about
 */
export function decodeListenRequest(bytes: Uint8Array): DecodedListenRequest {
  try {
    return decodeRequest(bytes, ListenRequest);
  } catch (error) {
    const request = withoutQuery(bytes);
    if (request === undefined) throw error;
    return { ...request, fault: toStatusError(error) };
  }
}

/** The numbers of google.firestore.v1.ListenRequest's and Target's fields, as tags. */
const DATABASE = 10;
const ADD_TARGET = 18;
const TARGET_ID = 40;

/** The database and the id of the target of a request to add one. */
function withoutQuery(bytes: Uint8Array): ListenRequest | undefined {
  const request = ListenRequest.create();
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === DATABASE) request.database = reader.string();
      else if (tag === ADD_TARGET) request.targetChange = targetOf(reader.bytes());
      else reader.skip(tag & 7, tag >>> 3);
    }
  } catch {
    return undefined;
  }
  return request.targetChange && request;
}

function targetOf(bytes: Uint8Array): ListenRequest['targetChange'] {
  const reader = new BinaryReader(bytes);
  let targetId = 0;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === TARGET_ID) targetId = reader.int32();
    else reader.skip(tag & 7, tag >>> 3);
  }
  const rest = { targetType: undefined, resumeType: undefined, expectedCount: undefined, once: false };
  return { $case: 'addTarget', addTarget: { ...rest, targetId } };
}
