import { readFileSync } from 'node:fs';
import { createFileRegistry, type FileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

/** Descriptors of google.firestore.v1 and all that it imports, as the generated code was made from them. */
export function firestoreDescriptors(): FileRegistry {
  const bytes = readFileSync(new URL('./gen/descriptors.binpb', import.meta.url));
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes));
}
