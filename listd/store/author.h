/* author.h - who may write as whom: further addresses of members, networks they are known from, and who is banned */
#ifndef LISTD_STORE_AUTHOR_H
#define LISTD_STORE_AUTHOR_H

#include "store/member.h"

enum { ALIASES_MAX = 5, KNOWN_NETWORK_DAYS = 90 };

/* The member whose address or further address it is; *ret_member NULL: nobody's. */
MUST_USE bool author_member(struct store *store, int64_t list_id, const char *fold, struct member **ret_member, struct err *ret_err);

/* ERR_PERM: there are ALIASES_MAX. The address is of one member at a time. */
MUST_USE bool alias_add(struct store *store, int64_t list_id, int64_t member_id, const char *address, const char *fold,
                        struct err *ret_err);
/* *ret_removed: whether it was this member's. */
MUST_USE bool alias_remove(struct store *store, int64_t list_id, int64_t member_id, const char *fold, bool *ret_removed,
                           struct err *ret_err);
/* A GPtrArray of char * that frees them. */
MUST_USE bool alias_all(struct store *store, int64_t list_id, int64_t member_id, GPtrArray **ret_addresses, struct err *ret_err);

/* `network` is a text that names one, of mail/origin.h. */
MUST_USE bool network_learn(struct store *store, int64_t member_id, const char *network, int64_t now, struct err *ret_err);
MUST_USE bool network_is_known(struct store *store, int64_t member_id, const char *network, int64_t now, bool *ret_known,
                               struct err *ret_err);

/* `fold` is of an address, or "@domain". */
MUST_USE bool ban_add(struct store *store, int64_t list_id, const char *text, const char *fold, struct err *ret_err);
MUST_USE bool ban_remove(struct store *store, int64_t list_id, const char *fold, bool *ret_removed, struct err *ret_err);
/* Whether a folded address is banned, by itself or by its domain. */
MUST_USE bool ban_is(struct store *store, int64_t list_id, const char *fold, bool *ret_banned, struct err *ret_err);
struct ban {
        char *text;
        int64_t at;
};
MUST_USE bool ban_all(struct store *store, int64_t list_id, GPtrArray **ret_bans, struct err *ret_err);

MUST_USE bool author_expire(struct store *store, int64_t now, struct err *ret_err);

#endif
