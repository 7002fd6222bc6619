import { type DescEnum, type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';

/** What one value of a field is. */
export type ValueKind =
  | { readonly kind: 'scalar'; readonly scalar: ScalarType }
  | { readonly kind: 'enum'; readonly enum: DescEnum }
  | { readonly kind: 'message'; readonly message: DescMessage };

export interface FieldPlan {
  readonly number: number;
  /** As in the proto file: what Google's error messages say. */
  readonly name: string;
  readonly jsonName: string;
  /** The member's start in JSON text: `"name":`. */
  readonly jsonKey: string;
  readonly shape: 'single' | 'list' | 'map';
  readonly value: ValueKind;
  /** Of a map's entries. */
  readonly mapKey?: ScalarType;
  /** Name of the oneof that the field is part of. */
  readonly oneof?: string;
  /** Whether a default value means something else than absence. */
  readonly hasPresence: boolean;
}

export interface MessagePlan {
  readonly message: DescMessage;
  readonly byNumber: ReadonlyMap<number, FieldPlan>;
  /** By the JSON name and by the one in the proto file: both are read. */
  readonly byName: ReadonlyMap<string, FieldPlan>;
}

const plans = new WeakMap<DescMessage, MessagePlan>();

/** What reading and writing a message needs of its descriptor. */
export function planOf(message: DescMessage): MessagePlan {
  const known = plans.get(message);
  if (known) return known;
  const fields = message.fields.map(fieldPlan);
  const plan: MessagePlan = {
    message,
    byNumber: new Map(fields.map((field) => [field.number, field])),
    byName: new Map(
      fields.flatMap((field) => [
        [field.name, field],
        [field.jsonName, field],
      ]),
    ),
  };
  plans.set(message, plan);
  return plan;
}

function fieldPlan(field: DescField): FieldPlan {
  const { number, name, jsonName } = field;
  return {
    number,
    name,
    jsonName,
    jsonKey: `${JSON.stringify(jsonName)}:`,
    shape: field.fieldKind === 'list' || field.fieldKind === 'map' ? field.fieldKind : 'single',
    value: valueKind(field),
    ...(field.fieldKind === 'map' ? { mapKey: field.mapKey } : {}),
    ...(field.oneof ? { oneof: field.oneof.name } : {}),
    hasPresence: field.presence !== IMPLICIT,
  };
}

/** google.protobuf.FeatureSet.FieldPresence */
const IMPLICIT = 2;

function valueKind(field: DescField): ValueKind {
  const { message, enum: enumeration, scalar } = field;
  if (message) return { kind: 'message', message };
  if (enumeration) return { kind: 'enum', enum: enumeration };
  return { kind: 'scalar', scalar: scalar ?? ScalarType.STRING };
}

/** "TYPE_INT64" or "type.googleapis.com/google.firestore.v1.Write", as Google's error messages name types. */
export function typeName(value: ValueKind): string {
  if (value.kind === 'scalar') return `TYPE_${ScalarType[value.scalar]}`;
  return `type.googleapis.com/${(value.kind === 'enum' ? value.enum : value.message).typeName}`;
}
