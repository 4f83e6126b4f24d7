/* letters.h - mails of ours to people: sections from templates, put together and queued
 * `listctl` writes them too. Nothing is mailed to who did not ask or is not proven but within limits: ask.h. */
#ifndef LISTD_HANDLE_LETTERS_H
#define LISTD_HANDLE_LETTERS_H

#include "handle/desk.h"
#include "store/question.h"

/* A mail to one person in the making. */
struct sheet {
        const struct desk *desk;
        int lang;
        GPtrArray *sections; /* struct section */
        GHashTable *values;  /* of the next section: name -> UTF-8 */
        char *reply_to;      /* NULL: the list's request address */
        char *last_asked;    /* where a reply to the question that was added last goes; NULL: none was */
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

/* What every template may name (TEMPLATE_COMMON); `values` frees what is in it. */
void letter_values(const struct desk *desk, GHashTable *values);

/* Queues it in the caller's transaction, unless it is empty: also for who is a member no longer when it goes out. */
MUST_USE bool sheet_send(struct sheet *sheet, const char *to, struct err *ret_err);

#endif
