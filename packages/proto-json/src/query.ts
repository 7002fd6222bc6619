import { type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { invalidValue, Path, unknownName } from './path.ts';
import { type FieldPlan, planOf, typeName } from './plan.ts';
import { wellKnown } from './well-known.ts';

type Members = Record<string, unknown>;

/**
 * Puts a value of a path or of a query into the JSON of a request: "updateMask.fieldPaths" with "a" adds to the list
 * `{updateMask: {fieldPaths: ["a"]}}`. Names may be those of JSON or of the proto file.
 * @throws StatusError INVALID_ARGUMENT
 */
export function bindQuery(message: DescMessage, request: object, name: string, text: string): void {
  const parts = name.split('.');
  let target = request as Members;
  let within = message;
  parts.forEach((part, i) => {
    const field = planOf(within).byName.get(part);
    const isLast = i === parts.length - 1;
    const inner =
      field?.shape === 'single' && field.value.kind === 'message' ? field.value.message : undefined;
    const isObject = inner !== undefined && wellKnown(inner) === undefined;
    if (field === undefined || isObject === isLast || field.shape === 'map') {
      throw unknownName(
        name,
        new Path(),
        `Cannot bind query parameter. Field '${part}' could not be found in request message.`,
      );
    }
    if (isLast) set(target, field, name, jsonOf(field, name, text));
    else {
      target = childOf(target, field);
      within = inner!;
    }
  });
}

/** The member for a field, under the name that it has already. */
function childOf(target: Members, { name, jsonName }: FieldPlan): Members {
  const key = Object.hasOwn(target, name) ? name : jsonName;
  const child = target[key];
  if (typeof child === 'object' && child !== null && !Array.isArray(child)) return child as Members;
  const made: Members = {};
  target[key] = made;
  return made;
}

function set(target: Members, field: FieldPlan, name: string, value: unknown): void {
  const { jsonName } = field;
  if (field.shape === 'list') {
    const list = target[jsonName];
    if (Array.isArray(list)) list.push(value);
    else target[jsonName] = [value];
  } else if (Object.hasOwn(target, jsonName)) {
    throw unknownName(name, new Path(), 'Proto field is not repeating, cannot be set twice.');
  } else target[jsonName] = value;
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
