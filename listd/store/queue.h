/* queue.h - the hand-off from `handle` to `deliver`
 * A post to all readers is one message row and one chunk row for each 500 members; a direct message (to owners, the
 * admin) has one delivery row for each recipient. A member whose copy was put off gets a delivery row too.
 *
 * chunk:     READY -> ACTIVE [queue_claim]   ACTIVE -> READY (cursor moved) | gone (at its end) [queue_release]
 *            ACTIVE -> READY [queue_recover, at deliver's start]
 * delivery:  READY -> ACTIVE | gone (the member left or paused) [queue_claim]
 *            ACTIVE -> gone (delivered, failed) | READY (put off) [queue_settle]   ACTIVE -> READY [queue_release, queue_recover]
 * message:   gone with its last chunk and delivery [queue_release]
 * A chunk's cursor is the last member that is settled; it moves in the commit that records the outcomes up to it, so a
 * crash repeats at most what was in flight. */
#ifndef LISTD_STORE_QUEUE_H
#define LISTD_STORE_QUEUE_H

#include "store/store.h"

enum {
        QUEUE_CHUNK_MEMBERS = 500,
        QUEUE_TOGETHER_MAX = 100 /* readers of one copy of QUEUE_BATCH; RFC 5321 4.5.3.1.8: each relay takes so many */
};

/* What deliver adds to each copy depends on this. */
enum queue_kind {
        QUEUE_POST,   /* own return path and List-Unsubscribe for each reader */
        QUEUE_DIRECT, /* own return path */
        QUEUE_BATCH   /* a post whose readers are sent to together (personal = no) */
};

struct queue_recipient {
        int64_t member_id; /* 0: not a member (the admin) */
        char *address;
};

/* To all readers, as QUEUE_POST or QUEUE_BATCH. Inside the transaction of the caller. `message` is the sanitised copy: header and
 * body, CRLF. */
MUST_USE bool queue_add_post(struct store *store, enum queue_kind kind, int64_t list_id, int64_t number, const char *log_id,
                             GBytes *message, int64_t *ret_id, struct err *ret_err);
/* list_id 0: mail of the site. */
MUST_USE bool queue_add_direct(struct store *store, int64_t list_id, const char *log_id, GBytes *message,
                               const struct queue_recipient *recipients, size_t count, int64_t *ret_id, struct err *ret_err);

/* For some members of a list, each copy as that of a post: with List-Unsubscribe, and for nobody who pauses. */
MUST_USE bool queue_add_digest(struct store *store, int64_t list_id, const char *log_id, GBytes *message,
                               const struct queue_recipient *recipients, size_t count, int64_t *ret_id, struct err *ret_err);

/* Work for one session: a page of one message's recipients. */
struct queue_claim {
        enum queue_kind kind;
        int64_t message_id;
        int64_t chunk_id;  /* 0: delivery rows (a retry or a direct message) */
        int64_t list_id;   /* 0: mail of the site */
        char *list_name, *list_domain; /* NULL for mail of the site */
        int64_t number;    /* of the post; 0 for direct mail */
        char *log_id;      /* the id that names the message in the log of all roles */
        GPtrArray *recipients; /* struct queue_recipient; of a chunk by member id */
        bool at_end;       /* the page reaches the end of its chunk */
        bool is_retry;     /* some of it was put off before */
        bool is_flushed;   /* somebody wants it tried now (queue_flush) */
};

/* What a session wants. */
struct queue_turn {
        size_t limit;       /* recipients at most; or a chunk of QUEUE_BATCH */
        bool retries_first; /* prefers what was put off, so that neither new posts nor retries starve (requirement A10) */
        bool no_retries;    /* nothing that was put off: others have their share of it */
        int64_t after_list; /* the list that was served last: the others come first, so that a big one holds up no small one */
        int64_t now;
};

/* *ret_claim NULL: nothing is due. The posts of one list are begun in the order of their acceptance. */
MUST_USE bool queue_claim(struct store *store, const struct queue_turn *turn, struct queue_claim **ret_claim, struct err *ret_err);
/* The bytes of a message; the caller unrefs. */
MUST_USE bool queue_message(struct store *store, int64_t message_id, GBytes **ret_message, struct err *ret_err);

enum queue_outcome {
        OUTCOME_DELIVERED,
        OUTCOME_DEFERRED, /* 4xx or unknown: try again later */
        OUTCOME_FAILED    /* 5xx: recorded for the member */
};

struct queue_result {
        const struct queue_recipient *recipient;
        enum queue_outcome outcome;
        int code;         /* the relay's, 0: none */
        const char *text; /* the relay's words; sealed in the store */
        int64_t until;    /* OUTCOME_DEFERRED: when it may be tried again; 0: by the number of tries */
        int weight, cause; /* of a failure, as store/bounce.h has them; a weight of 0 says nothing of the mailbox */
};

/* Records outcomes in one commit, in the order of the claim. What was put off for QUEUE_GIVE_UP seconds fails. */
MUST_USE bool queue_settle(struct store *store, const struct queue_claim *claim, const struct queue_result *results,
                           size_t count, int64_t now, struct err *ret_err);
/* Gives the claim back; what was not settled is READY again. */
MUST_USE bool queue_put_back(struct store *store, const struct queue_claim *claim, struct err *ret_err);
/* The same, and frees the claim. */
MUST_USE bool queue_release(struct store *store, struct queue_claim *claim, struct err *ret_err);
MUST_USE bool queue_recover(struct store *store, struct err *ret_err);

/* --- for listctl ------------------------------------------------------------- */
struct queue_entry {
        int64_t message_id, list_id, number, created, size;
        int64_t done;     /* recipients that the relay took, or refused */
        int64_t waiting;  /* recipients that had no answer yet (members of open chunks, direct mail) */
        int64_t deferred; /* recipients that were put off */
        char *log_id;
};
MUST_USE bool queue_entries(struct store *store, GPtrArray **ret_entries, struct err *ret_err); /* oldest first */
MUST_USE bool queue_remove(struct store *store, int64_t message_id, struct err *ret_err);
MUST_USE bool queue_flush(struct store *store, struct err *ret_err); /* what was put off is due now */
MUST_USE bool queue_depth(struct store *store, int64_t *ret_messages, int64_t *ret_oldest, struct err *ret_err);

void queue_claim_free(struct queue_claim *claim); /* without touching the store */

#endif
