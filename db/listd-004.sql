-- listd-004.sql - a list looks after itself: what happened on it, reports that came back, the archive, members' digests

-- counters
-- Failures of members' mailboxes, at most one row for each and day: what the worst of them was.
CREATE TABLE failure (
    id         INTEGER PRIMARY KEY,
    list_id    INTEGER NOT NULL REFERENCES list (id) ON DELETE CASCADE,
    member_id  INTEGER NOT NULL REFERENCES member (id) ON DELETE CASCADE,
    day        INTEGER NOT NULL,   -- since 1970, UTC
    at         INTEGER NOT NULL,
    times      INTEGER NOT NULL,
    domain     BLOB    NOT NULL,   -- keyed hash, over all lists: a provider's bad day
    weight     INTEGER NOT NULL,   -- thousandths of a point (policy/bounce.h)
    cause      INTEGER NOT NULL,   -- enum dsn_cause
    is_relays  INTEGER NOT NULL,   -- the relay refused it at once; else a report came back
    text       BLOB    NOT NULL,   -- box
    is_counted INTEGER NOT NULL,   -- its day is over
    is_excused INTEGER NOT NULL,   -- it was the provider's bad day
    UNIQUE (member_id, day)
) STRICT;
CREATE INDEX failure_open ON failure (is_counted, day);
CREATE INDEX failure_day ON failure (day);

-- What the failures of a mailbox come to.
CREATE TABLE bounce (
    member_id INTEGER PRIMARY KEY REFERENCES member (id) ON DELETE CASCADE,
    list_id   INTEGER NOT NULL REFERENCES list (id) ON DELETE CASCADE,
    state     INTEGER NOT NULL,   -- enum bounce_state
    since     INTEGER NOT NULL,   -- of the state
    score     INTEGER NOT NULL,   -- thousandths, as it was at `at`: it fades
    at        INTEGER NOT NULL,
    asked     INTEGER NOT NULL,   -- letters that asked whether the mailbox works again
    asked_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX bounce_of_list ON bounce (list_id, state);
-- Sanitised copies: for digests, and for as long as setting `archive` says.
CREATE TABLE archive (
    list_id INTEGER NOT NULL REFERENCES list (id) ON DELETE CASCADE,
    number  INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    size    INTEGER NOT NULL,
    body    BLOB    NOT NULL,   -- box
    PRIMARY KEY (list_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX archive_at ON archive (at);

-- The last digest of each list.
CREATE TABLE digest (
    list_id INTEGER PRIMARY KEY REFERENCES list (id) ON DELETE CASCADE,
    issue   INTEGER NOT NULL,   -- of digests that went out
    number  INTEGER NOT NULL,   -- the last post that one of them has, or that was passed over for nobody wanted it
    day     INTEGER NOT NULL    -- as in report
) STRICT;

-- Which posts a member gets in digests: those from digest_from on, and before each_from. All others come by themselves.
ALTER TABLE member ADD COLUMN digest_from INTEGER NOT NULL DEFAULT 9223372036854775807;
ALTER TABLE member ADD COLUMN each_from   INTEGER NOT NULL DEFAULT 9223372036854775807;
UPDATE member SET digest_from = 1 + (SELECT posts FROM list WHERE list.id = member.list_id) WHERE digest <> 0;
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
