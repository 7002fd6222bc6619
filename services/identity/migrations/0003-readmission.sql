-- Whether a new account's id is one that was deleted lately.
CREATE INDEX principal_changes_change ON identity.principal_changes USING hash (change);
