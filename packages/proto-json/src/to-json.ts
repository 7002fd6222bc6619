import { type DescEnum, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { type FieldPlan, planOf, type ValueKind } from './plan.ts';
import { formatScalar, isDefault, readScalar, type Scalar } from './scalar.ts';
import { eachField, endOf, wellKnown } from './well-known.ts';

/**
 * The proto3 JSON text of a message in wire form: camel case, default values left out, 64-bit integers as text. For messages from
 * our own services: a singular field that comes more than once counts as its last, without a merge.
 */
export function toJson(message: DescMessage, bytes: Uint8Array): string {
  const reader = new BinaryReader(bytes);
  return readMessage(reader, message, bytes.length);
}

interface Member {
  readonly field: FieldPlan;
  /** JSON texts: the last is the value of a singular field. */
  readonly values: string[];
}

function readMessage(reader: BinaryReader, message: DescMessage, end: number): string {
  const known = wellKnown(message);
  if (known) return known.read(reader, end);
  const { byNumber } = planOf(message);
  const members: Member[] = [];
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    const field = byNumber.get(number);
    if (field === undefined) {
      reader.skip(wireType, number);
      continue;
    }
    readField(reader, field, wireType, memberOf(members, field).values);
  }
  let text = '{';
  for (const { field, values } of members) {
    if (values.length === 0) continue;
    if (text.length > 1) text += ',';
    text += field.jsonKey;
    if (field.shape === 'single') text += values.at(-1);
    else text += field.shape === 'list' ? `[${values.join(',')}]` : `{${values.join(',')}}`;
  }
  return `${text}}`;
}

function memberOf(members: Member[], field: FieldPlan): Member {
  const last = members.at(-1);
  if (last?.field === field) return last;
  let member = members.find((each) => each.field === field);
  if (member === undefined) {
    // Of a oneof the last one counts.
    const rival =
      field.oneof === undefined ? -1 : members.findIndex(({ field: { oneof } }) => oneof === field.oneof);
    if (rival >= 0) members.splice(rival, 1);
    member = { field, values: [] };
    members.push(member);
  }
  return member;
}

function readField(reader: BinaryReader, field: FieldPlan, wireType: WireType, values: string[]): void {
  const { value } = field;
  if (field.shape === 'map') values.push(readEntry(reader, field));
  else if (
    field.shape === 'list' &&
    value.kind !== 'message' &&
    wireType === WireType.LengthDelimited &&
    isPackable(value)
  ) {
    const end = endOf(reader);
    while (reader.pos < end) values.push(readValue(reader, value));
  } else if (field.hasPresence || field.shape === 'list' || value.kind === 'message') {
    values.push(readValue(reader, value));
  } else {
    const text = readNonDefault(reader, value);
    if (text === undefined) values.length = 0;
    else values.push(text);
  }
}

const isPackable = (value: ValueKind): boolean =>
  value.kind === 'enum' ||
  (value.kind === 'scalar' && value.scalar !== ScalarType.STRING && value.scalar !== ScalarType.BYTES);

function readValue(reader: BinaryReader, value: ValueKind): string {
  if (value.kind === 'message') return readMessage(reader, value.message, endOf(reader));
  if (value.kind === 'enum') return formatEnum(value.enum, reader.int32());
  return formatScalar(readScalar(reader, value.scalar));
}

/** Undefined for the value that means absence. */
function readNonDefault(
  reader: BinaryReader,
  value: Exclude<ValueKind, { kind: 'message' }>,
): string | undefined {
  if (value.kind === 'enum') {
    const number = reader.int32();
    return number === 0 ? undefined : formatEnum(value.enum, number);
  }
  const scalar: Scalar = readScalar(reader, value.scalar);
  const isAbsent = typeof scalar === 'bigint' ? scalar === 0n : isDefault(scalar);
  return isAbsent ? undefined : formatScalar(scalar);
}

function formatEnum(enumeration: DescEnum, number: number): string {
  if (enumeration.typeName === 'google.protobuf.NullValue') return 'null';
  const name = enumeration.value[number]?.name;
  return name === undefined ? String(number) : `"${name}"`;
}

function readEntry(reader: BinaryReader, { value, mapKey = ScalarType.STRING }: FieldPlan): string {
  const end = endOf(reader);
  let key: Scalar = mapKey === ScalarType.STRING ? '' : mapKey === ScalarType.BOOL ? false : 0;
  let text: string | undefined;
  eachField(reader, end, (number) => {
    if (number === 1) key = readScalar(reader, mapKey);
    else if (number === 2) text = readValue(reader, value);
    else return false;
    return true;
  });
  return `${JSON.stringify(String(key))}:${text ?? emptyText(value)}`;
}

/** The JSON of a map's value that is absent on the wire. */
function emptyText(value: ValueKind): string {
  if (value.kind === 'message') return readMessage(new BinaryReader(new Uint8Array()), value.message, 0);
  if (value.kind === 'enum') return formatEnum(value.enum, 0);
  return value.scalar === ScalarType.STRING || value.scalar === ScalarType.BYTES
    ? '""'
    : value.scalar === ScalarType.BOOL
      ? 'false'
      : '0';
}
