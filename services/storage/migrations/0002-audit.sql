-- Acts of administrators on buckets: packages/audit.
CREATE TABLE storage.audit (
  project text COLLATE "C" NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  time timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor text NOT NULL,
  action text NOT NULL,
  target text NOT NULL,
  details jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (project, id)
);
