import type { MatchStatement, PathPart } from '../syntax/ast.ts';
import { checkVariableName } from './functions.ts';
import type { Problems } from './problems.ts';

const MAX_SEGMENTS = 100;
const MAX_WILDCARDS = 20;

/** The paths of the matches around a match, joined. */
export interface OuterPath {
  readonly parts: readonly PathPart[];
}

const isRecursive = (part: PathPart): boolean => part.kind === 'wildcard' && part.recursive;

/** Wildcards and size of a match's path, within the matches around it. */
export function checkMatchPath(
  { at, path }: MatchStatement,
  outer: OuterPath,
  version: '1' | '2',
  problems: Problems,
): void {
  const names = new Set<string>();
  for (const part of path) {
    if (part.kind !== 'wildcard') continue;
    if (names.has(part.name)) {
      problems.error(part.at, `Variable ${part.name} already exists in the PathTemplate.`);
    }
    checkVariableName(part, problems);
    names.add(part.name);
  }
  const whole = [...outer.parts, ...path];
  if (whole.length > MAX_SEGMENTS) {
    problems.error(at, `Maximum allowed path length of ${MAX_SEGMENTS} is reached.`);
  }
  if (whole.filter(({ kind }) => kind === 'wildcard').length > MAX_WILDCARDS) {
    problems.error(at, `Maximum allowed amount of ${MAX_WILDCARDS} match field variables is reached.`);
  }
  checkRecursive(path, whole, version, (message) =>
    problems.error(at, `Invalid glob match expression. ${message}`),
  );
}

function checkRecursive(
  path: readonly PathPart[],
  whole: readonly PathPart[],
  version: '1' | '2',
  refuse: (message: string) => void,
): void {
  if (version === '1') {
    if (path.slice(0, -1).some(isRecursive)) {
      refuse('Glob matches are permitted as the last segment in a match declaration path.');
    }
  } else if (path.some(isRecursive) && whole.filter(isRecursive).length > 1) {
    refuse('Only one glob match is permitted in a match declaration path.');
  }
}
