import { totalmem } from 'node:os';

export interface PostgresSettings {
  host: string;
  port: number;
  socketDir: string;
  maxConnections: number;
  /** Log that a reader who stays away may hold back before its slot is given up, in MB. */
  maxSlotWalMb: number;
}

const MB = 1024 * 1024;

/** The configuration file that is written at each start; ALTER SYSTEM still overrides it. */
export function postgresConfig(settings: PostgresSettings): string {
  const sharedMb = Math.round(Math.min(512, Math.max(128, totalmem() / MB / 16)));
  const values: Record<string, string | number> = {
    listen_addresses: settings.host,
    port: settings.port,
    unix_socket_directories: settings.socketDir,
    unix_socket_permissions: '0700',
    max_connections: settings.maxConnections,
    shared_buffers: `${sharedMb}MB`,
    // Durability: nothing is acknowledged before it is on disk.
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    // The change relay reads the log by logical decoding.
    wal_level: 'logical',
    max_wal_senders: 10,
    max_replication_slots: 10,
    max_slot_wal_keep_size: `${settings.maxSlotWalMb}MB`,
    wal_sender_timeout: '30s',
    wal_compression: 'on',
    // Twice a megabyte of log for a checkpoint's full pages is what makes commits slow: few and large ones.
    max_wal_size: '2GB',
    min_wal_size: '256MB',
    checkpoint_timeout: '15min',
    // Compiling costs more than it saves for queries of a few milliseconds.
    jit: 'off',
    random_page_cost: 1.1,
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] ',
    cluster_name: 'telestack',
  };
  return Object.entries(values)
    .map(([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'\n`)
    .join('');
}

/** Who may connect: with the password over TCP; over the unix socket whoever may enter its folder, which is the owner alone. */
export const HBA_CONFIG = `local all all trust
host all all 127.0.0.1/32 scram-sha-256
host all all ::1/128 scram-sha-256
`;
