import { etagOf, type StorageObject } from '../objects/object.ts';

/** An object as Firebase's API shows it. */
export function firebaseObject(object: StorageObject): Record<string, unknown> {
  return {
    name: object.path,
    bucket: object.bucket,
    generation: String(object.generation),
    metageneration: String(object.metageneration),
    contentType: object.contentType,
    timeCreated: object.timeCreated.toISOString(),
    updated: object.updated.toISOString(),
    storageClass: 'STANDARD',
    size: String(object.size),
    md5Hash: object.md5,
    crc32c: object.crc32c,
    etag: etagOf(object),
    contentEncoding: object.contentEncoding ?? 'identity',
    contentDisposition:
      object.contentDisposition ??
      `inline; filename*=utf-8''${encodeURIComponent(object.path.split('/').at(-1) ?? '')}`,
    contentLanguage: object.contentLanguage,
    cacheControl: object.cacheControl,
    metadata: Object.keys(object.custom).length > 0 ? object.custom : undefined,
    downloadTokens: object.downloadTokens.join(','),
  };
}
