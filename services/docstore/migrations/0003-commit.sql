-- The commit: docs/spec/consistency.md. Everything that writes documents goes through the sequencer and takes its commit time there.

-- Takes the sequencer for the rest of the transaction and gives the first commit time that is free. READ COMMITTED: every statement after the lock
-- sees what the previous holder committed.
CREATE FUNCTION telestack.begin_commit() RETURNS timestamptz
  LANGUAGE plpgsql VOLATILE SET lock_timeout = '30s'
AS $$
DECLARE
  first_time timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(7306639710345281);
  SELECT greatest(clock_timestamp(), max(time) + interval '1 microsecond') INTO first_time FROM telestack.commits;
  RETURN first_time;
END
$$;

-- Commits a group of Firestore commits: the i-th of them (from 0) at the returned time + i microseconds.
--
-- checks_*: documents that must be as they were read: `checks_time` is the update time, '-infinity' a missing document.
-- query_*: queries of a transaction, which must still have the fingerprint.
-- transactions*: transactions that end with this group, each with the position of its commit, what was asked of it (a hash) and its transform
-- results; 0006-transactions.sql.
-- writes_*: documents to write; NULL data deletes, `writes_new` deletes first. Within a wave no document comes twice; waves are applied in
-- order.
-- meta: JSON for the relay (trace contexts), or NULL. Names that were deleted are added, with the commit that did it.
-- Returns the time, or the positions (from 1) of the checks or queries that failed or of the transactions that were committed before, in which
-- case nothing was written; and for writes that
-- changed nothing their position (from 1) and the update time that the document keeps.
CREATE FUNCTION telestack.commit_batch(
  committer uuid, batch bigint, commits int,
  checks_database text[], checks_parent text[], checks_collection text[], checks_document text[], checks_time timestamptz[],
  query_texts text[], query_fingerprints text[],
  transactions uuid[], transactions_commit int[], transactions_request uuid[], transactions_results jsonb[],
  writes_wave int[], writes_commit int[],
  writes_database text[], writes_parent text[], writes_collection text[], writes_document text[], writes_data text[],
  writes_new boolean[], meta text,
  OUT time_us bigint, OUT failed_checks int[], OUT failed_queries int[], OUT repeated int[], OUT unchanged int[], OUT unchanged_us bigint[]
) LANGUAGE plpgsql VOLATILE
  -- A plan made for the arrays at hand is no better and takes longer to make than to run.
  SET plan_cache_mode = force_generic_plan
  -- A SQL writer may hold a row; it needs the sequencer to commit, so waiting for it here would be a deadlock.
  SET lock_timeout = '50ms'
AS $$
#variable_conflict use_column
DECLARE
  first_time timestamptz;
  fingerprint text;
  last_wave int := coalesce(writes_wave[cardinality(writes_wave)], -1);
  deletes_any boolean := array_position(writes_data, NULL) IS NOT NULL OR true = ANY (writes_new);
  deletes jsonb := '[]';
  written bigint;
  expected bigint;
  sql_writers_time text := coalesce(current_setting('telestack.commit_time', true), '');
BEGIN
  first_time := telestack.begin_commit();

  IF cardinality(transactions) > 0 THEN
    SELECT array_agg(t.i) INTO repeated FROM unnest(transactions) WITH ORDINALITY AS t(id, i)
      JOIN telestack.committed_transactions USING (id);
    IF repeated IS NOT NULL THEN
      RETURN;
    END IF;
  END IF;
  IF cardinality(checks_document) > 0 THEN
    SELECT array_agg(c.i) INTO failed_checks
      FROM unnest(checks_database, checks_parent, checks_collection, checks_document, checks_time)
        WITH ORDINALITY AS c(database, parent_path, collection_id, document_id, update_time, i)
      LEFT JOIN telestack.documents AS d USING (database, parent_path, collection_id, document_id)
      WHERE coalesce(d.update_time, '-infinity') <> c.update_time;
  END IF;
  FOR q IN 1 .. cardinality(query_texts) LOOP
    EXECUTE query_texts[q] INTO fingerprint;
    IF fingerprint IS DISTINCT FROM query_fingerprints[q] THEN
      failed_queries := failed_queries || q;
    END IF;
  END LOOP;
  IF failed_checks IS NOT NULL OR failed_queries IS NOT NULL THEN
    RETURN;
  END IF;

  time_us := (extract(epoch FROM first_time) * 1000000)::bigint;
  INSERT INTO telestack.commits VALUES (first_time + (greatest(commits, 1) - 1) * interval '1 microsecond', committer, batch);
  -- Tells the triggers for SQL writers that these rows come with their commit time and history. No SET clause of the function: only a superuser
  -- may create one with a setting of our own.
  PERFORM set_config('telestack.commit_time', 'given', true);
  FOR this_wave IN 0 .. last_wave LOOP
    INSERT INTO telestack.document_history
      SELECT d.database, d.parent_path, d.collection_id, d.document_id, d.owner_id, d.version, d.data,
          d.create_time, d.update_time, first_time + w.commit * interval '1 microsecond'
        FROM unnest(writes_wave, writes_commit, writes_database, writes_parent, writes_collection, writes_document, writes_data, writes_new)
          AS w(wave, commit, database, parent_path, collection_id, document_id, data, is_new)
        JOIN telestack.documents AS d USING (database, parent_path, collection_id, document_id)
        WHERE w.wave = this_wave AND (w.data IS NULL OR w.is_new OR d.data <> w.data::jsonb);
    IF deletes_any THEN
      WITH gone AS (
        DELETE FROM telestack.documents AS d
          USING unnest(writes_wave, writes_commit, writes_database, writes_parent, writes_collection, writes_document, writes_data, writes_new)
            AS w(wave, commit, database, parent_path, collection_id, document_id, data, is_new)
          WHERE w.wave = this_wave AND (w.data IS NULL OR w.is_new) AND (d.database, d.parent_path, d.collection_id, d.document_id)
            = (w.database, w.parent_path, w.collection_id, w.document_id)
          RETURNING w.commit, d.database, d.parent_path, d.collection_id, d.document_id
      )
      SELECT deletes || coalesce(jsonb_agg(jsonb_build_array(g.commit, g.database,
          concat_ws('/', nullif(g.parent_path, ''), g.collection_id, g.document_id))), '[]')
        INTO deletes FROM gone AS g;
    END IF;
    INSERT INTO telestack.documents AS d
        (database, parent_path, collection_id, document_id, data, create_time, update_time)
      SELECT w.database, w.parent_path, w.collection_id, w.document_id, w.data::jsonb,
          first_time + w.commit * interval '1 microsecond', first_time + w.commit * interval '1 microsecond'
        FROM unnest(writes_wave, writes_commit, writes_database, writes_parent, writes_collection, writes_document, writes_data)
          AS w(wave, commit, database, parent_path, collection_id, document_id, data)
        WHERE w.wave = this_wave AND w.data IS NOT NULL
      ON CONFLICT (database, parent_path, collection_id, document_id) DO UPDATE
        SET data = excluded.data, update_time = excluded.update_time, version = d.version + 1
        WHERE d.data <> excluded.data;
    GET DIAGNOSTICS written = ROW_COUNT;
    IF last_wave = 0 THEN
      expected := cardinality(array_remove(writes_data, NULL));
    ELSE
      SELECT count(*) INTO expected FROM unnest(writes_wave, writes_data) AS w(wave, data)
        WHERE w.wave = this_wave AND w.data IS NOT NULL;
    END IF;
    IF written < expected THEN
      -- Firestore: a write that changes nothing keeps the document's update time.
      SELECT unchanged || array_agg(w.i), unchanged_us || array_agg((extract(epoch FROM d.update_time) * 1000000)::bigint)
        INTO unchanged, unchanged_us
        FROM unnest(writes_wave, writes_commit, writes_database, writes_parent, writes_collection, writes_document, writes_data)
          WITH ORDINALITY AS w(wave, commit, database, parent_path, collection_id, document_id, data, i)
        JOIN telestack.documents AS d USING (database, parent_path, collection_id, document_id)
        WHERE w.wave = this_wave AND w.data IS NOT NULL AND d.update_time < first_time + w.commit * interval '1 microsecond';
    END IF;
  END LOOP;
  PERFORM set_config('telestack.commit_time', sql_writers_time, true);
  IF cardinality(transactions) > 0 THEN
    INSERT INTO telestack.committed_transactions
      SELECT t.id, first_time + t.commit * interval '1 microsecond', t.request, t.results
        FROM unnest(transactions, transactions_commit, transactions_request, transactions_results) AS t(id, commit, request, results);
    PERFORM telestack.end_transactions(transactions);
  END IF;
  IF meta IS NOT NULL OR deletes <> '[]' THEN
    PERFORM pg_logical_emit_message(true, 'telestack',
      (coalesce(meta::jsonb, '{}') || jsonb_build_object('time', time_us, 'deletes', deletes))::text);
  END IF;
END
$$;

-- Makes sure that every later commit has a time after `target`.
CREATE FUNCTION telestack.advance(target timestamptz) RETURNS void
  LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  first_time timestamptz := telestack.begin_commit();
BEGIN
  IF (SELECT max(time) FROM telestack.commits) < target THEN
    INSERT INTO telestack.commits (time) VALUES (greatest(first_time, target));
  END IF;
END
$$;

-- A commit without changes, when the newest one is older than `age`: read times and the change stream go on in an idle database.
CREATE FUNCTION telestack.heartbeat(age interval) RETURNS void
  LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  first_time timestamptz;
BEGIN
  IF (SELECT max(time) FROM telestack.commits) < clock_timestamp() - age THEN
    first_time := telestack.begin_commit();
    INSERT INTO telestack.commits (time) VALUES (first_time);
  END IF;
END
$$;

-- Removes what has left the retention window, a bounded number of rows at a time. Returns how many; 0 when another replica is at it.
CREATE FUNCTION telestack.remove_expired(retention interval, max_rows int) RETURNS bigint
  LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  removed bigint := 0;
  n bigint;
BEGIN
  IF NOT pg_try_advisory_xact_lock(7306639710345282) THEN
    RETURN 0;
  END IF;
  DELETE FROM telestack.document_history WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM telestack.document_history WHERE superseded_time < now() - retention LIMIT max_rows));
  GET DIAGNOSTICS removed = ROW_COUNT;
  -- The newest commit stays: it is the read time of every snapshot.
  DELETE FROM telestack.commits WHERE time = ANY (ARRAY(
    SELECT time FROM telestack.commits WHERE time < now() - retention AND time < (SELECT max(time) FROM telestack.commits)
      ORDER BY time LIMIT max_rows));
  GET DIAGNOSTICS n = ROW_COUNT;
  removed := removed + n;
  PERFORM telestack.remove_expired_transactions();
  RETURN removed;
END
$$;
