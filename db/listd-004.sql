-- listd-004.sql - a list looks after itself: what happened on it, reports that came back, the archive, members' digests

-- counters
-- reports that came back
-- archive and digests
-- what became of posts, for some weeks (store/trace.h). The relay's words are boxes; nobody is named to who has no key.
CREATE TABLE event (
    id      INTEGER PRIMARY KEY,
    log_id  TEXT    NOT NULL,
    list_id INTEGER REFERENCES list (id) ON DELETE CASCADE,   -- NULL: mail of the site
    at      INTEGER NOT NULL,
    what    INTEGER NOT NULL,   -- enum trace_what
    number  INTEGER NOT NULL,   -- of the post; 0: none
    author  BLOB,               -- keyed hash of the folded address, under the list's id
    detail  TEXT    NOT NULL
) STRICT;
CREATE INDEX event_of_log_id ON event (log_id);
CREATE INDEX event_of_post ON event (list_id, number) WHERE number > 0;
CREATE INDEX event_of_author ON event (list_id, author) WHERE author IS NOT NULL;
CREATE INDEX event_at ON event (at);

-- Each message that was queued, also when it has left the queue.
CREATE TABLE sending (
    message_id INTEGER PRIMARY KEY,
    list_id    INTEGER REFERENCES list (id) ON DELETE CASCADE,   -- NULL: mail of the site
    kind       INTEGER NOT NULL,   -- enum queue_kind
    number     INTEGER NOT NULL,
    log_id     TEXT    NOT NULL,
    queued     INTEGER NOT NULL,
    ended      INTEGER NOT NULL,   -- 0: it is on its way
    is_removed INTEGER NOT NULL,   -- an admin took it out of the queue
    delivered  INTEGER NOT NULL,   -- answers of the relay so far
    deferred   INTEGER NOT NULL,
    failed     INTEGER NOT NULL
) STRICT;
CREATE INDEX sending_of_log_id ON sending (log_id);
CREATE INDEX sending_of_list ON sending (list_id, number);
CREATE INDEX sending_queued ON sending (queued);

-- What the relay said to some copies, in one row for each commit of `deliver`.
CREATE TABLE answers (
    id         INTEGER PRIMARY KEY,
    message_id INTEGER NOT NULL REFERENCES sending (message_id) ON DELETE CASCADE,
    first      INTEGER NOT NULL,   -- the lowest and the highest member in it
    last       INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    box        BLOB    NOT NULL
) STRICT;
CREATE INDEX answers_of_message ON answers (message_id, first);

-- Domains of recipients that did not take a copy at once, by list and day.
CREATE TABLE slow_domain (
    list_id  INTEGER NOT NULL REFERENCES list (id) ON DELETE CASCADE,
    day      INTEGER NOT NULL,   -- as in tally
    hash     BLOB    NOT NULL,
    domain   BLOB    NOT NULL,   -- box
    deferred INTEGER NOT NULL,
    failed   INTEGER NOT NULL,
    wait     INTEGER NOT NULL,   -- the longest from the queue to the last answer, in seconds
    PRIMARY KEY (list_id, day, hash)
) STRICT, WITHOUT ROWID;
