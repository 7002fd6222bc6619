/**
 * Runs before the server, on its volume: makes the cluster if there is none (from the primary for a standby), and sets roles, databases and
 * passwords as they should be now. It may run any number of times. All passwords come from the environment.
 */
export const PREPARE_SCRIPT = `#!/bin/sh
set -eu
umask 077
for bin in /usr/lib/postgresql/*/bin /usr/local/bin; do [ -x "$bin/initdb" ] && PATH="$bin:$PATH"; done
SOCKET=/tmp
if [ "\${HOSTNAME##*-}" != 0 ]; then
  if [ ! -s "$PGDATA/PG_VERSION" ]; then
    rm -rf "$PGDATA"
    PGPASSWORD="$REPLICATION_PASSWORD" pg_basebackup -D "$PGDATA" -h "$PRIMARY_HOST" -U replication -X stream -R -c fast
  fi
  # The primary's password may be a new one.
  echo "primary_conninfo = 'host=$PRIMARY_HOST user=replication password=$REPLICATION_PASSWORD'" > "$PGDATA/standby.conf"
  grep -q standby.conf "$PGDATA/postgresql.conf" || echo "include_if_exists = 'standby.conf'" >> "$PGDATA/postgresql.conf"
  sed -i '/^primary_conninfo/d' "$PGDATA/postgresql.auto.conf"
  exit 0
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  # Only a finished cluster gets its name: an interrupted initdb starts over.
  rm -rf "$PGDATA.new"
  initdb -D "$PGDATA.new" -U postgres -E UTF8 --locale=C --data-checksums --auth-local=trust --auth-host=scram-sha-256 > /dev/null
  mv "$PGDATA.new" "$PGDATA"
fi
# Standbys copy all there is; the docstore's role, which reads a slot of its database, may not.
{
  echo "local all all trust"
  echo "host all all all scram-sha-256"
  echo "host replication replication all scram-sha-256"
} > "$PGDATA/pg_hba.conf"
pg_ctl -D "$PGDATA" -w -t 300 -s -o "-c listen_addresses='' -c unix_socket_directories=$SOCKET -c wal_level=logical" start > /dev/null
trap 'pg_ctl -D "$PGDATA" -w -m fast -s stop' EXIT
psql() { command psql -X -q -h "$SOCKET" -U postgres -v ON_ERROR_STOP=1 "$@"; }
role() { # name attributes password
  psql -v name="$1" -v password="$3" <<SQL
SELECT format('CREATE ROLE %I', :'name') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \\\\gexec
SELECT format('ALTER ROLE %I WITH $2 PASSWORD %L', :'name', :'password') \\\\gexec
SQL
}
database() { # name owner
  psql -v name="$1" -v owner="$2" <<SQL
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0', :'name', :'owner') WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \\\\gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', :'name') \\\\gexec
SQL
}
schema() { # name: a role's own, of the same name; older ones belong to docstore
  psql -d telestack -v name="$1" <<SQL
SELECT format('GRANT CONNECT, CREATE ON DATABASE telestack TO %I', :'name') \\\\gexec
SELECT format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', :'name', :'name') \\\\gexec
SELECT format('ALTER SCHEMA %I OWNER TO %I', :'name', :'name') \\\\gexec
SELECT format('ALTER TABLE %s OWNER TO %I', oid::regclass, :'name') FROM pg_class
  WHERE relnamespace = :'name'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') AND relowner <> :'name'::regrole \\\\gexec
SQL
}
role postgres "SUPERUSER LOGIN" "$SUPERUSER_PASSWORD"
role replication "REPLICATION LOGIN" "$REPLICATION_PASSWORD"
role docstore "REPLICATION LOGIN NOCREATEROLE" "$DOCSTORE_PASSWORD"
role identity "LOGIN" "$IDENTITY_PASSWORD"
role storage "LOGIN" "$STORAGE_PASSWORD"
database telestack docstore
if [ -n "\${SUPERTOKENS_PASSWORD:-}" ]; then
  role supertokens "LOGIN" "$SUPERTOKENS_PASSWORD"
  database supertokens supertokens
fi
if [ -s /restore/dump ] && [ ! -e "$PGDATA/restored" ]; then
  pg_restore -h "$SOCKET" -U postgres --clean --if-exists -d telestack /restore/dump
  if [ -s /restore/supertokens.dump ]; then pg_restore -h "$SOCKET" -U postgres --clean --if-exists -d supertokens /restore/supertokens.dump; fi
fi
: > "$PGDATA/restored"
schema identity
schema storage
`;

/** Writes dumps of all databases into /backup. */
export const DUMP_SCRIPT = `#!/bin/sh
set -eu
for bin in /usr/lib/postgresql/*/bin /usr/local/bin; do [ -x "$bin/pg_dump" ] && PATH="$bin:$PATH"; done
export PGPASSWORD="$SUPERUSER_PASSWORD"
pg_dump -h "$PRIMARY_HOST" -U postgres -Fc -Z 6 -f /backup/dump telestack
if [ -n "\${SUPERTOKENS_PASSWORD:-}" ]; then pg_dump -h "$PRIMARY_HOST" -U postgres -Fc -Z 6 -f /backup/supertokens.dump supertokens; fi
`;
