-- Read-write transactions between the requests of their clients: docs/spec/consistency.md, "Transactions". What is unlogged is gone after a crash:
-- then their commits end in ABORTED, and clients start them again.

CREATE UNLOGGED TABLE telestack.transactions (
  id uuid PRIMARY KEY,
  database text COLLATE "C" NOT NULL,
  start_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Set by the first read; later reads of documents move it on as long as nothing that was read has changed.
  read_time timestamptz,
  -- Documents that were read, and the update times seen ('-infinity': missing).
  parents text[] COLLATE "C" NOT NULL DEFAULT '{}',
  collections text[] COLLATE "C" NOT NULL DEFAULT '{}',
  documents text[] COLLATE "C" NOT NULL DEFAULT '{}',
  update_times timestamptz[] NOT NULL DEFAULT '{}',
  -- Queries that were run, as SQL that yields one text: the fingerprint of the result.
  queries text[] NOT NULL DEFAULT '{}',
  fingerprints text[] NOT NULL DEFAULT '{}'
);

-- Read-only transactions carry their read time in their token; only their end is written down.
CREATE UNLOGGED TABLE telestack.ended_transactions (
  id uuid PRIMARY KEY,
  time timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Since when the unlogged tables are whole: what began before and is not there was lost, what began later has ended. Empty after a crash.
CREATE UNLOGGED TABLE telestack.transactions_since (time timestamptz NOT NULL);
INSERT INTO telestack.transactions_since VALUES ('-infinity');

-- What became of commits of transactions, for clients that send one again because they did not hear of it. Written by the commit itself.
CREATE TABLE telestack.committed_transactions (
  id uuid PRIMARY KEY,
  time timestamptz NOT NULL,
  request uuid NOT NULL,       -- MD5 of the writes
  transform_results jsonb      -- by write; NULL when there are none
);
CREATE INDEX committed_transactions_by_age ON telestack.committed_transactions USING brin (time);

-- The queue before a document (docs/decisions/0002-queue-of-transactions.md): who has read it and not committed yet holds it for a moment, the others
-- wait a bounded time, in the order of their tickets. A courtesy that saves retries: the commit is checked whatever stands here.
CREATE UNLOGGED TABLE telestack.claims (
  document bigint NOT NULL,       -- a hash of its name; two that share one wait for each other in vain
  ticket bigint NOT NULL,
  transaction uuid NOT NULL,
  is_later boolean NOT NULL,      -- the transaction held other documents when it came
  is_held boolean NOT NULL DEFAULT false,
  expires timestamptz NOT NULL,
  PRIMARY KEY (document, ticket),
  UNIQUE (transaction, document)
);
CREATE UNLOGGED SEQUENCE telestack.tickets;

-- Those of `waiting` whose turn it is not: somebody holds a document that they wait for, or came before. Who holds something already goes
-- before those who do not, and of two that wait for what the other one holds, the older goes on (ids begin with the time).
CREATE FUNCTION telestack.blocked(waiting uuid[]) RETURNS SETOF uuid
  LANGUAGE sql VOLATILE
AS $$
  SELECT DISTINCT mine.transaction FROM telestack.claims AS mine
    WHERE mine.transaction = ANY (waiting) AND NOT mine.is_held AND EXISTS (
      SELECT FROM telestack.claims AS other
        WHERE other.document = mine.document AND other.transaction <> mine.transaction AND other.expires > clock_timestamp()
          AND (other.is_held OR other.ticket < mine.ticket AND (other.is_later OR NOT mine.is_later))
          AND NOT (mine.is_later AND mine.transaction < other.transaction AND EXISTS (
            SELECT FROM telestack.claims AS held JOIN telestack.claims AS wanted USING (document)
              WHERE held.transaction = mine.transaction AND held.is_held
                AND wanted.transaction = other.transaction AND NOT wanted.is_held)))
$$;

-- Reads documents for a read-write transaction, in its turn, and remembers what it has read. Gives rows of `state`
--   read:    a document (`data` is NULL when it is missing), in the order asked for
--   waiting: others are before it; nothing was read. Its place in the queue is kept for `patience`: ask again, in the end without `may_wait`
--   fixed:   it cannot see the present, since something that it has read has changed, or it has run queries: read at `read_us` instead
--   unknown: there is no such transaction
-- `begins`: the transaction begins here. `lease`: how long others wait for it from now on.
CREATE FUNCTION telestack.read_in_transaction(
  tx uuid, of_database text, begins boolean, parents text[], collections text[], documents text[], may_wait boolean, patience interval, lease interval
) RETURNS TABLE (state text, data text, create_us bigint, update_us bigint, read_us bigint)
  LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  known telestack.transactions;
  names bigint[];
  bucket int;
BEGIN
  IF NOT begins THEN
    SELECT * INTO known FROM telestack.transactions AS t
      WHERE t.id = tx AND t.database = of_database AND t.start_time > now() - interval '270 s';
    IF NOT FOUND THEN
      state := 'unknown';
      RETURN NEXT;
      RETURN;
    END IF;
  END IF;
  IF cardinality(known.queries) > 0 THEN
    state := 'fixed';
    read_us := (extract(epoch FROM known.read_time) * 1000000)::bigint;
    RETURN NEXT;
    RETURN;
  END IF;

  SELECT array_agg(DISTINCT hashtextextended(concat_ws('/', of_database, k.parent, k.collection, k.document), 0)) INTO names
    FROM unnest(parents, collections, documents) AS k(parent, collection, document);
  -- Two that come at once must not both find nobody before them. In buckets, so that the lock table stays small.
  FOR bucket IN SELECT DISTINCT (name & 63)::int FROM unnest(names) AS n(name) ORDER BY 1 LOOP
    PERFORM pg_advisory_xact_lock(7306, bucket);
  END LOOP;
  INSERT INTO telestack.claims (document, ticket, transaction, is_later, expires)
    SELECT name, ticket, tx, EXISTS (SELECT FROM telestack.claims WHERE transaction = tx AND is_held), clock_timestamp() + patience
      FROM (SELECT nextval('telestack.tickets') AS ticket) AS t, unnest(names) AS n(name)
    ON CONFLICT (transaction, document) DO NOTHING;
  IF may_wait AND EXISTS (SELECT FROM telestack.blocked(ARRAY[tx])) THEN
    state := 'waiting';
    RETURN NEXT;
    RETURN;
  END IF;
  UPDATE telestack.claims SET is_held = true, expires = clock_timestamp() + lease WHERE transaction = tx;

  -- One statement, one snapshot: what is read now and what was read before are the state at one time.
  RETURN QUERY
    WITH found AS MATERIALIZED (
      SELECT k.i, k.parent, k.collection, k.document, d.data::text AS data, d.create_time, d.update_time,
          (SELECT max(time) FROM telestack.commits) AS read_time
        FROM unnest(parents, collections, documents) WITH ORDINALITY AS k(parent, collection, document, i)
        LEFT JOIN telestack.documents AS d ON (d.database, d.parent_path, d.collection_id, d.document_id)
          = (of_database, k.parent, k.collection, k.document)
    ), unchanged AS MATERIALIZED (
      SELECT WHERE NOT EXISTS (
        SELECT FROM unnest(known.parents, known.collections, known.documents, known.update_times)
            AS k(parent, collection, document, update_time)
          LEFT JOIN telestack.documents AS d ON (d.database, d.parent_path, d.collection_id, d.document_id)
            = (of_database, k.parent, k.collection, k.document)
          WHERE coalesce(d.update_time, '-infinity') <> k.update_time)
    ), stored AS (
      INSERT INTO telestack.transactions AS t (id, database, read_time, parents, collections, documents, update_times)
        SELECT tx, of_database, f.* FROM unchanged, (
          SELECT max(read_time), array_agg(parent ORDER BY i), array_agg(collection ORDER BY i), array_agg(document ORDER BY i),
            array_agg(coalesce(update_time, '-infinity') ORDER BY i) FROM found) AS f
        ON CONFLICT (id) DO UPDATE SET read_time = excluded.read_time, parents = t.parents || excluded.parents,
          collections = t.collections || excluded.collections, documents = t.documents || excluded.documents,
          update_times = t.update_times || excluded.update_times
    )
    SELECT 'read', f.data, (extract(epoch FROM f.create_time) * 1000000)::bigint,
        (extract(epoch FROM f.update_time) * 1000000)::bigint, (extract(epoch FROM f.read_time) * 1000000)::bigint
      FROM found AS f, unchanged ORDER BY f.i;
  IF NOT FOUND THEN
    state := 'fixed';
    read_us := (extract(epoch FROM known.read_time) * 1000000)::bigint;
    RETURN NEXT;
  END IF;
END
$$;

CREATE FUNCTION telestack.end_transactions(ids uuid[]) RETURNS void
  LANGUAGE sql VOLATILE
AS $$
  DELETE FROM telestack.transactions WHERE id = ANY (ids);
  DELETE FROM telestack.claims WHERE transaction = ANY (ids);
$$;

-- Whether a transaction that is not there was lost in a crash, rather than ended.
CREATE FUNCTION telestack.was_lost(start_time timestamptz) RETURNS boolean
  LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
  INSERT INTO telestack.transactions_since SELECT clock_timestamp() WHERE NOT EXISTS (SELECT FROM telestack.transactions_since);
  RETURN start_time < (SELECT max(time) FROM telestack.transactions_since);
END
$$;

CREATE FUNCTION telestack.remove_expired_transactions() RETURNS void
  LANGUAGE sql VOLATILE
AS $$
  DELETE FROM telestack.transactions WHERE start_time < now() - interval '10 minutes';
  DELETE FROM telestack.ended_transactions WHERE time < now() - interval '10 minutes';
  DELETE FROM telestack.committed_transactions WHERE time < now() - interval '10 minutes';
  DELETE FROM telestack.claims WHERE expires < now() - interval '1 minute';
$$;
