-- spool-003.sql - mailboxes that `fetch` takes mail from

-- How it went last.
CREATE TABLE pickup (
    name     TEXT    PRIMARY KEY,
    validity TEXT    NOT NULL,    -- UIDVALIDITY of IMAP; "": POP3
    tried    INTEGER NOT NULL,
    since    INTEGER NOT NULL,    -- how long it has been as it is: fine, or that error
    error    TEXT    NOT NULL,    -- "": it went well
    taken    INTEGER NOT NULL     -- messages, ever
) STRICT, WITHOUT ROWID;
-- Messages that were taken and may still be in the mailbox: none is taken twice.
CREATE TABLE picked (
    name TEXT    NOT NULL,
    uid  TEXT    NOT NULL,
    at   INTEGER NOT NULL,
    PRIMARY KEY (name, uid)
) STRICT, WITHOUT ROWID;
