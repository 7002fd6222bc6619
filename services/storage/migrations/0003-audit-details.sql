-- As in every service: packages/audit.
ALTER TABLE storage.audit ADD COLUMN details jsonb NOT NULL DEFAULT '{}';
