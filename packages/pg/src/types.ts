import pg from 'pg';

type Parser = (text: string) => unknown;

/** int8 as a number where that is exact, else as a bigint. */
export function parseInt8(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

const asText: Parser = (text) => text;
const { INT8, JSON: JSON_OID, JSONB, TIMESTAMP, TIMESTAMPTZ, DATE } = pg.types.builtins;
const TEXT_ARRAY = 1009;
const INT8_ARRAY = 1016;
/** Arrays of what stays text: json, jsonb, timestamp, timestamptz, date. */
const ARRAYS_AS_TEXT = [199, 3807, 1115, 1185, 1182];

const getDefaultParser = pg.types.getTypeParser as (oid: number, format?: 'text' | 'binary') => Parser;
const parseTextArray = getDefaultParser(TEXT_ARRAY) as (text: string) => (string | null)[];

const overrides = new Map<number, Parser>([
  [INT8, parseInt8],
  [INT8_ARRAY, (text) => parseTextArray(text).map((item) => (item === null ? null : parseInt8(item)))],
  [JSON_OID, asText],
  [JSONB, asText],
  // A Date would cut microseconds off.
  [TIMESTAMP, asText],
  [TIMESTAMPTZ, asText],
  [DATE, asText],
  ...ARRAYS_AS_TEXT.map((oid): [number, Parser] => [oid, parseTextArray]),
]);

/** Result types of the project: int8 as number when safe; json, jsonb and date-times as PostgreSQL's text; bytea as Buffer. */
export const typeParsers: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    overrides.get(oid) ?? getDefaultParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
};
