import { invalidArgument } from '@telestack/errors';
import type { StructuredQuery } from '@telestack/protos/google/firestore/v1/query.ts';
import { checkPath, type FieldPath, type ParentName, parseParent } from '@telestack/values';
import { isNameField } from '../field.ts';
import type { Bound, Filter, FindNearest, Order, Query } from '../types.ts';
import { checkMemberships, checkOperators } from './combinations.ts';
import { checkCursorDatabase, parseCursor } from './cursor.ts';
import { parseFilter } from './filter.ts';
import { checkKeyEquality, checkKeyOperand } from './key-filters.ts';
import { checkDisjunctions, checkInequalityFields, checkSize, leaves } from './limits.ts';
import { checkNearestAlone, checkNearestResult, parseFindNearest } from './nearest.ts';
import { isMembership } from './operators.ts';
import { addAggregated, checkAggregated, checkOrders, completeOrders, parseOrders } from './orders.ts';
import {
  checkGroup,
  checkKind,
  checkKindlessFilter,
  isGroupBelowDocument,
  parseScope,
  type Scope,
} from './scope.ts';
import { parseSelect } from './select.ts';
import { canHold, simplifyFilter } from './simplify.ts';

/** A query whose parts are each well-formed. */
export interface ParsedQuery {
  readonly query: StructuredQuery;
  readonly parent: ParentName;
  readonly scope: Scope;
  readonly select: Query['select'];
  readonly filter: Filter | undefined;
  readonly explicit: readonly Order[];
  readonly start: Bound | undefined;
  readonly end: Bound | undefined;
  readonly findNearest: FindNearest | undefined;
}

/** The parts of a query, each for itself, in the order of Google's backend. @throws INVALID_ARGUMENT */
export function parseQuery(parent: string, query: StructuredQuery): ParsedQuery {
  const parsedParent = parseParent(parent);
  checkOperators(query.where);
  const scope = parseScope(query.from);
  const filter = parseFilter(query.where);
  const select = parseSelect(query.select);
  const explicit = parseOrders(query.orderBy);
  const start = parseCursor(query.startAt, 'start', explicit);
  const end = parseCursor(query.endAt, 'end', explicit);
  const findNearest = query.findNearest && parseFindNearest(query.findNearest);
  return { query, parent: parsedParent, scope, select, filter, explicit, start, end, findNearest };
}

/**
 * A structured query below `parent` ("projects/p/databases/d/documents", or a document there) in normal form.
 *
 * Where Google's emulator differs from production, the latter is followed: the name can be ordered by descending (the emulator refuses
 * "descending key scans").
 * Integers and doubles of one value count once towards the 30 disjunctions (the emulator counts both).
 * @throws INVALID_ARGUMENT with the reason, in the words of Google's backend where they are known
 */
export function normalizeQuery(parent: string, query: StructuredQuery): Query {
  return completeQuery(parseQuery(parent, query));
}

/**
 * What a parsed query comes to, with the checks that need more than one of its parts. Of several faults the one is told that Google's
 * emulator tells: the order of the checks is measured.
 * @param aggregated fields that sums and averages are taken of
 * @throws INVALID_ARGUMENT
 */
export function completeQuery(parsed: ParsedQuery, aggregated: readonly FieldPath[] = []): Query {
  const { query, scope, select, filter, explicit, start, end, findNearest } = parsed;
  const { database, path } = parsed.parent;
  const { offset, limit } = query;
  const parts = filter ? leaves(filter) : [];
  // An inequality that is never true does not make its field an ordered one.
  const satisfiable = parts.filter(canHold);
  checkGroup(scope, path, explicit, parts);
  if (offset < 0) throw invalidArgument('offset is negative');
  if (limit !== undefined && limit < 0) throw invalidArgument('limit is negative');
  // Before the others, since it bounds what they have to look at.
  checkSize(filter, explicit.length, path !== '');
  if (filter) checkMemberships(filter);
  checkKind(scope, explicit);
  for (const part of parts) {
    // Google's backend counts the elements of an array as a step of the path.
    checkPath(isMembership(part.op) ? [...part.field, '*'] : part.field);
    if (isNameField(part.field)) checkKeyOperand(part, database);
    else if (scope.collectionId === '') checkKindlessFilter(part);
  }
  for (const { field } of explicit) checkPath(field);
  checkInequalityFields(satisfiable);
  for (const bound of [start, end]) if (bound) checkCursorDatabase(bound, explicit, database);
  if (findNearest) checkNearestAlone(query);
  checkKeyEquality(satisfiable);
  if (filter) checkDisjunctions(filter);
  if (query.findNearest) checkNearestResult(query.findNearest);
  const isByName =
    [...explicit, ...parts].some(({ field }) => isNameField(field)) || isGroupBelowDocument(scope, path);
  if (isByName) checkAggregated(explicit, satisfiable, aggregated);
  checkOrders(explicit);
  return {
    database,
    parentPath: path,
    ...scope,
    filter: filter && simplifyFilter(filter),
    orders: addAggregated(completeOrders(explicit, satisfiable), aggregated),
    ...(start && { start }),
    ...(end && { end }),
    offset,
    limit,
    select,
    ...(findNearest && { findNearest }),
  };
}
