/* letters.h - mails of ours to people: sections from templates, put together and queued
 * `listctl` writes them too. Nothing is mailed to who did not ask or is not proven but within limits: ask.h. */
#ifndef LISTD_HANDLE_LETTERS_H
#define LISTD_HANDLE_LETTERS_H

#include "base/conf.h"
#include "mail/address.h"
#include "policy/words.h"
#include "store/list.h"
#include "store/member.h"
#include "store/question.h"

/* What is needed wherever something is done for somebody. */
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

/* A mail to one person in the making. */
struct sheet {
        const struct desk *desk;
        int lang;
        GPtrArray *sections; /* struct section */
        GHashTable *values;  /* of the next section: name -> UTF-8 */
        char *reply_to;      /* NULL: the list's request address */
        char *never;         /* the link "never again"; NULL: there is none */
        bool is_bundle;      /* of several questions */
        bool may_be_forged;  /* anybody may have caused it: it offers "never again" */
};
void sheet_start(struct sheet *ret_sheet, const struct desk *desk, int lang);
void sheet_clear(struct sheet *sheet);
/* A value for the next section; copied. NULL is none. */
void sheet_value(struct sheet *sheet, const char *name, const char *value);
/* Fills a template with the values so far, and forgets them. `desk` may be of another list than the sheet's. */
void sheet_add(struct sheet *sheet, const struct desk *desk, const char *name);
bool sheet_is_empty(const struct sheet *sheet);

/* Queues it in the caller's transaction, unless it is empty: also for who is a member no longer when it goes out. */
MUST_USE bool sheet_send(struct sheet *sheet, const char *to, struct err *ret_err);

/* "mailto:ml-confirm+TICKET@...": what mail to it means. The caller frees. */
char *desk_link(const struct desk *desk, int64_t question_id, enum answer answer);
/* The same without mailto. */
char *desk_confirm_address(const struct desk *desk, int64_t question_id, enum answer answer);
/* "2026-12-24" in the list's zone. The caller frees. */
char *desk_day(const struct desk *desk, int64_t at);
/* The same as a time with its parts; the caller unrefs. */
GDateTime *desk_time(const struct desk *desk, int64_t at);

#endif
