import { type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { invalidValue, Path, unknownName } from './path.ts';
import { type FieldPlan, planOf, typeName } from './plan.ts';
import { wellKnown } from './well-known.ts';

type Members = Record<string, unknown>;

/**
 * Puts a value of a query into the JSON of a request: "updateMask.fieldPaths" with "a" adds to the list
 * `{updateMask: {fieldPaths: ["a"]}}`. Names may be those of JSON or of the proto file.
 * @throws StatusError INVALID_ARGUMENT
 */
export function bindQuery(message: DescMessage, request: object, name: string, text: string): void {
  const { target, field } = placeOf(message, request, name);
  const value = jsonOf(field, name, text);
  const { jsonName } = field;
  const before = target[jsonName];
  if (field.shape === 'list') target[jsonName] = Array.isArray(before) ? [...before, value] : [value];
  else if (before === undefined) target[jsonName] = value;
  else throw unknownName(name, new Path(), 'Proto field is not repeating, cannot be set twice.');
}

/** Puts a value of a path into the JSON of a request, in place of what the body says. */
export function bindPath(message: DescMessage, request: object, name: string, text: string): void {
  const { target, field } = placeOf(message, request, name);
  delete target[field.name];
  target[field.jsonName] = text;
}

/** Where a dotted name points in a request: the object that holds the member, made where it is not there, and the member's field. */
function placeOf(message: DescMessage, request: object, name: string): { target: Members; field: FieldPlan } {
  const parts = name.split('.');
  const last = parts.pop()!;
  let target = request as Members;
  let within = message;
  const unbound = (part: string) =>
    unknownName(
      name,
      new Path(),
      `Cannot bind query parameter. Field '${part}' could not be found in request message.`,
    );
  for (const part of parts) {
    const field = planOf(within).byName.get(part);
    if (field?.shape !== 'single' || field.value.kind !== 'message' || !isObject(field)) throw unbound(part);
    target = childOf(target, field);
    within = field.value.message;
  }
  const field = planOf(within).byName.get(last);
  if (field === undefined || field.shape === 'map' || isObject(field)) throw unbound(last);
  return { target, field };
}

/** Whether a value's JSON is an object of the message's fields. */
const isObject = ({ value }: FieldPlan): boolean =>
  value.kind === 'message' && wellKnown(value.message) === undefined;

/** The member for a field, under the name that it has already. */
function childOf(target: Members, { name, jsonName }: FieldPlan): Members {
  const key = Object.hasOwn(target, name) ? name : jsonName;
  const child = target[key];
  if (typeof child === 'object' && child !== null && !Array.isArray(child)) return child as Members;
  const made: Members = {};
  target[key] = made;
  return made;
}

/** Text as the field's JSON; only booleans and booleans in wrappers have a JSON form that text is not taken for. */
function jsonOf({ value }: FieldPlan, name: string, text: string): unknown {
  const isBool =
    (value.kind === 'scalar' && value.scalar === ScalarType.BOOL) ||
    (value.kind === 'message' && value.message.typeName === 'google.protobuf.BoolValue');
  if (isBool) {
    if (text === 'true') return true;
    if (text === 'false') return false;
    const path = new Path();
    path.push(name);
    throw invalidValue(path, typeName(value), text);
  }
  return value.kind === 'enum' && /^-?\d+$/.test(text) ? Number(text) : text;
}
