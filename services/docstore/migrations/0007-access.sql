-- Security rules: sources that were deployed, and which of them is in force for what (docs/spec/access.md).

CREATE TABLE telestack.rulesets (
  project text COLLATE "C" NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  file_name text NOT NULL,
  source text NOT NULL,
  create_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (project, id)
);
CREATE INDEX rulesets_by_age ON telestack.rulesets (project, create_time DESC, id);

CREATE TABLE telestack.releases (
  project text COLLATE "C" NOT NULL,
  -- 'cloud.firestore', 'cloud.firestore/{database}', 'firebase.storage/{bucket}'
  id text COLLATE "C" NOT NULL,
  ruleset_id uuid NOT NULL,
  create_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  update_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (project, id),
  FOREIGN KEY (project, ruleset_id) REFERENCES telestack.rulesets (project, id)
);

-- Tells every replica that what it holds of a project's rules is out of date. Deploys are rare; the order of data never depends on this.
CREATE FUNCTION telestack.releases_changed() RETURNS trigger
  LANGUAGE plpgsql
AS $$
DECLARE
  project text := coalesce(NEW.project, OLD.project);
  commit_time timestamptz := telestack.begin_commit();
BEGIN
  PERFORM pg_notify('telestack_releases', project);
  -- Its place among the commits, for those who listen.
  INSERT INTO telestack.commits (time) VALUES (commit_time);
  PERFORM pg_logical_emit_message(true, 'telestack', jsonb_build_object('released', jsonb_build_array(project))::text);
  RETURN NULL;
END
$$;
CREATE TRIGGER releases_changed AFTER INSERT OR UPDATE OR DELETE ON telestack.releases
  FOR EACH ROW EXECUTE FUNCTION telestack.releases_changed();
