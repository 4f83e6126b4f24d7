/* moderate.h - held posts: who is asked about them, and what is decided
 * HELD -> gone [moderate_decide, moderate_confirmed; held_expire]. The first decision counts. */
#ifndef LISTD_HANDLE_MODERATE_H
#define LISTD_HANDLE_MODERATE_H

#include "handle/post.h"

/* Asks the moderators about a post that was just held, one letter each, within the list's limit. */
MUST_USE bool moderate_notify(const struct desk *desk, const char *held_id, struct err *ret_err);
/* Asks the member whose address it bears whether they wrote it. */
MUST_USE bool moderate_ask_author(const struct desk *desk, const char *held_id, const struct post *post, struct err *ret_err);
/* Tells an author who is proven why a post waits or what was cut from it; a stranger in the rare case that the list wants it. */
MUST_USE bool moderate_tell_author(const struct desk *desk, const struct post *post, struct err *ret_err);

/* What the author answered about their own post: it goes the way of a post, with proof. */
MUST_USE bool moderate_confirmed(const struct desk *desk, const struct question *question, bool yes, struct err *ret_err);

/* Accept, discard, trust, ban, or (with the member's address) also; the other moderators are told once. `decider` NULL: listctl.
 * ERR_NOT_FOUND: it is not held (any more). ERR_PERM: it cannot be distributed. */
MUST_USE bool moderate_post(const struct desk *desk, const char *held_id, enum answer answer, const char *also,
                            const struct person *decider, struct err *ret_err);
/* The same for a moderator by mail: what is wrong is told on the sheet. */
MUST_USE bool moderate_decide(struct sheet *sheet, const char *held_id, enum answer answer, const char *also,
                              const struct person *decider, struct err *ret_err);

/* The values of the template `moderate`. */
MUST_USE bool moderate_values(struct sheet *sheet, const struct desk *desk, const struct question *question, struct err *ret_err);

/* "id: when, who, subject, why" of each held post of the list, for owners. The caller frees. */
MUST_USE bool moderate_list(const struct desk *desk, int lang, char **ret_lines, struct err *ret_err);

#endif
