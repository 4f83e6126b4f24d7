/* archive.h - sanitised copies of posts, as boxes: what digests and `get` are made from (leaks L4, L14), and who wants digests
 * A post goes to a member either by itself or in a digest, by its number: so a switch neither loses nor repeats one. */
#ifndef LISTD_STORE_ARCHIVE_H
#define LISTD_STORE_ARCHIVE_H

#include "store/store.h"

enum { ARCHIVE_FOREVER = -1 };
enum member_digest { DIGEST_NO, DIGEST_MIME, DIGEST_PLAIN }; /* on disk, in member.digest */
extern const char *const MEMBER_DIGEST_WORDS[]; /* no, mime, plain, NULL */

struct archived {
        int64_t number, at, size;
        GBytes *message; /* NULL in a listing */
};

/* In the transaction that queues the post. */
MUST_USE bool archive_add(struct store *store, int64_t list_id, int64_t number, GBytes *message, int64_t now, struct err *ret_err);
/* From `first` to `last`, in their order: a GPtrArray of struct archived that frees them. */
MUST_USE bool archive_range(struct store *store, int64_t list_id, int64_t first, int64_t last, bool with_messages, GPtrArray **ret_posts,
                            struct err *ret_err);
MUST_USE bool archive_remove(struct store *store, int64_t list_id, int64_t number, bool *ret_removed, struct err *ret_err);
/* Those of before a time that no digest needs any more. */
MUST_USE bool archive_forget(struct store *store, int64_t list_id, int64_t before, struct err *ret_err);

struct digest_state {
        int64_t issue, number, day; /* day -1: there was none yet */
};
MUST_USE bool digest_get(struct store *store, int64_t list_id, struct digest_state *ret_state, struct err *ret_err);
MUST_USE bool digest_set(struct store *store, int64_t list_id, const struct digest_state *state, struct err *ret_err);

/* Somebody who gets the posts from `from` to `until` in a digest. */
struct digest_reader {
        int64_t member_id, from, until;
        enum member_digest form;
};
/* Active members who have a part of the posts of (after, last] by digest; `member_id` of one of them, 0: of all. Ordered by form, from and
 * until: a GArray of struct digest_reader. */
MUST_USE bool digest_readers(struct store *store, int64_t list_id, int64_t after, int64_t last, int64_t member_id, GArray **ret_readers,
                             struct err *ret_err);
/* Whether anybody wants digests. */
MUST_USE bool digest_wanted(struct store *store, int64_t list_id, bool *ret_wanted, struct err *ret_err);
/* From the post behind `last` on a member has them in digests, or (DIGEST_NO) by themselves. */
MUST_USE bool digest_switch(struct store *store, int64_t list_id, int64_t member_id, enum member_digest form, int64_t last,
                            struct err *ret_err);

#endif
