export interface NatsSettings {
  host: string;
  port: number;
  password: string;
  storeDir: string;
  pidFile: string;
}

/** nats-server's configuration. Strings are quoted as JSON, which its format understands. */
export function natsConfig({ host, port, password, storeDir, pidFile }: NatsSettings): string {
  return `server_name: telestack
listen: ${JSON.stringify(`${host}:${port}`)}
pid_file: ${JSON.stringify(pidFile)}
max_payload: 4MB
# Slow readers are the bridge's own business: it is told of the break and reads again.
max_pending: 64MB
authorization { user: telestack, password: ${JSON.stringify(password)} }
jetstream {
  store_dir: ${JSON.stringify(storeDir)}
  # Acknowledged means on disk; the default flushes every two minutes.
  sync_interval: always
}
`;
}
