CREATE TABLE identity.projects (
  project_id text PRIMARY KEY,
  project_number bigint GENERATED ALWAYS AS IDENTITY (START WITH 100000000001),
  -- What the Identity Toolkit's Config message says, as far as it is set.
  config jsonb NOT NULL DEFAULT '{}'
);
CREATE TABLE identity.tenants (
  project_id text NOT NULL,
  tenant_id text NOT NULL,
  config jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (project_id, tenant_id)
);
-- Providers of OpenID Connect that may sign users in: {"issuer", "clientId", "jwksUri", "enabled", ...}.
CREATE TABLE identity.idps (
  project_id text NOT NULL,
  tenant_id text NOT NULL DEFAULT '',
  provider_id text NOT NULL,
  config jsonb NOT NULL,
  PRIMARY KEY (project_id, tenant_id, provider_id)
);

-- Codes that were mailed. Only the dev profile keeps the code itself, to list it.
CREATE TABLE identity.oob_codes (
  hash bytea PRIMARY KEY,
  project_id text NOT NULL,
  tenant_id text NOT NULL,
  -- {"requestType", "email", "newEmail"}, and "oobCode" and "oobLink" in the dev profile.
  request jsonb NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL
);
CREATE INDEX oob_codes_project ON identity.oob_codes (project_id, created_at);
CREATE INDEX oob_codes_expiry ON identity.oob_codes (expires_at);

CREATE TABLE identity.signing_keys (
  kid text PRIMARY KEY,
  private_key jsonb NOT NULL,
  public_key jsonb NOT NULL,
  created_at bigint NOT NULL
);

CREATE TABLE identity.api_keys (
  key_id text PRIMARY KEY,
  project_id text NOT NULL,
  -- A secret key's public part; a web key, which is public, as a whole.
  prefix text NOT NULL UNIQUE,
  kind text NOT NULL CHECK (kind IN ('secret', 'web')),
  hash text NOT NULL,
  display_name text NOT NULL DEFAULT '',
  scopes jsonb NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint,
  revoked_at bigint
);
CREATE INDEX api_keys_project ON identity.api_keys (project_id, created_at);

CREATE TABLE identity.service_accounts (
  email text PRIMARY KEY,
  project_id text NOT NULL,
  display_name text NOT NULL DEFAULT '',
  disabled boolean NOT NULL DEFAULT false,
  created_at bigint NOT NULL
);
CREATE TABLE identity.service_account_keys (
  kid text PRIMARY KEY,
  email text NOT NULL REFERENCES identity.service_accounts ON DELETE CASCADE,
  public_key jsonb NOT NULL,
  created_at bigint NOT NULL
);

-- Acts of administrators. Rows are only ever added.
CREATE TABLE identity.audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  project_id text NOT NULL,
  actor text NOT NULL,
  action text NOT NULL,
  target text NOT NULL,
  details jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_project ON identity.audit (project_id, id);

-- What tokens that are out there may contradict. Whoever adds a row holds a lock until it commits, so ids are in the order of commits
-- and a reader that goes on from an id misses none.
CREATE TABLE identity.principal_changes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  changed_at bigint NOT NULL,
  change jsonb NOT NULL
);
CREATE INDEX principal_changes_at ON identity.principal_changes (changed_at);
