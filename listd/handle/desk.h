/* desk.h - what is needed wherever something is done for somebody: the list, the time, and who it is */
#ifndef LISTD_HANDLE_DESK_H
#define LISTD_HANDLE_DESK_H

#include "base/conf.h"
#include "mail/address.h"
#include "policy/words.h"
#include "store/list.h"
#include "store/member.h"

struct desk {
        struct store *store;
        const struct conf *conf;
        struct list *list;
        const char *log_id;      /* of what is worked on; "-" for listctl */
        const char *in_reply_to; /* the Message-ID of a mail that is answered; NULL: none is */
        const char *network;     /* where that came from (mail/origin.h); NULL: it cannot be told */
        int64_t now;
};

/* Somebody to write to, and what is known of them on the desk's list. */
struct person {
        char *address, *fold;
        char *owner;           /* as they are counted (store/mailbox.h) */
        struct member *member; /* NULL: not on the list */
        bool is_proven;        /* it is them who wrote: an aligned pass, or a ticket */
};

/* The caller clears with person_clear(), on failure too. */
MUST_USE bool person_find(const struct desk *desk, const struct address *address, struct person *ret_person, struct err *ret_err);
/* The same for an address that is known to be one; ERR_BUG when it is not. */
MUST_USE bool person_of(const struct desk *desk, const char *address, struct person *ret_person, struct err *ret_err);
/* Everything in it is NULL when there is no such member. */
MUST_USE bool person_of_member(const struct desk *desk, int64_t member_id, struct person *ret_person, struct err *ret_err);
void person_clear(struct person *person);
int person_lang(const struct desk *desk, const struct person *person); /* enum list_lang */

/* --- what stands in letters ------------------------------------------------------------------ */

/* "mailto:ml-confirm+TICKET@...": what mail to it means. The caller frees. */
char *desk_link(const struct desk *desk, int64_t question_id, enum answer answer);
/* The same without mailto. */
char *desk_confirm_address(const struct desk *desk, int64_t question_id, enum answer answer);
/* "2026-12-24" in the list's zone. The caller frees. */
char *desk_day(const struct desk *desk, int64_t at);
/* The same as a time with its parts; the caller unrefs. */
GDateTime *desk_time(const struct desk *desk, int64_t at);

/* Today, and when a day begins (seconds since 1970), in the list's zone. */
void desk_today(const struct desk *desk, GDate *ret_today);
int64_t desk_midnight(const struct desk *desk, const GDate *date);

#endif
