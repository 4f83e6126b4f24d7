/* transaction.h - one message on its way in: what MAIL, RCPT and DATA have said so far (RFC 5321 3.3) */
#ifndef LISTD_RECEIVE_TRANSACTION_H
#define LISTD_RECEIVE_TRANSACTION_H

#include "mail/envelope.h"
#include "receive/data.h"
#include "store/spool.h"

enum { TRANSACTION_RECIPIENTS_MAX = 100 }; /* RFC 5321 4.5.3.1.8: at least so many */

struct recipient {
        char *path;    /* as it came */
        char *address; /* folded; "" when the path is no address */
        bool too_big;  /* the message is, for this one: transaction_mark_too_big() */
};

struct transaction {
        uint8_t id[SPOOL_ID_BYTES]; /* random: names the message in the spool and in every log */
        char log_id[LOG_ID_CHARS + 1];
        char *mail_from;        /* "" for the null return path */
        uint64_t declared_size; /* SIZE=; 0: not told */
        bool smtputf8;
        GArray *recipients; /* struct recipient */
        struct data *data;  /* from DATA on */
};

/* What bounds the size of a message: the server's limit, and lower ones that public lists have. */
struct size_rule {
        size_t server;
        size_t (*limit_of)(void *user, const char *address); /* 0: none of its own */
        void *user;
};

struct transaction *transaction_new(void);
void transaction_free(struct transaction *transaction);

void transaction_add_recipient(struct transaction *transaction, const char *path, const char *address);
bool transaction_is_full(const struct transaction *transaction);
const struct recipient *transaction_recipient(const struct transaction *transaction, guint i);

/* Whether a size is beyond the limit of every recipient. */
bool transaction_is_too_big(const struct transaction *transaction, uint64_t size, const struct size_rule *rule);
/* Marks those recipients whose limit it is beyond. */
void transaction_mark_too_big(struct transaction *transaction, uint64_t size, const struct size_rule *rule);

/* Moves path, recipients (without marked ones) and what was kept of the data into a new envelope, which the caller
 * completes and frees. */
struct envelope *transaction_envelope(struct transaction *transaction);

#endif
