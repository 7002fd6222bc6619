-- What holds for single collections beside rules, and who has changed what: docs/policies.md.

CREATE TABLE telestack.collection_settings (
  project text COLLATE "C" NOT NULL,
  database_id text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('policies', 'schemas')),
  -- 'file' where it comes with the deployment: a file that goes away takes with it only what a file has brought.
  origin text NOT NULL CHECK (origin IN ('api', 'file')),
  content text NOT NULL,
  update_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (project, database_id, kind)
);
-- As a change of releases: heard by every replica, and in its place among the commits for those who listen.
CREATE TRIGGER collection_settings_changed AFTER INSERT OR UPDATE OR DELETE ON telestack.collection_settings
  FOR EACH ROW EXECUTE FUNCTION telestack.releases_changed();

-- Acts of administrators.
CREATE TABLE telestack.audit (
  project text COLLATE "C" NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  time timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor text NOT NULL,
  action text NOT NULL,
  target text NOT NULL,
  PRIMARY KEY (project, id)
);

-- The owner is the document's own field: one place that says so, for SQL as for policies.
ALTER TABLE telestack.documents DROP COLUMN owner_id;
ALTER TABLE telestack.documents ADD COLUMN owner_id text COLLATE "C"
  GENERATED ALWAYS AS (CASE WHEN jsonb_typeof(data -> 'owner_id') = 'string' THEN data ->> 'owner_id' END) STORED;
