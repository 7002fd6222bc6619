-- Sessions that were revoked, or whose account is gone: whose they were, so that a late refresh is told why it is refused.
CREATE TABLE identity.ended_sessions (
  session_id text PRIMARY KEY,
  project_id text NOT NULL,
  tenant_id text NOT NULL,
  local_id text NOT NULL,
  expires_at bigint NOT NULL
);
CREATE INDEX ended_sessions_expiry ON identity.ended_sessions (expires_at);
