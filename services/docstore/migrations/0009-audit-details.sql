-- As in every service: packages/audit.
ALTER TABLE telestack.audit ADD COLUMN details jsonb NOT NULL DEFAULT '{}';
