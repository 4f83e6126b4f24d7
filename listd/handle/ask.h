/* ask.h - questions to mailboxes: put once, mailed within limits, several of them in one letter (leaks X1, X2, O8)
 * A stranger can cause a question, so to each reader of a mailbox goes at most one unanswered letter in 24 hours and three in 30
 * days, over all lists and channels. What is asked beyond that waits and goes with the next letter that may go. */
#ifndef LISTD_HANDLE_ASK_H
#define LISTD_HANDLE_ASK_H

#include "handle/letters.h"

/* Whose limits a letter counts against. */
enum ask_limit {
        ASK_STRANGER, /* anybody may have caused it */
        ASK_POST,     /* confirms a post of a member: its own, wider limit */
        ASK_ANSWER,   /* to who is proven, or a mail of an owner's work */
        ASK_MODERATOR, /* of moderators' work: the list's limit is theirs (moderate.c) */
        ASK_FREE      /* an admin sent it from the command line */
};

/* Puts a question to a person: `member_id`, `held_id` and `detail` as store/question.h has them for its kind; 0 and NULL where
 * there is none. It is mailed by ask_mail(). */
MUST_USE bool ask(const struct desk *desk, const struct person *person, enum question_kind kind, int64_t member_id,
                  const char *held_id, const char *detail, struct err *ret_err);

/* Mails what stands on the sheet (may be empty) and the questions that wait for this person, in one letter, when the limits
 * have room; else nothing, and questions wait on. */
MUST_USE bool ask_mail(struct sheet *sheet, const struct person *person, enum ask_limit limit, struct err *ret_err);

/* The question was answered: it is gone, and the limits of who was asked are open again. */
MUST_USE bool ask_answered(const struct desk *desk, const struct question *question, const struct person *person,
                           struct err *ret_err);

/* Adds a question to a sheet as it would be mailed, with its addresses. */
MUST_USE bool ask_section(struct sheet *sheet, const struct question *question, struct err *ret_err);

/* Whether an answer is one of those that a question of this kind takes; ANSWER_EMPTY becomes what it means there. */
bool ask_takes(enum question_kind kind, enum answer *answer);

#endif
