-- spool-004.sql - texts from web servers: `handle` says what is wanted, `fetch` brings it

CREATE TABLE errand (
    name     TEXT    PRIMARY KEY, -- what it is for
    url      TEXT    NOT NULL,
    etag     TEXT    NOT NULL,    -- what the server said of the copy that is there, or of `body`
    modified TEXT    NOT NULL,
    tried    INTEGER NOT NULL,    -- 0: not yet
    error    TEXT    NOT NULL,    -- of the last try; "": it went well
    body     BLOB                 -- NULL: there is nothing new
) STRICT, WITHOUT ROWID;
