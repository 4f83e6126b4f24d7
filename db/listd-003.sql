-- listd-003.sql - what strangers do at the door, per domain: which mode it is in, and numbers by day. Nobody is named.

-- When a domain was switched to keeping mail for unknown addresses (no-bounce mode) or to refusing it. No row: it keeps it.
CREATE TABLE domain_mode (
    id        INTEGER PRIMARY KEY,
    domain    TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    no_bounce INTEGER NOT NULL
) STRICT;
CREATE INDEX domain_mode_now ON domain_mode (domain, id);

-- What is thought of a misaddressed message that is kept (policy/lost.h).
CREATE TABLE lost (
    held_id    TEXT    PRIMARY KEY REFERENCES held (id) ON DELETE CASCADE,
    kind       INTEGER NOT NULL,   -- enum lost_group
    human      INTEGER NOT NULL,
    suggestion TEXT    NOT NULL,   -- an address of a public list or of the site; '' for none
    same       INTEGER NOT NULL,   -- enum lost_print: what was there before; 0: nothing
    first      INTEGER NOT NULL,
    times      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What misaddressed mail is known by again: keyed hashes, forgotten after a while.
CREATE TABLE lost_print (
    hash    BLOB    PRIMARY KEY,
    first   INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    times   INTEGER NOT NULL,
    names   INTEGER NOT NULL,   -- different recipients
    held_id TEXT    NOT NULL    -- the message that is kept of them; it may be gone
) STRICT, WITHOUT ROWID;
CREATE INDEX lost_print_last ON lost_print (last);

-- Domains where anybody gets an address, from each source on its own, so that one can be replaced in one step.
CREATE TABLE freemail (
    domain TEXT    NOT NULL,
    source INTEGER NOT NULL,   -- enum freemail_source
    kind   INTEGER NOT NULL,   -- enum freemail_kind
    PRIMARY KEY (domain, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE freemail_list (
    source   INTEGER PRIMARY KEY,
    origin   TEXT    NOT NULL,   -- a path or a URL; '' for the built-in list
    digest   TEXT    NOT NULL,   -- of its text
    etag     TEXT    NOT NULL,
    modified TEXT    NOT NULL,
    fetched  INTEGER NOT NULL,
    domains  INTEGER NOT NULL
) STRICT;

-- What came to a domain on a day.
CREATE TABLE domain_day (
    domain       TEXT    NOT NULL,
    day          INTEGER NOT NULL,   -- since 1970
    taken        INTEGER NOT NULL,   -- each message once for each recipient
    misaddressed INTEGER NOT NULL,   -- of these
    probes       INTEGER NOT NULL,   -- of the misaddressed
    spam         INTEGER NOT NULL,   -- of the taken: marked by a filter, or labelled
    PRIMARY KEY (domain, day)
) STRICT, WITHOUT ROWID;

-- Networks that have sent the decoy something, so that each has one first message ever. Keyed hashes.
CREATE TABLE decoy_network (
    hash      BLOB    PRIMARY KEY,
    at        INTEGER NOT NULL,
    forwarded INTEGER NOT NULL    -- whether that message was sent on (decoy_forward_first)
) STRICT, WITHOUT ROWID;
CREATE INDEX decoy_network_forwarded ON decoy_network (at) WHERE forwarded = 1;

-- The last daily report of each list (0: the server), so that each day's goes once.
CREATE TABLE report (
    list_id INTEGER PRIMARY KEY,
    day     INTEGER NOT NULL,   -- of the time zone that it is for, since 1970
    at      INTEGER NOT NULL
) STRICT;
