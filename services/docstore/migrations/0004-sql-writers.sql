-- Rows that are written by plain SQL get what the docstore's own commits have: validation, history, and a commit time that they learn when
-- their transaction commits. Until then their times are 'infinity', which nobody else can see.

CREATE FUNCTION telestack.before_sql_write() RETURNS trigger
  LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM telestack.check_stored_map(NEW.data, 'data');
  IF TG_OP = 'UPDATE'
    AND (OLD.database, OLD.parent_path, OLD.collection_id, OLD.document_id)
      = (NEW.database, NEW.parent_path, NEW.collection_id, NEW.document_id) THEN
    NEW.create_time := OLD.create_time;
    NEW.version := OLD.version + 1;
  ELSE
    PERFORM telestack.check_name(NEW.database, NEW.parent_path, NEW.collection_id, NEW.document_id);
    NEW.create_time := 'infinity';
    NEW.version := 1;
  END IF;
  NEW.update_time := 'infinity';
  RETURN NEW;
END
$$;

CREATE FUNCTION telestack.check_name(database text, parent_path text, collection_id text, document_id text) RETURNS void
  LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
  segments text[] := string_to_array(parent_path, '/') || collection_id || document_id;
BEGIN
  IF database !~ '^[^/]+/[^/]+$' THEN
    RAISE EXCEPTION 'database must be "project/database", for example "demo/(default)": %', database USING ERRCODE = 'check_violation';
  END IF;
  IF cardinality(segments) % 2 <> 0 OR collection_id ~ '/' OR document_id ~ '/' OR '' = ANY (segments)
    OR '.' = ANY (segments) OR '..' = ANY (segments) THEN
    RAISE EXCEPTION 'not a document path: %/%/%', parent_path, collection_id, document_id USING ERRCODE = 'check_violation';
  END IF;
END
$$;

-- Raises when a stored map is not what docs/spec/storage.md says: an unreadable document would break its readers instead of its writer.
CREATE FUNCTION telestack.check_stored_map(v jsonb, at text) RETURNS void
  LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
  member record;
BEGIN
  FOR member IN SELECT key, value FROM jsonb_each(v - '$keys')
    UNION ALL SELECT key, value FROM jsonb_each(v -> '$keys') WHERE v ? '$keys' LOOP
    PERFORM telestack.check_stored_value(member.value, at || '.' || member.key);
  END LOOP;
END
$$;

CREATE FUNCTION telestack.check_stored_value(v jsonb, at text) RETURNS void
  LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
  tag text;
  element jsonb;
  valid boolean := true;
BEGIN
  IF jsonb_typeof(v) = 'array' THEN
    FOR element IN SELECT e FROM jsonb_array_elements(v) AS e LOOP
      IF jsonb_typeof(element) = 'array' THEN
        RAISE EXCEPTION '%: an array cannot hold an array', at USING ERRCODE = 'check_violation';
      END IF;
      PERFORM telestack.check_stored_value(element, at || '[]');
    END LOOP;
    RETURN;
  ELSIF jsonb_typeof(v) <> 'object' THEN
    RETURN;
  END IF;
  SELECT min(k) INTO tag FROM jsonb_object_keys(v) AS k HAVING count(*) = 1;
  IF tag IS NULL OR left(tag, 1) <> '$' OR tag = '$keys' THEN
    PERFORM telestack.check_stored_map(v, at);
    RETURN;
  END IF;
  BEGIN
    CASE tag
      WHEN '$timestamp' THEN
        valid := v ->> tag ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$' AND (v ->> tag)::timestamptz IS NOT NULL;
      WHEN '$int' THEN valid := abs((v ->> tag)::bigint::numeric) > 9007199254740991 AND jsonb_typeof(v -> tag) = 'string';
      WHEN '$double' THEN valid := (v ->> tag)::float8 IS NOT NULL;
      WHEN '$bytes' THEN valid := decode(v ->> tag, 'base64') IS NOT NULL;
      WHEN '$string' THEN valid := telestack.escape_nul_string(v ->> tag) IS NOT NULL;
      WHEN '$ref' THEN valid := v ->> tag ~ '^projects/[^/]+/databases/[^/]+/documents(/[^/]+/[^/]+)+$';
      WHEN '$geo' THEN
        valid := jsonb_array_length(v -> tag) = 2 AND abs((v -> tag ->> 0)::float8) <= 90 AND abs((v -> tag ->> 1)::float8) <= 180;
      WHEN '$vector' THEN
        SELECT count(e::float8) = jsonb_array_length(v -> tag) INTO valid FROM jsonb_array_elements_text(v -> tag) AS e;
      ELSE valid := false;
    END CASE;
  EXCEPTION WHEN data_exception OR invalid_parameter_value THEN
    valid := false;
  END;
  IF valid IS NOT TRUE THEN
    RAISE EXCEPTION '%: % is not a stored value', at, v
      USING ERRCODE = 'check_violation', HINT = 'Timestamps are {"$timestamp": "2026-01-02T03:04:05.678900Z"}; a map whose only key starts with $ is {"$keys": {...}}.';
  END IF;
END
$$;

-- At COMMIT, once for each row event: the first takes the sequencer for the transaction.
CREATE FUNCTION telestack.stamp_sql_write() RETURNS trigger
  LANGUAGE plpgsql
AS $$
DECLARE
  commit_time timestamptz := nullif(current_setting('telestack.commit_time', true), '')::timestamptz;
BEGIN
  IF commit_time IS NULL THEN
    commit_time := telestack.begin_commit();
    INSERT INTO telestack.commits (time) VALUES (commit_time);
    PERFORM set_config('telestack.commit_time', commit_time::text, true);
  END IF;
  -- An older version of this very transaction was never visible and leaves no history.
  IF TG_OP <> 'INSERT' AND OLD.update_time <> 'infinity' THEN
    INSERT INTO telestack.document_history
      VALUES (OLD.database, OLD.parent_path, OLD.collection_id, OLD.document_id, OLD.owner_id, OLD.version, OLD.data,
        OLD.create_time, OLD.update_time, commit_time);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    UPDATE telestack.documents
      SET update_time = commit_time, create_time = least(create_time, commit_time)
      WHERE (database, parent_path, collection_id, document_id)
        = (NEW.database, NEW.parent_path, NEW.collection_id, NEW.document_id) AND update_time = 'infinity';
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION telestack.refuse_truncate() RETURNS trigger
  LANGUAGE plpgsql
AS $$
BEGIN
  RAISE EXCEPTION 'TRUNCATE would bypass history and listeners; use DELETE' USING ERRCODE = 'feature_not_supported';
END
$$;

CREATE TRIGGER sql_write BEFORE INSERT OR UPDATE ON telestack.documents FOR EACH ROW
  WHEN (coalesce(current_setting('telestack.commit_time', true), '') = '')
  EXECUTE FUNCTION telestack.before_sql_write();
CREATE CONSTRAINT TRIGGER stamp_sql_write AFTER INSERT OR UPDATE OR DELETE ON telestack.documents
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (coalesce(current_setting('telestack.commit_time', true), '') = '')
  EXECUTE FUNCTION telestack.stamp_sql_write();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON telestack.documents
  EXECUTE FUNCTION telestack.refuse_truncate();
