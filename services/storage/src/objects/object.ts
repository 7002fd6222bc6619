/** What clients may say of an object. */
export interface ObjectMetadata {
  readonly contentType: string;
  readonly contentEncoding?: string;
  readonly contentDisposition?: string;
  readonly contentLanguage?: string;
  readonly cacheControl?: string;
  readonly custom: Readonly<Record<string, string>>;
}

/** One object, as its row has it. */
export interface StorageObject extends ObjectMetadata {
  readonly bucket: string;
  readonly path: string;
  readonly generation: number;
  readonly metageneration: number;
  readonly size: number;
  /** Base64. */
  readonly md5?: string;
  /** Base64 of the big-endian number. */
  readonly crc32c?: string;
  readonly downloadTokens: readonly string[];
  /** The object store's tag of the bytes. */
  readonly storeEtag: string;
  readonly timeCreated: Date;
  readonly updated: Date;
}

/** What is known of the bytes once all have passed. */
export interface ContentFacts {
  readonly size: number;
  readonly md5?: string;
  readonly crc32c?: string;
}

/** Changes when the bytes or the metadata do. */
export function etagOf({ generation, metageneration }: StorageObject): string {
  return Buffer.from(`${generation}/${metageneration}`).toString('base64url');
}
