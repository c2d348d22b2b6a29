-- Whether this is the database that serves. Its one row is in no backup of `hearth backup`, and names the database that
-- it belongs to, so that a copy which another tool has made is told apart as well: without a valid row a database is in
-- quarantine, and nothing goes out of it until `hearth resume-after-restore` writes one. It belongs to no tenant.
CREATE TABLE installation (
    singleton    boolean     PRIMARY KEY DEFAULT true CHECK (singleton),
    database_oid oid         NOT NULL,
    resumed_at   timestamptz,  -- when the last quarantine was ended
    -- Since when Microsoft refuses the operator's application or its secret, and how.
    refused_since timestamptz,
    refusal       text CHECK (length(refusal) <= 255),
    CONSTRAINT refusal_has_its_time CHECK ((refusal IS NULL) = (refused_since IS NULL))
);

INSERT INTO installation (database_oid) SELECT oid FROM pg_database WHERE datname = current_database();
