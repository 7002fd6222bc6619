import protobuf from 'protobufjs';
import type { Json, Message } from '../wire.ts';

const WRAPPER = /^\.google\.protobuf\.(Int32|Double|Bool|Int64|String)Value$/;

/** Thrown for a message that proto3 JSON cannot say. */
export class Inexpressible extends Error {}

/** A message as protobufjs has it, in proto3 JSON: times as text, wrappers as what they wrap. */
export function toRestJson(type: protobuf.Type, message: Message): Message {
  return mapFields(type, plain(type, message), encodeSpecial);
}

/** The inverse, for comparing. */
export function fromRestJson(type: protobuf.Type, json: Message): Message {
  return plain(type, mapFields(type, json, decodeSpecial));
}

/** Through the wire form: a member that was left out and one that was set to its default are the same then. */
function plain(type: protobuf.Type, message: Message): Message {
  const bytes = type.encode(type.fromObject(message)).finish();
  return type.toObject(type.decode(bytes), { longs: String, bytes: String, enums: String }) as Message;
}

type Special = (typeName: string, value: Json) => Json | undefined;

function encodeSpecial(typeName: string, value: Json): Json | undefined {
  if (typeName === '.google.protobuf.Timestamp') return timestampText(value as Message);
  if (WRAPPER.test(typeName)) return ((value as Message).value as Json | undefined) ?? 0;
  return undefined;
}

function timestampText({ seconds = '0', nanos = 0 }: Message): string {
  const millis = Number(seconds) * 1000;
  const fraction = Number(nanos);
  const date = new Date(millis);
  const year = Number.isNaN(date.getTime()) ? 0 : date.getUTCFullYear();
  if (year < 1 || year > 9999 || fraction < 0 || fraction > 999_999_999) throw new Inexpressible('a time');
  return `${date.toISOString().slice(0, 19)}.${String(fraction).padStart(9, '0')}Z`;
}

function decodeSpecial(typeName: string, value: Json): Json | undefined {
  if (WRAPPER.test(typeName)) return { value };
  if (typeName !== '.google.protobuf.Timestamp') return undefined;
  const parts = /^(.{19})(?:\.(\d+))?Z$/.exec(String(value));
  if (!parts) throw new Error(`not a time: ${value}`);
  const nanos = Number((parts[2] ?? '').padEnd(9, '0'));
  const seconds = Date.parse(`${parts[1]}Z`) / 1000;
  // protobufjs writes a default that is said, which a server does not.
  return { ...(seconds === 0 ? {} : { seconds: String(seconds) }), ...(nanos === 0 ? {} : { nanos }) };
}

/** Rebuilds a message with its special types, and those within it, mapped. */
function mapFields(type: protobuf.Type, message: Message, special: Special): Message {
  for (const { oneof } of type.oneofsArray) {
    if (oneof.filter((name) => message[name] !== undefined).length > 1)
      throw new Inexpressible('two of a oneof');
  }
  const out: Message = {};
  for (const [name, value] of Object.entries(message)) {
    const field = type.fields[name];
    if (!field || value === undefined) throw new Error(`${type.fullName} has no ${name}`);
    out[name] = mapField(field, value, special);
  }
  return out;
}

function mapField(field: protobuf.Field, value: Json, special: Special): Json {
  const one = (item: Json): Json => {
    const type = field.resolve().resolvedType;
    if (typeof item === 'number' && !Number.isFinite(item)) return String(item);
    // JSON.stringify has no negative zero; as text it is a number of proto3 JSON too.
    if (Object.is(item, -0)) return '-0';
    if (type instanceof protobuf.Enum) return item ?? 0;
    if (!(type instanceof protobuf.Type)) return item;
    return special(type.fullName, item) ?? mapFields(type, item as Message, special);
  };
  if (field.map)
    return Object.fromEntries(
      Object.entries(value as Message).map(([key, item]) => [key, one(item ?? null)]),
    );
  return field.repeated ? (value as Json[]).map(one) : one(value);
}
