/** What the docstore needs of PostgreSQL: one statement, one snapshot. A pool and a client both are one. */
export interface Queryable {
  query<R extends object>(text: string, values?: readonly unknown[]): Promise<{ rows: R[] }>;
}
