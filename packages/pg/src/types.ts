import pg from 'pg';

type Parser = (text: string) => unknown;

/** int8 as a number where that is exact, else as a bigint. */
export function parseInt8(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

const asText: Parser = (text) => text;
const { INT8, JSON: JSON_OID, JSONB, TIMESTAMP, TIMESTAMPTZ, DATE } = pg.types.builtins;
const INT8_ARRAY = 1016;
/** Arrays of what stays text: json, jsonb, timestamp, timestamptz, date. */
const ARRAYS_AS_TEXT = [199, 3807, 1115, 1185, 1182];

const getDefaultParser = pg.types.getTypeParser as (oid: number, format?: 'text' | 'binary') => Parser;
const parseTextArray = getDefaultParser(1009, 'text') as (text: string) => (string | null)[];

/** Result types of the project: int8 as number when safe; json, jsonb and date-times as PostgreSQL's text; bytea as Buffer. */
export const typeParsers: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    overrides.get(oid) ?? getDefaultParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
};
