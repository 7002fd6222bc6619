-- Documents, their superseded versions, the commits that made them, and running transactions: docs/spec/storage.md, docs/spec/consistency.md.
-- Text is compared by bytes whatever the database's collation: Firestore orders strings by UTF-8.

CREATE TABLE telestack.documents (
  database text COLLATE "C" NOT NULL,              -- 'project/database'
  parent_path text COLLATE "C" NOT NULL DEFAULT '', -- '' at the root, else 'users/alice'
  collection_id text COLLATE "C" NOT NULL,
  document_id text COLLATE "C" NOT NULL,
  owner_id text COLLATE "C",
  version bigint NOT NULL DEFAULT 1,
  data jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(data) = 'object'),
  -- Set at commit; 'infinity' only inside the transaction of a SQL writer.
  create_time timestamptz NOT NULL DEFAULT 'infinity',
  update_time timestamptz NOT NULL DEFAULT 'infinity',
  PRIMARY KEY (database, parent_path, collection_id, document_id)
);

-- A version and the time at which another (or a deletion) took its place. Kept for the retention window.
CREATE TABLE telestack.document_history (
  database text COLLATE "C" NOT NULL,
  parent_path text COLLATE "C" NOT NULL,
  collection_id text COLLATE "C" NOT NULL,
  document_id text COLLATE "C" NOT NULL,
  owner_id text COLLATE "C",
  version bigint NOT NULL,
  data jsonb NOT NULL,
  create_time timestamptz NOT NULL,
  update_time timestamptz NOT NULL,
  superseded_time timestamptz NOT NULL
);
CREATE INDEX document_history_by_collection
  ON telestack.document_history (database, collection_id, superseded_time);
CREATE INDEX document_history_by_name
  ON telestack.document_history (database, parent_path, collection_id, document_id, superseded_time);
-- For removal by age only: rows arrive in this order, so a block range index costs next to nothing.
CREATE INDEX document_history_by_age ON telestack.document_history USING brin (superseded_time);

-- One row for each PostgreSQL transaction that changed documents (and for each heartbeat). The newest row that a snapshot sees is
-- its read time. `committer` and `batch` let a docstore that lost its connection during COMMIT learn what became of it.
CREATE TABLE telestack.commits (
  time timestamptz PRIMARY KEY,
  committer uuid,
  batch bigint
);
INSERT INTO telestack.commits (time) VALUES (clock_timestamp());
