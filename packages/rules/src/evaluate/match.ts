import type { PathPart } from '../syntax/ast.ts';
import { type Hole, Path } from '../values/path.ts';
import type { Value } from '../values/value.ts';
import type { Evaluate } from './context.ts';

/** A segment of a request's path. Queries leave the last one open, those of collection groups what is above too. */
export type Segment = string | typeof ANY_ID | typeof ANY_PARENTS;
/** One segment, which a wildcard matches but text does not. */
export const ANY_ID: unique symbol = Symbol('any id');
/** Any number of segments, which only a recursive wildcard matches. */
export const ANY_PARENTS: unique symbol = Symbol('any parents');

export interface CompiledAllow {
  readonly methods: ReadonlySet<string>;
  readonly line: number;
  readonly condition: Evaluate;
}

export interface MatchNode {
  readonly parts: readonly PathPart[];
  readonly allows: readonly CompiledAllow[];
  readonly children: readonly MatchNode[];
  /** Whether `{x=**}` matches no segment at all: from version 2 on. */
  readonly matchesNothing: boolean;
}

export type Captures = readonly (Value | undefined)[];
type Visit = (allow: CompiledAllow, captures: Captures) => boolean;

/** Every `allow` whose path is the request's, in the order of the source; ends when the visitor returns true. */
export function visitMatches(
  nodes: readonly MatchNode[],
  segments: readonly Segment[],
  visit: Visit,
): boolean {
  return nodes.some((node) => visitNode(node, segments, 0, [], visit));
}

function visitNode(
  node: MatchNode,
  segments: readonly Segment[],
  from: number,
  captures: Captures,
  visit: Visit,
): boolean {
  return matchParts(node, 0, segments, from, captures, (end, bound) => {
    if (end === segments.length && node.allows.some((allow) => visit(allow, bound))) return true;
    return node.children.some((child) => visitNode(child, segments, end, bound, visit));
  });
}

type Reach = (end: number, captures: Captures) => boolean;

function matchParts(
  node: MatchNode,
  at: number,
  segments: readonly Segment[],
  from: number,
  captures: Captures,
  reach: Reach,
): boolean {
  const part = node.parts[at];
  if (part === undefined) return reach(from, captures);
  const next = (end: number, bound: Captures): boolean =>
    matchParts(node, at + 1, segments, end, bound, reach);
  if (part.kind === 'wildcard' && part.recursive) {
    for (let end = from + (node.matchesNothing ? 0 : 1); end <= segments.length; end++) {
      if (next(end, [...captures, pathOf(segments.slice(from, end))])) return true;
    }
    return false;
  }
  const segment = segments[from];
  if (segment === undefined || segment === ANY_PARENTS) return false;
  if (part.kind === 'text') return segment === part.text && next(from + 1, captures);
  return next(from + 1, [...captures, segment === ANY_ID ? undefined : segment]);
}

const OPEN_ID: Hole = { name: '', recursive: false };
const OPEN_PARENTS: Hole = { name: '', recursive: true };

function pathOf(segments: readonly Segment[]): Path {
  return new Path(
    segments.map((segment) => {
      if (segment === ANY_ID) return OPEN_ID;
      return segment === ANY_PARENTS ? OPEN_PARENTS : segment;
    }),
  );
}
