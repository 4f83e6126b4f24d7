/* member.h - who is on a list: sealed rows, found by keyed hash
 * `address` is the canonical form (mail/address.h: address->text), `fold` the form that is compared (address->fold). */
#ifndef LISTD_STORE_MEMBER_H
#define LISTD_STORE_MEMBER_H

#include "store/store.h"

enum member_role { ROLE_MEMBER, ROLE_MODERATOR, ROLE_OWNER };
/* ACTIVE <-> PAUSED [member_set_state]; leaving deletes the row [member_remove] */
enum member_state { MEMBER_ACTIVE, MEMBER_PAUSED };
/* What a moderator thinks of a member's posts; the numbers are on disk. */
enum member_standing { STANDING_NORMAL, STANDING_NEW, STANDING_MODERATED, STANDING_TRUSTED };
extern const char *const MEMBER_ROLE_WORDS[];  /* member, moderator, owner, NULL */
extern const char *const MEMBER_STATE_WORDS[]; /* active, paused, NULL */
extern const char *const MEMBER_STANDING_WORDS[]; /* normal, new, moderated, trusted, NULL */

struct member {
        int64_t id; /* over all lists; never used twice */
        int64_t list_id;
        char *address;
        char *name; /* may be empty */
        enum member_role role;
        enum member_state state;
        int64_t joined;
        int64_t until; /* PAUSED: active again then; 0: when it is asked for */
        int lang;      /* 0: the list's; else enum list_lang + 1 */
        enum member_standing standing;
        int digest; /* enum member_digest (store/archive.h) */
        /* the last permanent refusal that the relay gave for this member; 0 and NULL when there was none */
        int64_t failures, failed_at;
        int failed_code;
        char *failed_text;
};

struct member_new {
        const char *address, *fold, *name;
        enum member_role role;
        enum member_standing standing;
};

/* Adds many in one transaction. ret_added counts; who is there already is left as is. */
MUST_USE bool member_add(struct store *store, int64_t list_id, const struct member_new *members, size_t count,
                         size_t *ret_added, struct err *ret_err);

/* True with *ret_member NULL: not on this list. */
MUST_USE bool member_find(struct store *store, int64_t list_id, const char *fold, struct member **ret_member, struct err *ret_err);
MUST_USE bool member_get(struct store *store, int64_t list_id, int64_t id, struct member **ret_member, struct err *ret_err);

/* A page of members with id > after, by id: a GPtrArray of struct member that frees them; empty at the end. */
MUST_USE bool member_page(struct store *store, int64_t list_id, int64_t after, size_t limit, GPtrArray **ret_members,
                          struct err *ret_err);
/* The owners (and moderators when asked) of a list. */
MUST_USE bool member_officers(struct store *store, int64_t list_id, enum member_role least, GPtrArray **ret_members,
                              struct err *ret_err);
/* How many there are, and what they get. */
struct member_totals {
        int64_t all, active, paused, digests; /* digests: of the active */
};
MUST_USE bool member_totals(struct store *store, int64_t list_id, struct member_totals *ret_totals, struct err *ret_err);
/* The largest id; 0: nobody is on it. */
MUST_USE bool member_last(struct store *store, int64_t list_id, int64_t *ret_id, struct err *ret_err);
MUST_USE bool member_count(struct store *store, int64_t list_id, int64_t *ret_count, struct err *ret_err);

MUST_USE bool member_set_role(struct store *store, int64_t list_id, int64_t id, enum member_role role, struct err *ret_err);
/* `until`: of a pause, when it ends by itself; 0: it does not. */
MUST_USE bool member_set_state(struct store *store, int64_t list_id, int64_t id, enum member_state state, int64_t until,
                               struct err *ret_err);
/* Ends the pauses that are over. */
MUST_USE bool member_wake(struct store *store, int64_t now, struct err *ret_err);
MUST_USE bool member_set_standing(struct store *store, int64_t list_id, int64_t id, enum member_standing standing,
                                  struct err *ret_err);
MUST_USE bool member_set_lang(struct store *store, int64_t list_id, int64_t id, int lang, struct err *ret_err);
/* The old address is forgotten (requirement E5). The new one must not be on the list. */
MUST_USE bool member_set_address(struct store *store, int64_t list_id, int64_t id, const char *address, const char *fold,
                                 struct err *ret_err);
MUST_USE bool member_set_name(struct store *store, int64_t list_id, int64_t id, const char *name, struct err *ret_err);
MUST_USE bool member_remove(struct store *store, int64_t list_id, int64_t id, struct err *ret_err);

void member_free(struct member *member);

#endif
