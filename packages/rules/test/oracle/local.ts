import {
  StructuredQuery_CompositeFilter_Operator as CompositeOperator,
  StructuredQuery_Direction as Direction,
  StructuredQuery_FieldFilter_Operator as FieldOperator,
  type StructuredQuery_Filter as ProtoFilter,
  StructuredQuery,
} from '@telestack/protos/google/firestore/v1/query.ts';
import { normalizeQuery, type Query } from '@telestack/query';
import { checkDocument, type Decision, type LookupSource, proveList, type Ruleset } from '@telestack/rules';
import { type Fields, mergeFields, parseFieldPath } from '@telestack/values';
import type { Claims, ListQuery, Op, Request, Where } from './scenario.ts';
import { ROOT } from './scenario.ts';

const OPERATORS: Readonly<Record<Op, FieldOperator>> = {
  '==': FieldOperator.EQUAL,
  '!=': FieldOperator.NOT_EQUAL,
  '<': FieldOperator.LESS_THAN,
  '<=': FieldOperator.LESS_THAN_OR_EQUAL,
  '>': FieldOperator.GREATER_THAN,
  '>=': FieldOperator.GREATER_THAN_OR_EQUAL,
  in: FieldOperator.IN,
  'not-in': FieldOperator.NOT_IN,
  'array-contains': FieldOperator.ARRAY_CONTAINS,
  'array-contains-any': FieldOperator.ARRAY_CONTAINS_ANY,
};

type Documents = { readonly [path: string]: Fields };

const authOf = (claims: Claims) =>
  claims === null ? null : { uid: (claims.sub as string | undefined) ?? null, token: claims };

/** What the package decides. */
export function decideLocally(
  ruleset: Ruleset,
  documents: Documents,
  request: Request,
  now: number,
): Decision {
  const auth = authOf(request.as);
  const stored = (path: string): Fields | null => documents[path] ?? null;
  if (request.op === 'list') {
    const query = queryOf(request.collection, request.query);
    return settled(proveList(ruleset, { query, auth, time: now }, ({ path }) => stored(path)));
  }
  const { path } = request;
  const before = stored(path);
  const after = request.op === 'set' ? written(before, request.data, request.mask) : undefined;
  const method = request.op === 'set' ? (before === null ? 'create' : 'update') : request.op;
  const lookups: LookupSource = ({ path: other, state }) =>
    state === 'after' && other === path ? (after ?? (method === 'delete' ? null : before)) : stored(other);
  return settled(
    checkDocument(ruleset, { method, database: '(default)', path, auth, time: now, before, after }, lookups),
  );
}

function settled(outcome: ReturnType<typeof checkDocument>): Decision {
  if ('missing' in outcome) throw new Error('every document was at hand');
  return outcome;
}

function written(before: Fields | null, data: Fields, mask: readonly string[] | undefined): Fields {
  return mask === undefined ? data : mergeFields(before ?? {}, data, mask.map(parseFieldPath));
}

/** @throws StatusError for what is no valid query */
export function queryOf(
  collection: string,
  { where, orderBy = [], limit, offset = 0, group }: ListQuery,
): Query {
  const segments = collection.split('/');
  const parent = segments.slice(0, -1).join('/');
  return normalizeQuery(
    parent === '' ? ROOT : `${ROOT}/${parent}`,
    StructuredQuery.create({
      from: [{ collectionId: segments.at(-1)!, allDescendants: group ?? false }],
      where: where === undefined || where.length === 0 ? undefined : composite(CompositeOperator.AND, where),
      orderBy: orderBy.map((order) => ({
        field: { fieldPath: order.replace(/^-/, '') },
        direction: order.startsWith('-') ? Direction.DESCENDING : Direction.ASCENDING,
      })),
      limit,
      offset,
    }),
  );
}

function composite(op: CompositeOperator, filters: readonly Where[]): ProtoFilter {
  return {
    filterType: {
      $case: 'compositeFilter',
      compositeFilter: { op, filters: filters.map(filterOf) },
    },
  };
}

function filterOf(where: Where): ProtoFilter {
  if ('or' in where) return composite(CompositeOperator.OR, where.or);
  if ('and' in where) return composite(CompositeOperator.AND, where.and);
  const [fieldPath, op, value] = where;
  return {
    filterType: { $case: 'fieldFilter', fieldFilter: { field: { fieldPath }, op: OPERATORS[op], value } },
  };
}
