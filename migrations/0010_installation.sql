-- Whether this is the live database. `hearth backup` excludes the only row, which names its database, so that copies made by
-- other tools are detected too. A database without a valid row is in quarantine and sends nothing until `hearth
-- resume-after-restore` writes one. Belongs to no tenant.
CREATE TABLE installation (
    singleton    boolean     PRIMARY KEY DEFAULT true CHECK (singleton),
    database_oid oid         NOT NULL,
    resumed_at   timestamptz,  -- when the last quarantine ended
    -- Since when Microsoft refuses the operator's application or its secret, and the reason.
    refused_since timestamptz,
    refusal       text CHECK (length(refusal) <= 255),
    CONSTRAINT refusal_has_its_time CHECK ((refusal IS NULL) = (refused_since IS NULL))
);

INSERT INTO installation (database_oid) SELECT oid FROM pg_database WHERE datname = current_database();
