-- What the change relay reads from the write-ahead log.
CREATE PUBLICATION telestack FOR TABLE
  telestack.documents (database, parent_path, collection_id, document_id, data, create_time, update_time),
  telestack.commits (time);
