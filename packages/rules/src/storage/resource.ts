import { JsonMap } from '../values/json.ts';
import { mapOf, RulesMap } from '../values/map.ts';
import { Timestamp } from '../values/timestamp.ts';
import type { Value } from '../values/value.ts';

/** Metadata of an object, by the names that rules use. */
export interface ObjectMetadata {
  readonly name: string;
  readonly bucket: string;
  /** Bytes. */
  readonly size?: number | undefined;
  readonly generation?: number | undefined;
  readonly metageneration?: number | undefined;
  /** Microseconds since the epoch. */
  readonly timeCreated?: number | undefined;
  readonly updated?: number | undefined;
  /** Base64. */
  readonly md5Hash?: string | undefined;
  readonly crc32c?: string | undefined;
  readonly etag?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentLanguage?: string | undefined;
  readonly contentType?: string | undefined;
  /** The client's own. */
  readonly metadata?: { readonly [key: string]: string } | undefined;
}

const integer = (n: number | undefined): bigint | undefined => (n === undefined ? undefined : BigInt(n));
const instant = (micros: number | undefined): Timestamp | undefined =>
  micros === undefined ? undefined : Timestamp.ofMicros(micros);

/** An object as rules see it. */
export function objectResource(object: ObjectMetadata): RulesMap {
  const { size, generation, metageneration, timeCreated, updated, metadata, ...texts } = object;
  return mapOf({
    ...texts,
    size: integer(size),
    generation: integer(generation),
    metageneration: integer(metageneration),
    timeCreated: instant(timeCreated),
    updated: instant(updated),
    metadata: new JsonMap(metadata ?? {}),
  });
}

/** An object of which some members are not known yet: they are missing, and it notes when rules ask for one. */
export class OpenResource extends RulesMap {
  wasAsked = false;
  readonly #known: RulesMap;
  readonly #unknown: ReadonlySet<string>;

  constructor(known: RulesMap, unknown: readonly string[]) {
    super();
    this.#known = known;
    this.#unknown = new Set(unknown);
  }

  override get(key: string): Value | undefined {
    this.wasAsked ||= this.#unknown.has(key);
    return this.#known.get(key);
  }

  override has(key: string): boolean {
    this.wasAsked ||= this.#unknown.has(key);
    return this.#known.has(key);
  }

  override keys(): string[] {
    this.wasAsked ||= this.#unknown.size > 0;
    return this.#known.keys();
  }
}
