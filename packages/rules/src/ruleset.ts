import type { Service } from './evaluate/lookup-functions.ts';
import type { MatchNode } from './evaluate/match.ts';

/** Compiled rules; immutable, and worth keeping. */
export interface Ruleset {
  readonly version: '1' | '2';
  readonly services: { readonly [service in Service]?: readonly MatchNode[] };
}
