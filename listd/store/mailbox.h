/* mailbox.h - people as they are counted: by who reads a mailbox, over all lists (leaks X1, X11)
 * `owner` is the address without plus-tag and case: Anna+lists@ and anna@ are read by one person. It serves for counting
 * only, never for rights. */
#ifndef LISTD_STORE_MAILBOX_H
#define LISTD_STORE_MAILBOX_H

#include "store/store.h"

struct address;

/* Further spellings of one owner's address are not asked. */
enum { MAILBOX_SPELLINGS_MAX = 4 };

/* The mailbox of an address, made when it is not there. *ret_id 0: its owner has MAILBOX_SPELLINGS_MAX others already.
 * `owner` is mailbox_owner()'s. */
MUST_USE bool mailbox_find(struct store *store, const char *address, const char *fold, const char *owner, int64_t *ret_id,
                           struct err *ret_err);
/* Its address; NULL: there is none. The caller frees. */
MUST_USE bool mailbox_address(struct store *store, int64_t id, char **ret_address, struct err *ret_err);

/* The folded address without its plus-tag. The caller frees. */
char *mailbox_owner(const char *fold);

/* --- limits ---------------------------------------------------------------------------------- */

/* What is limited. The letters go into hashes: never change one. */
enum spent_kind {
        SPENT_ASKED = 'q',   /* letters to a mailbox that a stranger may have caused: cleared by an answer */
        SPENT_POST = 'p',    /* confirmations of a member's posts: cleared by an answer */
        SPENT_ANSWERED = 'a', /* letters to somebody who is proven */
        SPENT_NETWORK = 'n', /* letters caused from a network */
        SPENT_LIST = 'l',    /* letters caused through a list */
        SPENT_NOTICE = 'm',  /* notices to the moderators of a list */
        SPENT_TOLD = 't',    /* one who was told something that is told once */
        SPENT_QUOTA = 'u'    /* posts of a member */
};

struct limit {
        enum spent_kind kind;
        const char *whose;   /* an owner, a network, "" */
        int64_t list_id;     /* 0: over all lists */
        int64_t most, seconds; /* so many in so long */
};

/* Whether all limits have room; *ret_room. */
MUST_USE bool limit_room(struct store *store, const struct limit *limits, size_t count, int64_t now, bool *ret_room,
                         struct err *ret_err);
/* Counts one against each kind of them, once. */
MUST_USE bool limit_spend(struct store *store, const struct limit *limits, size_t count, int64_t now, struct err *ret_err);
MUST_USE bool limit_clear(struct store *store, enum spent_kind kind, const char *whose, int64_t list_id, struct err *ret_err);
MUST_USE bool limit_expire(struct store *store, int64_t now, struct err *ret_err);

/* --- never again --------------------------------------------------------------------------------- */
MUST_USE bool never_set(struct store *store, const char *owner, bool never, int64_t now, struct err *ret_err);
MUST_USE bool never_is(struct store *store, const char *owner, bool *ret_never, struct err *ret_err);

#endif
