import { type Filter, isComparable, isNameField, type Operator } from '@telestack/query';
import { type FieldPath, isMap, type Json, toNumeric } from '@telestack/values';
import { fieldSql, indexKeySql, sortKeySql, valueKey } from './field-sql.ts';
import type { NameKey } from './name-sql.ts';
import type { Parameters } from './parameters.ts';

/** The condition of a filter on document `d`. It selects what `matches` of packages/query does: a property test compares them. */
export function filterSql(filter: Filter, name: NameKey, parameters: Parameters): string {
  if (filter.kind !== 'field') {
    const operator = filter.kind === 'and' ? ' AND ' : ' OR ';
    return `(${filter.filters.map((part) => filterSql(part, name, parameters)).join(operator)})`;
  }
  const { field, op, value } = filter;
  if (isNameField(field)) return nameSql(op, value, name, parameters);
  const key = indexKeySql(field);
  switch (op) {
    case 'is-null':
      return `${key} = '0'`;
    case 'is-not-null':
      return `${key} <> '0'`;
    case 'is-nan':
      return `${key} = '2a'`;
    case 'is-not-nan':
      return `(${key} <> '2a' AND ${key} <> '0')`;
    case '==':
      return isComparable(value) ? equalSql(field, value, parameters) : 'false';
    case '!=':
      if (value === null) return 'false';
      return isComparable(value)
        ? `(${key} <> '0' AND NOT ${equalSql(field, value, parameters)})`
        : `${key} <> '0'`;
    case 'in':
      return anySql(field, value as Json[], parameters);
    case 'not-in':
      if ((value as Json[]).includes(null)) return 'false';
      return `(${key} <> '0' AND NOT ${anySql(field, value as Json[], parameters)})`;
    case 'array-contains':
      return containsAnySql(field, [value], parameters);
    case 'array-contains-any':
      return containsAnySql(field, value as Json[], parameters);
    default:
      return isComparable(value) ? rangeSql(field, op, value, parameters) : 'false';
  }
}

function equalSql(field: FieldPath, value: Json, parameters: Parameters): string {
  const { full, index, isCut } = valueKey(value);
  const equal = `${indexKeySql(field)} = ${parameters.add(index)}`;
  return isCut ? `(${equal} AND ${sortKeySql(field)} = ${parameters.add(full)})` : equal;
}

function anySql(field: FieldPath, operands: readonly Json[], parameters: Parameters): string {
  const values = operands.filter(isComparable);
  if (values.length === 0) return 'false';
  const keys = values.map(valueKey);
  if (keys.some(({ isCut }) => isCut)) {
    return `(${values.map((one) => equalSql(field, one, parameters)).join(' OR ')})`;
  }
  return `${indexKeySql(field)} = ANY(${parameters.add(keys.map(({ index }) => index))}::text[])`;
}

/** An inequality compares only values of the same type; the type is the key's first character. */
function rangeSql(field: FieldPath, op: Operator, value: Json, parameters: Parameters): string {
  const key = indexKeySql(field);
  const { full, index, isCut } = valueKey(value);
  const type = full[0]!;
  // NaN compares with nothing; its key is '2a', those of other numbers start with '2n' and '2p'.
  const lower = type === '2' ? '2b' : type;
  const upper = String.fromCharCode(type.charCodeAt(0) + 1);
  const bound = parameters.add(index);
  const exact = isCut ? ` AND ${sortKeySql(field)} ${op} ${parameters.add(full)}` : '';
  // A cut key stands for all values that begin alike, so it must be let through to the exact comparison.
  const operator = isCut ? (op.startsWith('<') ? '<=' : '>=') : op;
  const limit = op.startsWith('<') ? `${key} >= '${lower}'` : `${key} < '${upper}'`;
  return `(${key} ${operator} ${bound} AND ${limit}${exact})`;
}

function containsAnySql(field: FieldPath, elements: readonly Json[], parameters: Parameters): string {
  const alternatives = elements
    .filter(isComparable)
    .map((element) => containsSql(field, element, parameters));
  return alternatives.length === 0 ? 'false' : `(${alternatives.join(' OR ')})`;
}

/**
 * Containment uses a GIN index where there is one. JSON containment takes numbers and maps by their stored form, so every
 * stored form of an equal number is asked for, and composite elements are compared once more by their sort key.
 */
function containsSql(field: FieldPath, element: Json, parameters: Parameters): string {
  const column = fieldSql(field);
  const forms = storedForms(element).map(
    (form) => `${column} @> ${parameters.add(JSON.stringify([form]))}::jsonb`,
  );
  const contains = forms.length === 1 ? forms[0]! : `(${forms.join(' OR ')})`;
  if (typeof element !== 'object' || element === null) return contains;
  return `(${contains} AND telestack.array_has(${column}, ${parameters.add(valueKey(element).full)}))`;
}

function storedForms(element: Json): Json[] {
  const number = toNumeric(element);
  if (number === undefined) return [withoutNumbers(element)];
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) return [element];
  if (number === 0) return [0, { $double: 0 }, { $double: '-0' }];
  return [number, { $double: number }];
}

/** What every stored form of an equal map or array contains: numbers inside have forms of their own. */
function withoutNumbers(value: Json): Json {
  if (Array.isArray(value)) {
    return value.filter((element) => toNumeric(element) === undefined).map(withoutNumbers);
  }
  if (!isMap(value)) return value;
  const members = Object.entries(value).filter(([, member]) => toNumeric(member) === undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutNumbers(member)]));
}

function nameSql(op: Operator, value: Json, name: NameKey, parameters: Parameters): string {
  switch (op) {
    case 'in':
    case 'not-in': {
      const keys = (value as Json[]).map((one) => name.of(one));
      return `${op === 'in' ? '' : 'NOT '}(${name.sql} = ANY(${parameters.add(keys)}::text[]))`;
    }
    case '==':
      return `${name.sql} = ${parameters.add(name.of(value))}`;
    case '!=':
      return `${name.sql} <> ${parameters.add(name.of(value))}`;
    default:
      return `${name.sql} ${op} ${parameters.add(name.of(value))}`;
  }
}
