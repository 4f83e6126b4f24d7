/* membership.h - what can be done to a membership; by mail and by listctl alike (handle/confirm.c, ctl/member.c)
 * Each works in the caller's transaction, writes what it did on the sheet of who is concerned, and is done once: what is so
 * already stays so. */
#ifndef LISTD_HANDLE_MEMBERSHIP_H
#define LISTD_HANDLE_MEMBERSHIP_H

#include "handle/letters.h"

/* How somebody may join by themselves: as the list has it, but where the domain of their mailbox gives anybody an address an owner
 * decides, or only owners add them (setting `freemail`). */
MUST_USE bool membership_policy(const struct desk *desk, const struct person *person, enum list_subscribe *ret_policy,
                                struct err *ret_err);
/* Joins by that policy: at once, or the owners are asked, or not at all. */
MUST_USE bool membership_join(struct sheet *sheet, const struct person *person, bool is_invited, struct err *ret_err);
/* An owner said yes or no to somebody; *ret_decided false: somebody else had. Tells them. */
MUST_USE bool membership_approve(const struct desk *desk, const char *address, bool yes, struct err *ret_err);
/* Leaves; the last owner is paused instead, for a list without one is nobody's. */
MUST_USE bool membership_leave(struct sheet *sheet, const struct person *person, struct err *ret_err);
/* A change of a member's own settings, by the kind of its question; `detail` as store/question.h has it. */
MUST_USE bool membership_change(struct sheet *sheet, const struct person *person, enum question_kind kind, const char *detail,
                                struct err *ret_err);
/* Asks the new (or further) address; then moves there (or takes it as a further one). */
MUST_USE bool membership_ask_new(struct sheet *sheet, const struct person *member, const char *address, bool is_further,
                                 struct err *ret_err);
MUST_USE bool membership_take_new(struct sheet *sheet, int64_t member_id, const struct person *new, bool is_further,
                                  struct err *ret_err);
MUST_USE bool membership_status(struct sheet *sheet, const struct person *person, struct err *ret_err);

MUST_USE bool membership_owners(const struct desk *desk, guint *ret_count, struct err *ret_err);
/* ERR_PERM: the list would have no owner. */
MUST_USE bool membership_has_owner(const struct desk *desk, struct err *ret_err);
/* Whether an address may be asked or be a member at all: not banned, not one of the list's own. */
MUST_USE bool membership_may_be(const struct desk *desk, const struct person *person, bool *ret_may, struct err *ret_err);

#endif
