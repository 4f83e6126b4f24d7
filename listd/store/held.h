/* held.h - messages that wait for a person, as they came, sealed
 * HELD -> gone [held_remove: after it was queued, forwarded or discarded; held_expire: after HELD_DAYS; held_add: of misaddressed
 * mail, and of what the decoy was given, the oldest, when there is no room].   FAILED stays until an admin decides. */
#ifndef LISTD_STORE_HELD_H
#define LISTD_STORE_HELD_H

#include "store/store.h"

enum held_kind {
        HELD_POST,        /* waits for a moderator */
        HELD_COMMAND,     /* a post that was taken as a command: its author may still send it */
        HELD_MISADDRESSED, /* to an address of ours that does not exist */
        HELD_FAILED,      /* could not be processed */
        HELD_DECOY        /* the decoy was given it: evidence */
};
extern const char *const HELD_KIND_WORDS[]; /* post, command, misaddressed, failed, decoy, NULL */

enum {
        HELD_ID_CHARS = 12,
        HELD_DAYS = 14,
        /* of misaddressed mail, which strangers fill: beyond it the oldest goes */
        HELD_MISADDRESSED_MAX = 5000,
        HELD_MISADDRESSED_OCTETS_MAX = 256 * 1024 * 1024,
        HELD_DECOY_MAX = 1000,
        HELD_DECOY_OCTETS_MAX = 32 * 1024 * 1024
}; /* random base32: cannot be counted */

struct held {
        char id[HELD_ID_CHARS + 1];
        enum held_kind kind;
        int64_t list_id; /* 0: of no list */
        int64_t at;
        int64_t size;
        char *reason;    /* one line, without an address in it */
        char *log_id;
        GBytes *envelope; /* the spooled bytes (mail/envelope.h); NULL in a listing */
};

/* Inside the transaction of the caller. */
MUST_USE bool held_add(struct store *store, enum held_kind kind, int64_t list_id, const char *reason, const char *log_id,
                       GBytes *envelope, char ret_id[HELD_ID_CHARS + 1], struct err *ret_err);
/* The same for a message of no list, in place of the one of that id, whose id it takes. */
MUST_USE bool held_replace(struct store *store, enum held_kind kind, const char *id, const char *reason, const char *log_id,
                           GBytes *envelope, char ret_id[HELD_ID_CHARS + 1], struct err *ret_err);
/* list_id 0: of all lists. A GPtrArray of struct held that frees them, oldest first. */
MUST_USE bool held_all(struct store *store, enum held_kind kind, int64_t list_id, GPtrArray **ret_held, struct err *ret_err);
/* With its envelope. True with *ret_held NULL: there is none. */
MUST_USE bool held_get(struct store *store, enum held_kind kind, const char *id, struct held **ret_held, struct err *ret_err);
MUST_USE bool held_remove(struct store *store, const char *id, struct err *ret_err);
/* What waited long enough, but for what failed. */
MUST_USE bool held_expire(struct store *store, int64_t now, struct err *ret_err);
void held_free(struct held *held);

#endif
