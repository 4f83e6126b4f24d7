/* change.h - who came, went and changed on a list, for its owners (requirement A6)
 * Written in the same statement as the change (member.c). An address that was changed is forgotten here too (E5). */
#ifndef LISTD_STORE_CHANGE_H
#define LISTD_STORE_CHANGE_H

#include "store/store.h"

enum { CHANGE_DAYS = 400 };

/* The numbers are on disk: never change one. */
enum change_what { CHANGE_JOINED = 1, CHANGE_LEFT = 2, CHANGE_PAUSED = 3, CHANGE_RESUMED = 4, CHANGE_ADDRESS = 5, CHANGE_ROLE = 6 };
extern const char *const CHANGE_WORDS[]; /* by number */

struct change {
        int64_t at;
        enum change_what what;
        int64_t member_id;
        char *address;
};

/* In the caller's transaction, while the member's row is there. */
MUST_USE bool change_add(struct store *store, int64_t list_id, int64_t member_id, enum change_what what, struct err *ret_err);
/* Oldest first, `limit` at most: a GPtrArray of struct change that frees them. */
MUST_USE bool change_since(struct store *store, int64_t list_id, int64_t since, size_t limit, GPtrArray **ret_changes,
                           struct err *ret_err);
MUST_USE bool change_expire(struct store *store, int64_t now, struct err *ret_err);

#endif
