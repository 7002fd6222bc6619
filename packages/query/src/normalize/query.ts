import { invalidArgument } from '@telestack/errors';
import type { StructuredQuery } from '@telestack/protos/google/firestore/v1/query.ts';
import { type FieldPath, parseParent } from '@telestack/values';
import { isNameField } from '../field.ts';
import type { Query } from '../types.ts';
import { checkCombinations, checkMemberships } from './combinations.ts';
import { parseCursor } from './cursor.ts';
import { parseFilter } from './filter.ts';
import { checkKeyEquality, checkKeyOperand } from './key-filters.ts';
import { checkDisjunctions, checkInequalityFields, checkSize, leaves } from './limits.ts';
import { checkNearestAlone, parseFindNearest } from './nearest.ts';
import { addAggregated, checkOrders, completeOrders, parseOrders } from './orders.ts';
import {
  checkGroup,
  checkKindlessFilter,
  checkKindlessOrders,
  isGroupBelowDocument,
  parseScope,
} from './scope.ts';
import { parseSelect } from './select.ts';
import { canHold, simplifyFilter } from './simplify.ts';

/**
 * A structured query below `parent` ("projects/p/databases/d/documents", or a document there) in normal form. `aggregated` are fields
 * that sums and averages are taken of.
 *
 * Where Google's emulator differs from production, the latter is followed: the name can be ordered by descending (the emulator refuses
 * "descending key scans").
 * Integers and doubles of one value count once towards the 30 disjunctions (the emulator counts both).
 * @throws INVALID_ARGUMENT with the reason, in the words of Google's backend where they are known
 */
export function normalizeQuery(
  parent: string,
  query: StructuredQuery,
  aggregated: readonly FieldPath[] = [],
): Query {
  const { database, path } = parseParent(parent);
  const scope = parseScope(query.from);
  const select = parseSelect(query.select);
  const filter = parseFilter(query.where);
  const explicit = parseOrders(query.orderBy);
  const findNearest = query.findNearest && parseFindNearest(query.findNearest);
  const { offset, limit } = query;
  if (offset < 0) throw invalidArgument('offset is negative');
  if (limit !== undefined && limit < 0) throw invalidArgument('limit is negative');
  if (findNearest) checkNearestAlone(query);
  const parts = filter ? leaves(filter) : [];
  // An inequality that is never true does not make its field an ordered one.
  const satisfiable = parts.filter(canHold);
  // First, since it bounds what the other checks have to look at.
  checkSize(filter, explicit.length, path !== '');
  const isKindless = scope.collectionId === '';
  if (filter) checkCombinations(filter, parts);
  checkGroup(scope, path, explicit, parts);
  if (filter) checkMemberships(filter);
  if (isKindless) checkKindlessOrders(explicit);
  for (const part of parts) {
    if (isNameField(part.field)) checkKeyOperand(part, database);
    else if (isKindless) checkKindlessFilter(part);
  }
  checkKeyEquality(satisfiable);
  if (filter) checkDisjunctions(filter);
  checkInequalityFields(satisfiable);
  checkOrders(explicit);
  const start = parseCursor(query.startAt, 'start', explicit, database);
  const end = parseCursor(query.endAt, 'end', explicit, database);
  const isByName =
    [...explicit, ...parts].some(({ field }) => isNameField(field)) || isGroupBelowDocument(scope, path);
  return {
    database,
    parentPath: path,
    ...scope,
    filter: filter && simplifyFilter(filter),
    orders: addAggregated(completeOrders(explicit, satisfiable), aggregated, isByName),
    ...(start && { start }),
    ...(end && { end }),
    offset,
    limit,
    select,
    ...(findNearest && { findNearest }),
  };
}
