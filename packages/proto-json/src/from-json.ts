import { type DescEnum, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { invalidArgument } from '@telestack/errors';
import { invalidValue, Path, unknownName } from './path.ts';
import { type FieldPlan, planOf, typeName, type ValueKind } from './plan.ts';
import { isDefault, parseScalar, wireTypeOf, writeScalar } from './scalar.ts';
import { wellKnown } from './well-known.ts';

/** Messages within messages, as parsers of the wire form allow. */
const MAX_DEPTH = 100;

/**
 * A message's wire form out of its proto3 JSON.
 * @param json as JSON.parse gave it
 * @throws StatusError INVALID_ARGUMENT with the message of Google's APIs, which names the place
 */
export function fromJson(message: DescMessage, json: unknown): Uint8Array {
  const writer = new BinaryWriter();
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw invalidArgument('Invalid JSON payload received. Unknown name "": Root element must be a message.');
  }
  writeMessage(writer, message, json, { path: new Path(), depth: 0 });
  return writer.finish();
}

interface State {
  readonly path: Path;
  depth: number;
}

/** Writes a message's body. */
function writeMessage(writer: BinaryWriter, message: DescMessage, json: unknown, state: State): void {
  const known = wellKnown(message);
  if (known?.write) {
    if (!known.write(writer, json))
      throw invalidValue(state.path, typeName({ kind: 'message', message }), json);
    return;
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw invalidValue(state.path, typeName({ kind: 'message', message }), json);
  }
  if (++state.depth > MAX_DEPTH) {
    throw invalidArgument('Message too deep. Max recursion depth reached.');
  }
  const { byName } = planOf(message);
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(json)) {
    const field = byName.get(name);
    if (field === undefined) throw unknownName(name, state.path);
    if (value === null && !takesNull(field.value)) continue;
    claim(field, seen, state.path, name);
    state.path.push(field.name);
    writeField(writer, field, value, state);
    state.path.pop();
  }
  state.depth--;
}

/** Refuses a second value of a field or of a oneof. */
function claim(field: FieldPlan, seen: Set<string>, path: Path, name: string): void {
  const { oneof } = field;
  if (seen.has(field.name)) throw unknownName(name, path, 'Field is already set.');
  if (oneof !== undefined && seen.has(`${oneof} `)) {
    throw invalidArgument(
      `Invalid value at '${path}' (oneof), oneof field '${oneof}' is already set. Cannot set '${field.jsonName}'`,
    );
  }
  seen.add(field.name);
  // No field's name ends in a space.
  if (oneof !== undefined) seen.add(`${oneof} `);
}

/** Null means that a field is not set, but where null is a value. */
function takesNull(value: ValueKind): boolean {
  return value.kind === 'enum'
    ? value.enum.typeName === 'google.protobuf.NullValue'
    : value.kind === 'message' && value.message.typeName === 'google.protobuf.Value';
}

function writeField(writer: BinaryWriter, field: FieldPlan, json: unknown, state: State): void {
  if (field.shape === 'single') {
    if (Array.isArray(json) && takesObject(field.value)) {
      state.path.pop();
      throw unknownName(field.jsonName, state.path, 'Proto field is not repeating, cannot start list.');
    }
    writeValue(writer, field, field.value, json, state, field.hasPresence);
  } else if (field.shape === 'list') {
    if (!Array.isArray(json)) throw invalidValue(state.path, typeName(field.value), json);
    json.forEach((element, i) => {
      state.path.push(i);
      if (element === null && !takesNull(field.value))
        throw invalidValue(state.path, typeName(field.value), null);
      writeValue(writer, field, field.value, element, state, true);
      state.path.pop();
    });
  } else writeMap(writer, field, json, state);
}

/** Whether a value's JSON is neither a list nor a scalar. */
function takesObject(value: ValueKind): boolean {
  return value.kind === 'message' && wellKnown(value.message)?.write === undefined;
}

function writeMap(writer: BinaryWriter, field: FieldPlan, json: unknown, state: State): void {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw invalidValue(state.path, 'Map', json);
  }
  Object.entries(json).forEach(([key, value], i) => {
    state.path.push(i);
    writer.tag(field.number, 2).fork();
    writeMapKey(writer, field.mapKey ?? ScalarType.STRING, key, state);
    state.path.push('value');
    if (value === null && !takesNull(field.value))
      throw invalidValue(state.path, typeName(field.value), null);
    writeValue(writer, { ...field, number: 2 }, field.value, value, state, true);
    state.path.pop();
    writer.join();
    state.path.pop();
  });
}

function writeMapKey(writer: BinaryWriter, type: ScalarType, key: string, state: State): void {
  const isBool = type === ScalarType.BOOL && (key === 'true' || key === 'false');
  const parsed = parseScalar(type, isBool ? key === 'true' : key);
  if (parsed === undefined) throw invalidValue(state.path, typeName({ kind: 'scalar', scalar: type }), key);
  writer.tag(1, wireTypeOf(type));
  writeScalar(writer, type, parsed);
}

/** Writes one value with its tag. */
function writeValue(
  writer: BinaryWriter,
  { number }: Pick<FieldPlan, 'number'>,
  value: ValueKind,
  json: unknown,
  state: State,
  keepsDefault: boolean,
): void {
  if (value.kind === 'message') {
    writer.tag(number, 2).fork();
    writeMessage(writer, value.message, json, state);
    writer.join();
  } else if (value.kind === 'enum') {
    const enumerator = enumNumber(value.enum, json);
    if (enumerator === undefined) throw invalidValue(state.path, typeName(value), json);
    if (enumerator !== 0 || keepsDefault) writer.tag(number, 0).int32(enumerator);
  } else {
    const scalar = parseScalar(value.scalar, json);
    if (scalar === undefined) throw invalidValue(state.path, typeName(value), json);
    if (!keepsDefault && isDefault(scalar)) return;
    writer.tag(number, wireTypeOf(value.scalar));
    writeScalar(writer, value.scalar, scalar);
  }
}

function enumNumber(enumeration: DescEnum, json: unknown): number | undefined {
  if (json === null) return 0;
  if (typeof json === 'number') {
    const number = parseScalar(ScalarType.INT32, json);
    return typeof number === 'number' ? number : undefined;
  }
  return enumeration.values.find(({ name }) => name === json)?.number;
}
