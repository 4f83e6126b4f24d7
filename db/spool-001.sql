-- spool-001.sql - what `receive` took and `handle` has not done yet; boxes that receive cannot open again
CREATE TABLE message (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    id       BLOB    NOT NULL UNIQUE,   -- 128 random bits
    received INTEGER NOT NULL,
    state    INTEGER NOT NULL,          -- enum spool_state
    crashes  INTEGER NOT NULL,
    box      BLOB    NOT NULL
) STRICT;
CREATE INDEX message_state ON message (state, crashes, seq);

-- All that receive may know of lists: public ones with a limit of their own.
CREATE TABLE public_limit (
    address  TEXT    PRIMARY KEY,
    max_size INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
