-- How far an address or an account has used up its share of tries: until `full_at` (in ms) what it used is given back.
CREATE TABLE rate_limits (
    key     BYTEA  NOT NULL PRIMARY KEY,
    full_at BIGINT NOT NULL
);
CREATE INDEX rate_limits_by_full_at ON rate_limits (full_at);

-- Processes that use this database, with a heartbeat. `secrets` is a digest of their signing keys.
CREATE TABLE nodes (
    node       BYTEA   NOT NULL,
    pid        BIGINT  NOT NULL,
    serves     BOOLEAN NOT NULL,
    version    TEXT    NOT NULL,
    secrets    BYTEA   NOT NULL,
    started_at BIGINT  NOT NULL,
    seen_at    BIGINT  NOT NULL,
    PRIMARY KEY (node, pid)
);

-- Signing keys of all nodes, unless they come from the environment.
CREATE TABLE secrets (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- The oldest program that may use this schema, by the newest migration that it knows. A migration that an older program
-- cannot live with raises it.
CREATE TABLE schema_compatibility (
    id             BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    oldest_program BIGINT NOT NULL
);
INSERT INTO schema_compatibility (id, oldest_program) VALUES (1, 17);

-- Which upload a piece belongs to.
CREATE INDEX media_parts_by_piece ON media_parts (piece);
