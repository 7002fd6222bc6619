import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import protobuf from 'protobufjs';

/**
 * The public protocol, loaded from the .proto files that Google's client ships. Nothing here is shared with the product:
 * a mistake in its generated code must not hide itself by being made on both sides.
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };
export type Message = { [key: string]: Json | undefined };

const SERVICE = 'google.firestore.v1.Firestore';

function protoDirectory(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve('@google-cloud/firestore/package.json')), 'build', 'protos');
}

function load(): protobuf.Root {
  const directory = protoDirectory();
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => {
    const bundled = protobuf.common.get(target);
    return bundled ? target : join(directory, target);
  };
  root.loadSync('google/firestore/v1/firestore.proto');
  const write = root.lookupType('google.firestore.v1.Write');
  // The web SDK sends `verify` in transactions; the published write.proto leaves it out.
  write.add(new protobuf.Field('verify', 5, 'string'));
  const operation = write.oneofs.operation;
  if (!operation) throw new Error('write.proto has no oneof "operation"');
  root.resolveAll();
  return root;
}

const root = load();

export type RpcName =
  | 'GetDocument'
  | 'ListDocuments'
  | 'CreateDocument'
  | 'UpdateDocument'
  | 'DeleteDocument'
  | 'BatchGetDocuments'
  | 'BeginTransaction'
  | 'Commit'
  | 'Rollback'
  | 'RunQuery'
  | 'RunAggregationQuery'
  | 'PartitionQuery'
  | 'ListCollectionIds'
  | 'BatchWrite'
  | 'Write'
  | 'Listen';

export interface Rpc {
  path: string;
  request: protobuf.Type;
  response: protobuf.Type;
  kind: 'unary' | 'server-stream' | 'bidi';
}

const rpcs = new Map<string, Rpc>();
for (const method of root.lookupService(SERVICE).methodsArray) {
  method.resolve();
  rpcs.set(method.name, {
    path: `/${SERVICE}/${method.name}`,
    request: method.resolvedRequestType!,
    response: method.resolvedResponseType!,
    kind: method.requestStream ? 'bidi' : method.responseStream ? 'server-stream' : 'unary',
  });
}

export function rpc(name: RpcName): Rpc {
  const found = rpcs.get(name);
  if (!found) throw new Error(`no such method: ${name}`);
  return found;
}

/** Six ASCII characters that stand for six bytes which are not UTF-8: the length prefixes around them stay right. */
export const INVALID_UTF8 = '~BAD8~';
const INVALID_UTF8_TOKEN = Buffer.from(INVALID_UTF8, 'ascii');
const INVALID_UTF8_BYTES = Buffer.from([0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0]);

/** Encodes a plain object (camelCase; bytes in base64; int64 and non-JSON doubles as text). */
export function encode(type: protobuf.Type, message: Message): Buffer {
  const encoded = type.encode(type.fromObject(message)).finish();
  const buffer = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  for (
    let at = buffer.indexOf(INVALID_UTF8_TOKEN);
    at >= 0;
    at = buffer.indexOf(INVALID_UTF8_TOKEN, at + 6)
  ) {
    INVALID_UTF8_BYTES.copy(buffer, at);
  }
  return buffer;
}

/** The inverse of `encode`: doubles that JSON cannot say stay numbers. */
export function decode(type: protobuf.Type, bytes: Uint8Array): Message {
  return type.toObject(type.decode(bytes), { longs: String, bytes: String, enums: String }) as Message;
}
