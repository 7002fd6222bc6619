import { readFileSync } from 'node:fs';
import { createFileRegistry, type FileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

const generated = (name: string): Buffer => readFileSync(new URL(`./gen/${name}`, import.meta.url));

/** Descriptors of google.firestore.v1 and all that it imports, as the generated code was made from them. */
export function firestoreDescriptors(): FileRegistry {
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, generated('descriptors.binpb')));
}

/** The OpenAPI document of Firestore's REST routes, as JSON text. */
export function firestoreOpenApi(): string {
  return generated('openapi.json').toString();
}
