import { etagOf, type StorageObject } from '../objects/object.ts';

/** Custom metadata under which the Cloud API shows Firebase's download tokens. */
export const TOKENS_KEY = 'firebaseStorageDownloadTokens';

/** An object as the Cloud Storage JSON API shows it. `origin` is "http://host:port", for its links. */
export function cloudObject(object: StorageObject, origin: string): Record<string, unknown> {
  const name = encodeURIComponent(object.path);
  const { downloadTokens } = object;
  const metadata = {
    ...object.custom,
    ...(downloadTokens.length > 0 ? { [TOKENS_KEY]: downloadTokens.join(',') } : {}),
  };
  const timeCreated = object.timeCreated.toISOString();
  return {
    kind: 'storage#object',
    id: `${object.bucket}/${object.path}/${object.generation}`,
    selfLink: `${origin}/storage/v1/b/${object.bucket}/o/${name}`,
    mediaLink: `${origin}/download/storage/v1/b/${object.bucket}/o/${name}?generation=${object.generation}&alt=media`,
    name: object.path,
    bucket: object.bucket,
    generation: String(object.generation),
    metageneration: String(object.metageneration),
    contentType: object.contentType,
    contentEncoding: object.contentEncoding,
    contentDisposition: object.contentDisposition,
    contentLanguage: object.contentLanguage,
    cacheControl: object.cacheControl,
    storageClass: 'STANDARD',
    size: String(object.size),
    md5Hash: object.md5,
    crc32c: object.crc32c,
    etag: etagOf(object),
    timeCreated,
    updated: object.updated.toISOString(),
    timeStorageClassUpdated: timeCreated,
    timeFinalized: timeCreated,
    metadata: Object.keys(metadata).length > 0 ? metadata : undefined,
  };
}
