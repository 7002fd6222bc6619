/** What the docstore needs of PostgreSQL: one statement, one snapshot. A pool and a client both are one. */
export interface Queryable {
  query<R extends object>(text: string, values?: readonly unknown[]): Promise<{ rows: R[] }>;
}

/**
 * Every statement of a request has an index to go by, and its prepared plan outlives the size that a table had when it was made: one made
 * for an empty table reads the whole of it once it has grown.
 */
export const PLANNER_SETTINGS = { enable_seqscan: 'off', enable_hashjoin: 'off', enable_mergejoin: 'off' };
