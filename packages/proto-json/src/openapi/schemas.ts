import { type DescEnum, type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { commentOf } from './comments.ts';

export type Schema = Readonly<Record<string, unknown>>;

const WELL_KNOWN: Readonly<Record<string, Schema>> = {
  'google.protobuf.Timestamp': { type: 'string', format: 'date-time' },
  'google.protobuf.Duration': { type: 'string', pattern: '^-?\\d+(\\.\\d{1,9})?s$' },
  'google.protobuf.FieldMask': { type: 'string' },
  'google.protobuf.Struct': { type: 'object' },
  'google.protobuf.Value': {},
  'google.protobuf.ListValue': { type: 'array' },
  'google.protobuf.Any': { type: 'object' },
  'google.protobuf.BoolValue': { type: 'boolean' },
  'google.protobuf.StringValue': { type: 'string' },
  'google.protobuf.BytesValue': { type: 'string', contentEncoding: 'base64' },
  'google.protobuf.Int32Value': { type: 'integer', format: 'int32' },
  'google.protobuf.UInt32Value': { type: 'integer', minimum: 0 },
  'google.protobuf.Int64Value': { type: 'string', format: 'int64' },
  'google.protobuf.UInt64Value': { type: 'string', format: 'uint64' },
  'google.protobuf.DoubleValue': { type: ['number', 'string'], format: 'double' },
  'google.protobuf.FloatValue': { type: ['number', 'string'], format: 'float' },
};

/** JSON Schemas of messages, each once under its name; those that a message refers to are added with it. */
export class Schemas {
  readonly all: Record<string, Schema> = {};

  /** A message's schema: a reference, but for those whose JSON is a plain value. */
  message(message: DescMessage): Schema {
    const known = WELL_KNOWN[message.typeName];
    if (known) return known;
    const name = nameOf(message);
    if (!Object.hasOwn(this.all, name)) {
      // Known before its fields are looked at: values hold values.
      const properties: Record<string, Schema> = {};
      this.all[name] = described(commentOf(message), { type: 'object', properties });
      for (const field of message.fields) properties[field.jsonName] = this.field(field);
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  field(field: DescField): Schema {
    const one = this.#value(field);
    const comment = commentOf(field);
    if (field.fieldKind === 'list') return described(comment, { type: 'array', items: one });
    if (field.fieldKind === 'map') return described(comment, { type: 'object', additionalProperties: one });
    return described(comment, one);
  }

  #value(field: DescField): Schema {
    if (field.message) return this.message(field.message);
    if (field.enum) return enumeration(field.enum);
    return scalar(field.scalar ?? ScalarType.STRING);
  }
}

/** A value with a description; a reference keeps what it refers to. */
function described(description: string, schema: Schema): Schema {
  return description === '' ? schema : { description, ...schema };
}

const nameOf = ({ typeName }: DescMessage): string =>
  typeName.replace(/^google\.(firestore\.v1|rpc|type)\./, '');

function enumeration({ typeName, values }: DescEnum): Schema {
  if (typeName === 'google.protobuf.NullValue') return { type: 'null' };
  return { type: 'string', enum: values.map(({ name }) => name) };
}

function scalar(type: ScalarType): Schema {
  switch (type) {
    case ScalarType.STRING:
      return { type: 'string' };
    case ScalarType.BOOL:
      return { type: 'boolean' };
    case ScalarType.BYTES:
      return { type: 'string', contentEncoding: 'base64' };
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      // NaN and the infinities are text.
      return { type: ['number', 'string'], format: type === ScalarType.DOUBLE ? 'double' : 'float' };
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return { type: 'string', format: 'int64' };
    default:
      return { type: 'integer', format: 'int32' };
  }
}
