/* trace.h - what became of a message: what was decided about it, and what the relay said to each copy
 * Kept for TRACE_DAYS, for `listctl trace`. Members are ids here, addresses keyed hashes, and the relay's words boxes. */
#ifndef LISTD_STORE_TRACE_H
#define LISTD_STORE_TRACE_H

#include "store/queue.h"

enum {
        TRACE_DAYS = 14,        /* as long as held mail is kept */
        TRACE_TEXT_MAX = 300,   /* octets of what the relay said, and of a detail */
        SLOW_DOMAINS_MAX = 200, /* of a list on a day; more are in its sums only */
        SLOW_DAYS = 90
};

/* The numbers are on disk: never change one. */
enum trace_what {
        TRACE_TAKEN = 1,     /* came to a door; detail: the door's word */
        TRACE_ACCEPTED = 2,  /* number */
        TRACE_HELD = 3,      /* detail: the reason */
        TRACE_DISCARDED = 4, /* detail: the reason */
        TRACE_COMMAND = 5,   /* a post that was a command */
        TRACE_MODERATED = 6, /* detail: what was decided */
        TRACE_FAILED = 7,    /* set aside; detail: why */
        TRACE_BACK = 8       /* a probe of `listctl check mail` came back */
};

struct trace_event {
        char *log_id, *detail;
        int64_t list_id, at, number;
        int what; /* enum trace_what, or what a newer version has written */
};

/* In the transaction that makes it true. `author_fold` and `detail` may be NULL, `number` 0. */
MUST_USE bool trace_note(struct store *store, int64_t list_id, const char *log_id, enum trace_what what, int64_t number,
                         const char *author_fold, const char *detail, int64_t now, struct err *ret_err);

/* What store/queue.c tells, in its own transactions. */
MUST_USE bool trace_queued(struct store *store, int64_t message_id, struct err *ret_err);
MUST_USE bool trace_settled(struct store *store, const struct queue_claim *claim, const struct queue_result *results, size_t count,
                            int64_t queued, int64_t now, struct err *ret_err);
/* Of one message, or of all (0): those that are in the queue no longer have ended. */
MUST_USE bool trace_ended(struct store *store, int64_t message_id, bool is_removed, int64_t now, struct err *ret_err);
MUST_USE bool trace_expire(struct store *store, int64_t now, struct err *ret_err);

/* Whose story is wanted; of log_id, number and author_fold one is set. */
struct trace_key {
        int64_t list_id; /* with log_id: not looked at */
        const char *log_id;
        int64_t number;
        const char *author_fold;
};
/* The oldest first, at most `limit`, the latest: a GPtrArray of struct trace_event that frees them. */
MUST_USE bool trace_events(struct store *store, const struct trace_key *key, size_t limit, GPtrArray **ret_events, struct err *ret_err);

struct trace_sending {
        int64_t message_id, list_id, number, queued, ended;
        char *log_id;
        enum queue_kind kind;
        bool is_removed;
        int64_t delivered, deferred, failed;
};
/* By log_id or number; with neither all of the list. The oldest first, at most `limit`, the latest. */
MUST_USE bool trace_sendings(struct store *store, const struct trace_key *key, size_t limit, GPtrArray **ret_sendings,
                             struct err *ret_err);

struct trace_answer {
        int64_t at, member_id;
        enum queue_outcome outcome;
        int code;   /* 0: there was none */
        char *text; /* cut to TRACE_TEXT_MAX */
};
/* What the relay said to one reader's copy, in order: a GPtrArray of struct trace_answer that frees them. */
MUST_USE bool trace_answers(struct store *store, int64_t list_id, int64_t message_id, int64_t member_id, GPtrArray **ret_answers,
                            struct err *ret_err);
/* The same of all readers, but only where the relay did not take the copy; at most `limit`, the first. */
MUST_USE bool trace_troubles(struct store *store, int64_t list_id, int64_t message_id, size_t limit, GPtrArray **ret_answers,
                             struct err *ret_err);

/* The domain that a list's copies waited longest for on some days. *ret_domain NULL: none was slow. The caller frees. */
struct slow_domain {
        char *domain;
        int64_t deferred, failed, wait; /* the sums of these days; wait in seconds, the longest */
};
/* What was slow since the last report stands under its day from now on (store/tally.h). */
MUST_USE bool trace_close(struct store *store, int64_t list_id, int64_t day, struct err *ret_err);
MUST_USE bool trace_authors(struct store *store, int64_t list_id, int64_t since, int64_t *ret_count, struct err *ret_err);
MUST_USE bool trace_slowest(struct store *store, int64_t list_id, int64_t first_day, int64_t last_day, struct slow_domain *ret_slowest,
                            struct err *ret_err);

#endif
