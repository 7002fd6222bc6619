import { type DescMessage, ScalarType } from '@bufbuild/protobuf';
import type { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import {
  formatScalar,
  isDefault,
  parseScalar,
  readScalar,
  type Scalar,
  wireTypeOf,
  writeScalar,
} from './scalar.ts';
import { formatDuration, formatTimestamp, parseDuration, parseTimestamp, type SecondsNanos } from './time.ts';

/** A message type whose JSON form is not an object of its fields. */
export interface WellKnown {
  /** Writes the body of what the JSON says; false when the JSON does not fit. Absent: the JSON form cannot be read. */
  write?(writer: BinaryWriter, json: unknown): boolean;
  /** JSON text of the body that ends at `end`. */
  read(reader: BinaryReader, end: number): string;
}

const WRAPPERS: Readonly<Record<string, ScalarType>> = {
  DoubleValue: ScalarType.DOUBLE,
  FloatValue: ScalarType.FLOAT,
  Int64Value: ScalarType.INT64,
  UInt64Value: ScalarType.UINT64,
  Int32Value: ScalarType.INT32,
  UInt32Value: ScalarType.UINT32,
  BoolValue: ScalarType.BOOL,
  StringValue: ScalarType.STRING,
  BytesValue: ScalarType.BYTES,
};

const WELL_KNOWN = new Map<string, WellKnown>([
  ['google.protobuf.Timestamp', time(parseTimestamp, formatTimestamp)],
  ['google.protobuf.Duration', time(parseDuration, formatDuration)],
  ['google.protobuf.FieldMask', fieldMask()],
  ['google.protobuf.Struct', { read: readStruct }],
  ['google.protobuf.ListValue', { read: readList }],
  ['google.protobuf.Value', { read: readValue }],
  ...Object.entries(WRAPPERS).map(([name, scalar]): [string, WellKnown] => [
    `google.protobuf.${name}`,
    wrapper(scalar),
  ]),
]);

export function wellKnown(message: DescMessage): WellKnown | undefined {
  return WELL_KNOWN.get(message.typeName);
}

function time(
  parse: (text: string) => SecondsNanos | undefined,
  format: (time: SecondsNanos) => string,
): WellKnown {
  return {
    write(writer, json) {
      const parsed = typeof json === 'string' ? parse(json) : undefined;
      if (parsed === undefined) return false;
      if (parsed.seconds !== 0) writer.tag(1, 0).int64(parsed.seconds);
      if (parsed.nanos !== 0) writer.tag(2, 0).int32(parsed.nanos);
      return true;
    },
    read(reader, end) {
      let seconds = 0;
      let nanos = 0;
      eachField(reader, end, (number) => {
        if (number === 1) seconds = Number(reader.int64());
        else if (number === 2) nanos = reader.int32();
        else return false;
        return true;
      });
      return `"${format({ seconds, nanos })}"`;
    },
  };
}

function wrapper(scalar: ScalarType): WellKnown {
  return {
    write(writer, json) {
      const value = parseScalar(scalar, json);
      if (value === undefined) return false;
      if (isDefault(value)) return true;
      writer.tag(1, wireTypeOf(scalar));
      writeScalar(writer, scalar, value);
      return true;
    },
    read(reader, end) {
      let value: Scalar | undefined;
      eachField(reader, end, (number) => {
        if (number !== 1) return false;
        value = readScalar(reader, scalar);
        return true;
      });
      return formatScalar(value ?? ZERO[scalar] ?? 0);
    },
  };
}

const ZERO: Partial<Record<ScalarType, Scalar>> = {
  [ScalarType.INT64]: 0n,
  [ScalarType.UINT64]: 0n,
  [ScalarType.BOOL]: false,
  [ScalarType.STRING]: '',
  [ScalarType.BYTES]: new Uint8Array(),
};

/** Paths with commas between them, in camel case. */
function fieldMask(): WellKnown {
  return {
    write(writer, json) {
      if (typeof json !== 'string') return false;
      for (const path of json.split(',').filter((text) => text !== '')) {
        writer.tag(1, 2).string(path.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
      }
      return true;
    },
    read(reader, end) {
      const paths: string[] = [];
      eachField(reader, end, (number) => {
        if (number !== 1) return false;
        paths.push(reader.string().replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
        return true;
      });
      return JSON.stringify(paths.join(','));
    },
  };
}

function readStruct(reader: BinaryReader, end: number): string {
  const members: string[] = [];
  eachField(reader, end, () => {
    const entryEnd = endOf(reader);
    let key = '';
    let value = 'null';
    eachField(reader, entryEnd, (number) => {
      if (number === 1) key = reader.string();
      else value = readValue(reader, endOf(reader));
      return true;
    });
    members.push(`${JSON.stringify(key)}:${value}`);
    return true;
  });
  return `{${members.join(',')}}`;
}

function readList(reader: BinaryReader, end: number): string {
  const elements: string[] = [];
  eachField(reader, end, () => {
    elements.push(readValue(reader, endOf(reader)));
    return true;
  });
  return `[${elements.join(',')}]`;
}

/** google.protobuf.Value: null, number, text, boolean, struct, list. */
function readValue(reader: BinaryReader, end: number): string {
  let text = 'null';
  eachField(reader, end, (number) => {
    if (number === 2) text = formatScalar(reader.double());
    else if (number === 3) text = JSON.stringify(reader.string());
    else if (number === 4) text = String(reader.bool());
    else if (number === 5) text = readStruct(reader, endOf(reader));
    else if (number === 6) text = readList(reader, endOf(reader));
    else return false;
    return true;
  });
  return text;
}

/** Reads a length and says where what it counts ends. */
export function endOf(reader: BinaryReader): number {
  const length = reader.uint32();
  return reader.pos + length;
}

/** Goes through a message's fields; those that `read` returns false for are skipped. */
export function eachField(reader: BinaryReader, end: number, read: (number: number) => boolean): void {
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    if (!read(number)) reader.skip(wireType, number);
  }
}
