import type { ObjectMetadata } from '@telestack/rules';
import type { ProposedObject, StorageMethod } from '../access.ts';
import { etagOf, type StorageObject } from '../objects/object.ts';

const micros = (date: Date | undefined): number | undefined => date && date.getTime() * 1_000;

/** An object as rules know it, stored or proposed. */
function metadataOf(object: ProposedObject): ObjectMetadata {
  return {
    name: object.path,
    bucket: object.bucket,
    size: object.size,
    generation: object.generation,
    metageneration: object.metageneration,
    timeCreated: micros(object.timeCreated),
    updated: micros(object.updated),
    md5Hash: object.md5,
    crc32c: object.crc32c,
    contentDisposition: object.contentDisposition,
    contentEncoding: object.contentEncoding ?? 'identity',
    contentLanguage: object.contentLanguage,
    contentType: object.contentType,
    metadata: object.custom,
  };
}

/** Rules' `resource`. */
export const storedResource = (object: StorageObject): ObjectMetadata => ({
  ...metadataOf(object),
  etag: etagOf(object),
});

/** Rules' `request.resource`: what a create or update at `time` (microseconds) leads to. */
export function proposedResource(
  object: ProposedObject,
  method: StorageMethod,
  time: number,
): ObjectMetadata {
  const metadata = metadataOf(object);
  return method === 'create'
    ? { ...metadata, generation: time, metageneration: 1, timeCreated: time, updated: time }
    : { ...metadata, metageneration: (object.metageneration ?? 0) + 1, updated: time };
}

const FROM_CONTENT = ['size', 'md5Hash', 'crc32c'] as const;

/** What only the bytes will tell. */
export const unknownOf = (resource: ObjectMetadata): (typeof FROM_CONTENT)[number][] =>
  FROM_CONTENT.filter((name) => resource[name] === undefined);
