/* digest.h - members' digests, from the sanitised copies (requirement A9, leaks L4): once a day, or when there is enough for one */
#ifndef LISTD_HANDLE_DIGEST_H
#define LISTD_HANDLE_DIGEST_H

#include "handle/letters.h"
#include "store/archive.h"

enum { DIGEST_GET_POSTS = 50, DIGEST_INDEX_POSTS = 300 };

/* Keeps the copy of a post for digests and for the archive, where anybody wants it. In the transaction that numbers the post. */
MUST_USE bool digest_keep(struct store *store, const struct list *list, int64_t number, GBytes *message, int64_t now, struct err *ret_err);

/* From now on a member gets digests of a form, or (DIGEST_NO) each post. What is not in a digest yet comes in one last digest. */
MUST_USE bool digest_change(const struct desk *desk, const struct member *member, enum member_digest form, struct err *ret_err);

/* Mails posts of the archive to a member: `what` is a range (policy/words.h: words_range), at most DIGEST_GET_POSTS of them, or "index",
 * the topics of the latest. What is not there is told on the sheet. */
MUST_USE bool digest_get_posts(struct sheet *sheet, const struct person *person, const char *what, struct err *ret_err);

/* Sends what is due, each post in one digest, and forgets copies that are too old. To be called now and then. *ret_sent: something is in
 * the queue. */
MUST_USE bool digest_tick(struct store *store, const struct conf *conf, int64_t now, bool *ret_sent, struct err *ret_err);

#endif
