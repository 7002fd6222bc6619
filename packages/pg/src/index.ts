export { Database, type DatabaseOptions, type TransactionOptions } from './database.ts';
export { isConnectionError, isRetryable, sqlState, toDatabaseError } from './errors.ts';
export { type Listening, type ListenOptions, listen } from './listen.ts';
export { type Migration, type MigrationResult, migrate, readMigrations } from './migrate.ts';
export { createPool, type PoolOptions } from './pool.ts';
export { SlotInUseError, SlotLostError } from './replication/errors.ts';
export { formatLsn, type Lsn, parseLsn } from './replication/lsn.ts';
export {
  type PgOutputMessage,
  type Relation,
  type RelationColumn,
  type Tuple,
  UNCHANGED,
} from './replication/messages.ts';
export { PgOutputDecoder } from './replication/pgoutput.ts';
export { dropSlot, ensureSlot, type SlotStatus, slotStatus } from './replication/slot.ts';
export { type ReplicationOptions, type ReplicationStream, startReplication } from './replication/stream.ts';
export type { Queryable, QueryOptions, QueryResult, Row, Session } from './session.ts';
