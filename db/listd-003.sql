-- listd-003.sql - what strangers do at the door, per domain: which mode it is in, and numbers by day. Nobody is named.

-- When a domain was switched to keeping mail for unknown addresses (no-bounce mode) or to refusing it. No row: it keeps it.
CREATE TABLE domain_mode (
    id        INTEGER PRIMARY KEY,
    domain    TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    no_bounce INTEGER NOT NULL
) STRICT;
CREATE INDEX domain_mode_now ON domain_mode (domain, id);
