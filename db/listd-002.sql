-- listd-002.sql - what people ask for by mail, and what listd asks them

ALTER TABLE member ADD COLUMN until    INTEGER NOT NULL DEFAULT 0;   -- PAUSED: ACTIVE again then; 0: when it is asked for
ALTER TABLE member ADD COLUMN lang     INTEGER NOT NULL DEFAULT 0;   -- 0: the list's; else enum list_lang + 1
ALTER TABLE member ADD COLUMN standing INTEGER NOT NULL DEFAULT 0;   -- enum member_standing
ALTER TABLE member ADD COLUMN digest   INTEGER NOT NULL DEFAULT 0;   -- wants digests
CREATE INDEX member_until ON member (until) WHERE until > 0;
CREATE INDEX member_officer ON member (list_id, role) WHERE role > 0;

-- Further addresses that a member posts from.
CREATE TABLE alias (
    list_id   INTEGER NOT NULL REFERENCES list (id) ON DELETE CASCADE,
    hash      BLOB    NOT NULL,
    member_id INTEGER NOT NULL REFERENCES member (id) ON DELETE CASCADE,
    address   BLOB    NOT NULL,   -- box
    PRIMARY KEY (list_id, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_of_member ON alias (member_id);

-- Networks that a member confirmed posts from.
CREATE TABLE known_network (
    member_id INTEGER NOT NULL REFERENCES member (id) ON DELETE CASCADE,
    hash      BLOB    NOT NULL,
    until     INTEGER NOT NULL,
    PRIMARY KEY (member_id, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE ban (
    list_id INTEGER NOT NULL REFERENCES list (id) ON DELETE CASCADE,
    hash    BLOB    NOT NULL,   -- of an address, or of "@domain"
    address BLOB    NOT NULL,   -- box
    at      INTEGER NOT NULL,
    PRIMARY KEY (list_id, hash)
) STRICT, WITHOUT ROWID;

-- Who came, went and changed, for owners.
CREATE TABLE change (
    id        INTEGER PRIMARY KEY,
    list_id   INTEGER NOT NULL REFERENCES list (id) ON DELETE CASCADE,
    at        INTEGER NOT NULL,
    what      INTEGER NOT NULL,   -- enum change_what
    member_id INTEGER NOT NULL,
    address   BLOB    NOT NULL    -- box
) STRICT;
CREATE INDEX change_of_list ON change (list_id, at);
CREATE INDEX change_of_member ON change (member_id);

-- How many and how large, of a kind; the oldest first.
CREATE INDEX held_size ON held (kind, at, size);

-- Mailboxes that something is asked. `owner` is who reads it, plus-tags and case folded.
CREATE TABLE mailbox (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    hash    BLOB    NOT NULL UNIQUE,
    owner   BLOB    NOT NULL,
    address BLOB    NOT NULL   -- box
) STRICT;
CREATE INDEX mailbox_of_owner ON mailbox (owner);

CREATE TABLE question (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,   -- in tickets: never used twice
    mailbox_id INTEGER NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
    list_id    INTEGER NOT NULL REFERENCES list (id) ON DELETE CASCADE,
    kind       INTEGER NOT NULL,   -- enum question_kind
    member_id  INTEGER NOT NULL,   -- whom it is about; 0: the mailbox alone
    mailed     INTEGER NOT NULL,   -- when; 0: waits for a letter
    at         INTEGER NOT NULL,
    held_id    TEXT,
    detail     BLOB                -- box
) STRICT;
CREATE UNIQUE INDEX question_once ON question (mailbox_id, list_id, kind, member_id) WHERE held_id IS NULL AND detail IS NULL;
CREATE INDEX question_of_held ON question (held_id) WHERE held_id IS NOT NULL;

-- What was sent or done lately, for limits: a keyed hash of whose limit it is, and when.
CREATE TABLE spent (
    hash BLOB    NOT NULL,
    at   INTEGER NOT NULL
) STRICT;
CREATE INDEX spent_lately ON spent (hash, at);
CREATE INDEX spent_at ON spent (at);

-- What happened on a list on a day, for its owners' reports.
CREATE TABLE tally (
    list_id INTEGER NOT NULL REFERENCES list (id) ON DELETE CASCADE,
    day     INTEGER NOT NULL,   -- since 1970
    what    INTEGER NOT NULL,   -- enum tally_what
    count   INTEGER NOT NULL,
    PRIMARY KEY (list_id, day, what)
) STRICT, WITHOUT ROWID;

-- Mailboxes that want no mail of this server ever again, by who reads them.
CREATE TABLE never (
    hash BLOB    PRIMARY KEY,
    at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
