-- spool-002.sql - what `receive` counts of its clients, whom it refuses, and which addresses a domain tells. Nothing here comes from
-- a roster: receive wrote it itself, or an admin did.

-- Domains whose unknown addresses are refused in the session (no_bounce = off), and the lists there, which are all public.
CREATE TABLE open_domain (
    domain TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
CREATE TABLE public_list (
    name   TEXT NOT NULL,
    domain TEXT NOT NULL,
    PRIMARY KEY (name, domain)
) STRICT, WITHOUT ROWID;

-- Who did something: a client, a network, a sender's domain, a domain of ours.
CREATE TABLE source (
    kind      INTEGER NOT NULL,   -- enum source_kind
    name      TEXT    NOT NULL,
    since     INTEGER NOT NULL,
    last      INTEGER NOT NULL,
    at        INTEGER NOT NULL,   -- when the points were as they stand here: they fade
    good_days INTEGER NOT NULL,   -- days with messages and without a fault
    good_day  INTEGER NOT NULL,   -- the last of them
    suspicion INTEGER NOT NULL,   -- enum suspicion
    suspected INTEGER NOT NULL,   -- since when
    denied_until INTEGER NOT NULL,
    denials   INTEGER NOT NULL,   -- so far
    offences  INTEGER NOT NULL,   -- sessions with a fault (policy/guard.h)
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE source_part (
    kind   INTEGER NOT NULL,
    name   TEXT    NOT NULL,
    part   INTEGER NOT NULL,      -- enum guard_part
    points INTEGER NOT NULL,      -- thousandths
    count  INTEGER NOT NULL,      -- ever
    PRIMARY KEY (kind, name, part)
) STRICT, WITHOUT ROWID;

-- What happened at the door, of all clients together.
CREATE TABLE door_day (
    day   INTEGER NOT NULL,       -- since 1970, UTC
    what  INTEGER NOT NULL,       -- enum door_count
    count INTEGER NOT NULL,
    PRIMARY KEY (day, what)
) STRICT, WITHOUT ROWID;

-- Whom an admin refuses, and lists that others keep. What an entry is now follows from `until` and the clock (store/deny.h).
CREATE TABLE deny (
    network  TEXT    NOT NULL,    -- 192.0.2.0/24, as network_text() spells it
    label    TEXT    NOT NULL,    -- who says so: admin, another word of an admin, or the name of an imported list
    reason   TEXT    NOT NULL,
    evidence TEXT    NOT NULL,
    added    INTEGER NOT NULL,
    until    INTEGER NOT NULL,    -- 0: for good
    span     INTEGER NOT NULL,    -- seconds that it was denied for last; 0: for good
    times    INTEGER NOT NULL,    -- how often it was denied anew
    hits     INTEGER NOT NULL,    -- sessions that were refused
    last_hit INTEGER NOT NULL,
    PRIMARY KEY (network, label)
) STRICT, WITHOUT ROWID;
CREATE INDEX deny_label ON deny (label);
CREATE TABLE deny_list (
    label    TEXT    PRIMARY KEY,
    url      TEXT    NOT NULL,    -- or the path of a file; "": it came from standard input
    span     INTEGER NOT NULL,    -- of its entries, from each refresh on
    etag     TEXT    NOT NULL,
    modified TEXT    NOT NULL,
    tried    INTEGER NOT NULL,
    fetched  INTEGER NOT NULL,    -- the last try that went well
    error    TEXT    NOT NULL     -- of the last try; "": it went well
) STRICT, WITHOUT ROWID;
-- Grows with each change of deny that receive has to read (its own hits are none).
CREATE TABLE deny_change (
    number INTEGER NOT NULL
) STRICT;
INSERT INTO deny_change (number) VALUES (1);

-- Networks that an admin forgives: receive forgets what it has counted of them.
CREATE TABLE forgiven (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    network TEXT    NOT NULL,
    at      INTEGER NOT NULL
) STRICT;

-- The DNS blocklists that receive was told to ask, as it has found them.
CREATE TABLE blocklist (
    zone  TEXT    PRIMARY KEY,
    why   TEXT    NOT NULL,       -- it is not asked; "": it is
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Unknown addresses that were refused in domains that tell them (no_bounce = off), by day.
CREATE TABLE refused_day (
    domain TEXT    NOT NULL,
    day    INTEGER NOT NULL,      -- since 1970
    count  INTEGER NOT NULL,
    PRIMARY KEY (domain, day)
) STRICT, WITHOUT ROWID;
