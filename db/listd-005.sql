-- listd-005.sql - the queue takes turns between lists, and says what it waits for

CREATE INDEX message_of_list ON message (list_id, id);

-- That the relay is away; no row: it is there, as far as deliver knows.
CREATE TABLE outage (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    since    INTEGER NOT NULL,
    next_try INTEGER NOT NULL,
    why      TEXT    NOT NULL
) STRICT;
