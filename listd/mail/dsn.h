/* dsn.h - mail that says what became of other mail: delivery reports (RFC 3464, 6522, 6533), complaints (RFC 5965), and what
 * programs wrote and write instead. Anybody can write such a mail: it says nothing about who is a member (leaks X5). */
#ifndef LISTD_MAIL_DSN_H
#define LISTD_MAIL_DSN_H

#include "mail/message.h"

enum {
        DSN_RECIPIENTS_MAX = 32,
        DSN_TEXT_MAX = 64 * 1024, /* octets that are looked at, of what is for people and of what is for programs */
        DSN_LINES_MAX = 1000
};

/* What a report says; delays and deliveries are no failures (leaks X6). */
enum dsn_kind { DSN_NONE, DSN_FAILURE, DSN_DELAYED, DSN_DELIVERED, DSN_FEEDBACK, DSN_AUTOMATIC };
enum dsn_lasting { LASTING_UNKNOWN, LASTING_PERMANENT, LASTING_TEMPORARY };
/* Why, as far as that can be told. */
enum dsn_cause {
        CAUSE_UNKNOWN,
        CAUSE_NO_MAILBOX,
        CAUSE_FULL,
        CAUSE_DISABLED,
        CAUSE_SIZE,
        CAUSE_SPAM,
        CAUSE_POLICY,
        CAUSE_NO_HOST,
        CAUSE_NETWORK
};
extern const char *const DSN_KIND_WORDS[]; /* by number, NULL at the end */
extern const char *const DSN_CAUSE_WORDS[];

struct address;
struct dsn_recipient {
        struct address *address;
        enum dsn_kind kind;
        enum dsn_lasting lasting;
        enum dsn_cause cause;
        int status[3]; /* RFC 3463; 0.0.0: none was told */
};
struct dsn {
        enum dsn_kind kind;  /* the gravest of its recipients' */
        const char *recogniser; /* a constant; NULL for DSN_NONE */
        struct dsn_recipient recipients[DSN_RECIPIENTS_MAX];
        size_t count; /* may be 0: a report that names nobody */
};

/* Never fails: what cannot be understood is DSN_NONE. Linear in the message, within the budgets above and those of
 * parts.h. Clear with dsn_clear(). */
void dsn_read(struct dsn *ret_dsn, const struct message *message);
void dsn_clear(struct dsn *dsn);

/* The names of all recognisers in the order in which they are asked; NULL past the end. */
const char *dsn_recogniser(size_t index);

/* What a diagnostic text says by itself, and with the status (RFC 3463) that it begins with, if it does. */
enum dsn_cause dsn_cause_of_text(const char *text);
/* The same with a status that is known; 0.0.0: none is. */
enum dsn_cause dsn_cause(const int status[3], const char *text, size_t length);

#endif
