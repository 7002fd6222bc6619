import type { Fields, Json } from '../json.ts';
import { MAP_ENTRY, readArray, readMap, readValue } from './decode-value.ts';
import { writeElements, writeEntries, writeValue } from './encode-value.ts';
import { type MessageCodec, messageCodec } from './message.ts';

/** google.firestore.v1.Value in its stored form: docs/spec/storage.md. */
export type Value = Json;
export const Value: MessageCodec<Value> = messageCodec<Value>(
  writeValue,
  (reader) => readValue(reader, 0),
  (partial) => partial as Value,
);

export type ArrayValue = Json[];
export const ArrayValue: MessageCodec<ArrayValue> = messageCodec<ArrayValue>(
  writeElements,
  (reader) => readArray(reader, 0),
  (partial) => (Array.isArray(partial) ? partial : []),
);

export type MapValue = Fields;
export const MapValue: MessageCodec<MapValue> = messageCodec<MapValue>(
  (fields) => writeEntries(fields, MAP_ENTRY),
  (reader) => readMap(reader, MAP_ENTRY, 0),
  (partial) => partial as MapValue,
);
