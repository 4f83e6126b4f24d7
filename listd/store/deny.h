/* deny.h - whom an admin refuses at the door, and lists of networks that others keep (spool.db)
 * listctl writes, receive reads and counts. Nothing here comes from a roster.
 *
 *   DENIED -> PROBATION  when `until` is over: they are let in, and watched
 *   PROBATION -> DENIED  deny_record(): a fault, for twice the time; deny_put(), deny_swap(): an admin, or the list, says it again
 *   PROBATION -> GONE    PROBATION seconds later; deny_expire() then deletes the row
 *   any -> gone          deny_remove(), deny_remove_label(); deny_swap(): the list has it no more
 *
 * The state is no column: deny_state() makes it of `until` and the clock, so that it holds to the second without a writer. */
#ifndef LISTD_STORE_DENY_H
#define LISTD_STORE_DENY_H

#include "store/spool.h"

enum {
        DENY_PROBATION = 30 * 86400,
        DENY_SPAN_MAX = 3650 * 86400,
        DENY_ENTRIES_MAX = 500000, /* of all labels */
        DENY_LISTS_MAX = 100
};

enum deny_state { DENY_DENIED, DENY_ON_PROBATION, DENY_GONE, DENY_STATES };
extern const char *const DENY_STATE_WORDS[];
enum deny_state deny_state(int64_t until, int64_t now);

/* A fault on probation: twice the span, from now on. */
void deny_again(int64_t *until, int64_t *span, int64_t now);

struct deny_entry { /* borrowed by deny_each(), for the time of the visit */
        const char *network; /* as network_text() spells it */
        const char *label, *reason, *evidence;
        int64_t added;
        int64_t until, span; /* 0: for good */
        int64_t times, hits, last_hit;
};

/* Adds, or renews what is there of that network and label. `added`, `until`, `times` and hits are not read: it is for `span`
 * seconds from `now` on. ERR_PERM when there are DENY_ENTRIES_MAX. */
MUST_USE bool deny_put(struct spool *spool, const struct deny_entry *entry, int64_t now, bool *ret_was_there, struct err *ret_err);
/* *ret_count: how many there were. */
MUST_USE bool deny_remove(struct spool *spool, const char *network, const char *label, int64_t *ret_count, struct err *ret_err);
MUST_USE bool deny_remove_label(struct spool *spool, const char *label, int64_t *ret_count, struct err *ret_err);

typedef void deny_visit(const struct deny_entry *entry, void *user);
/* Label by label (NULL: all), then by network; also those that are GONE and not deleted yet. */
MUST_USE bool deny_each(struct spool *spool, const char *label, deny_visit *visit, void *user, struct err *ret_err);
MUST_USE bool deny_count(struct spool *spool, const char *label, int64_t *ret_count, struct err *ret_err);
/* Deletes what is GONE, `most` at a time. */
MUST_USE bool deny_expire(struct spool *spool, int64_t now, size_t most, int64_t *ret_count, struct err *ret_err);

/* --- lists that others keep ------------------------------------------------------------------- */

struct deny_list {
        char *label;
        char *url;             /* or an absolute path; "": there is nowhere to look again */
        int64_t span;          /* of its entries, from each refresh on; 0: as long as the list has them */
        char *etag, *modified; /* what the server said of the copy that we have */
        int64_t tried, fetched;
        char *error; /* of the last try; "": it went well */
};
void deny_list_free(struct deny_list *list);
/* A GPtrArray of struct deny_list that frees them. */
MUST_USE bool deny_lists(struct spool *spool, GPtrArray **ret_lists, struct err *ret_err);

struct deny_item {
        char *network;
        char *reason;
};
struct deny_swapped {
        int64_t added, removed, kept;
};
/* Puts these in the place of all entries of list->label, and remembers the list (`tried`, `fetched` and `error` are not read), in one
 * commit: all of it, or nothing. What stays keeps its date and hits. */
MUST_USE bool deny_swap(struct spool *spool, const struct deny_list *list, const struct deny_item *items, size_t count, int64_t now,
                        struct deny_swapped *ret_swapped, struct err *ret_err);
/* A refresh found that the list is as it was: its entries are for its span from now on. */
MUST_USE bool deny_list_same(struct spool *spool, const char *label, int64_t now, struct err *ret_err);
/* A refresh failed: the entries stay as they are. */
MUST_USE bool deny_list_failed(struct spool *spool, const char *label, const char *error, int64_t now, struct err *ret_err);

/* --- for receive ------------------------------------------------------------------------------ */

/* Grows with each change that is to be read. */
MUST_USE bool deny_version(struct spool *spool, int64_t *ret_version, struct err *ret_err);

struct deny_news {
        const char *network, *label;
        int64_t hits, last_hit; /* more of them */
        int64_t again;          /* since when it is denied anew; 0: it is not */
};
/* In one commit. *version, that of what the caller has in memory, follows when nobody else changed anything in between. */
MUST_USE bool deny_record(struct spool *spool, const struct deny_news *news, size_t count, int64_t *version, struct err *ret_err);

#endif
