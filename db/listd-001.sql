-- listd-001.sql - lists, members, queue, held mail. Members' addresses and names, messages, and what a relay said of a
-- member are boxes of base/keyring.h; nothing here names a person to who has no key.

CREATE TABLE list (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    name    TEXT    NOT NULL,             -- a-z 0-9 -
    domain  TEXT    NOT NULL,             -- A-label
    created INTEGER NOT NULL,
    posts   INTEGER NOT NULL DEFAULT 0,   -- the number of the last post
    UNIQUE (name, domain)
) STRICT;

-- What differs from the preset of the list's type; keys and values as in listctl(1).
CREATE TABLE setting (
    list_id INTEGER NOT NULL REFERENCES list (id) ON DELETE CASCADE,
    key     TEXT    NOT NULL,
    value   TEXT    NOT NULL,
    PRIMARY KEY (list_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE member (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,   -- never used twice: a chunk names its members by a range of ids
    list_id     INTEGER NOT NULL REFERENCES list (id) ON DELETE CASCADE,
    hash        BLOB    NOT NULL,                    -- of the folded address, keyed, under the list's id
    address     BLOB    NOT NULL,                    -- box
    name        BLOB    NOT NULL,                    -- box
    role        INTEGER NOT NULL,                    -- enum member_role
    state       INTEGER NOT NULL,                    -- enum member_state
    joined      INTEGER NOT NULL,
    failures    INTEGER NOT NULL DEFAULT 0,
    failed_at   INTEGER NOT NULL DEFAULT 0,
    failed_code INTEGER NOT NULL DEFAULT 0,
    failed_text BLOB,                                -- box
    UNIQUE (list_id, hash)
) STRICT;
CREATE INDEX member_of_list ON member (list_id, id, state);

CREATE TABLE message (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    list_id INTEGER REFERENCES list (id) ON DELETE CASCADE,   -- NULL: mail of the site
    kind    INTEGER NOT NULL,                                 -- enum queue_kind
    number  INTEGER NOT NULL,                                 -- of the post; 0: direct mail
    log_id  TEXT    NOT NULL,
    created INTEGER NOT NULL,
    size    INTEGER NOT NULL,
    body    BLOB    NOT NULL                                  -- box
) STRICT;

CREATE TABLE chunk (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    cursor     INTEGER NOT NULL,   -- the last member that is settled
    last       INTEGER NOT NULL,   -- the last member of the chunk
    state      INTEGER NOT NULL    -- enum work_state
) STRICT;
CREATE INDEX chunk_state ON chunk (state, id);
CREATE INDEX chunk_message ON chunk (message_id);

CREATE TABLE delivery (
    id         INTEGER PRIMARY KEY,
    message_id INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    member_id  INTEGER NOT NULL,   -- 0: not a member, `address` has it
    address    BLOB,               -- box
    state      INTEGER NOT NULL,   -- enum work_state
    tries      INTEGER NOT NULL,
    next_try   INTEGER NOT NULL,
    UNIQUE (message_id, member_id)
) STRICT;
CREATE INDEX delivery_due ON delivery (state, next_try);
CREATE INDEX delivery_of_message ON delivery (message_id, state, next_try);

CREATE TABLE held (
    id       TEXT    PRIMARY KEY,   -- random
    kind     INTEGER NOT NULL,      -- enum held_kind
    list_id  INTEGER REFERENCES list (id) ON DELETE CASCADE,
    at       INTEGER NOT NULL,
    size     INTEGER NOT NULL,
    reason   TEXT    NOT NULL,
    log_id   TEXT    NOT NULL,
    envelope BLOB    NOT NULL       -- box
) STRICT, WITHOUT ROWID;
CREATE INDEX held_kind ON held (kind, list_id, at);

-- Spool ids whose work is committed: the hand-off is done once, however often it is tried.
CREATE TABLE spooled (
    id BLOB    PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX spooled_at ON spooled (at);

-- Accepted posts: a keyed hash of list, author and Message-ID.
CREATE TABLE accepted (
    hash BLOB    PRIMARY KEY,
    at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX accepted_at ON accepted (at);
