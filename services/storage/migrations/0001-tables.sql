-- Rows are the truth for what exists and what it is; the object store holds the bytes under the same names.

CREATE TABLE storage.buckets (
  -- What clients call it.
  name text COLLATE "C" PRIMARY KEY,
  project text NOT NULL,
  -- What the object store calls it.
  store_name text NOT NULL UNIQUE,
  create_time timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE storage.objects (
  bucket text COLLATE "C" NOT NULL REFERENCES storage.buckets,
  path text COLLATE "C" NOT NULL,
  -- Microseconds since the epoch when these bytes were published; grows with each replacement.
  generation bigint NOT NULL,
  metageneration bigint NOT NULL DEFAULT 1,
  size bigint NOT NULL,
  content_type text NOT NULL DEFAULT 'application/octet-stream',
  content_encoding text,
  content_disposition text,
  content_language text,
  cache_control text,
  custom jsonb NOT NULL DEFAULT '{}',
  -- Base64. NULL where the bytes did not pass through the service.
  md5 text,
  crc32c text,
  -- Whoever knows one may read the object.
  download_tokens text[] NOT NULL DEFAULT '{}',
  -- The object store's own tag of the bytes: tells whether they are still those that the row describes.
  store_etag text NOT NULL,
  time_created timestamptz NOT NULL,
  updated timestamptz NOT NULL,
  PRIMARY KEY (bucket, path)
);

-- Resumable uploads. The bytes are in the object store: whole parts, and a tail that is too small for one.
CREATE TABLE storage.uploads (
  id text PRIMARY KEY,
  bucket text COLLATE "C" NOT NULL,
  path text COLLATE "C" NOT NULL,
  -- The request that started it: principal, metadata, preconditions, declared size.
  request jsonb NOT NULL,
  store_upload_id text,
  parts jsonb NOT NULL DEFAULT '[]',
  next_part integer NOT NULL DEFAULT 1,
  received bigint NOT NULL DEFAULT 0,
  tail_size integer NOT NULL DEFAULT 0,
  -- Name of the object that holds the tail; each one has its own, so that one that was not recorded does no harm.
  tail_key text,
  checksums text,
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'final', 'cancelled')),
  create_time timestamptz NOT NULL DEFAULT now(),
  update_time timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX uploads_by_update_time ON storage.uploads (update_time);

-- Object events that JetStream has not acknowledged yet; written with the change that they tell of.
CREATE TABLE storage.outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event jsonb NOT NULL,
  traceparent text
);

-- How far the object store's notifications have been followed.
CREATE TABLE storage.notification_position (
  stream text PRIMARY KEY,
  sequence bigint NOT NULL
);
