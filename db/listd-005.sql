-- listd-005.sql - the queue takes turns between lists, says what it waits for, and keeps like answers together

CREATE INDEX message_of_list ON message (list_id, id);

-- That the relay is away; no row: it is there, as far as deliver knows.
CREATE TABLE outage (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    since    INTEGER NOT NULL,
    next_try INTEGER NOT NULL,
    why      TEXT    NOT NULL
) STRICT;

-- How the box is laid out: 0 an entry for each member (as all were before), 1 one for members who were answered alike.
ALTER TABLE answers ADD COLUMN form INTEGER NOT NULL DEFAULT 0;
