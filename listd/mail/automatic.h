/* automatic.h - is this mail written by a program? (leaks X4, RFC 3834, RFC 5230, RFC 3464)
 * Automatic mail is never executed and never answered. */
#ifndef LISTD_MAIL_AUTOMATIC_H
#define LISTD_MAIL_AUTOMATIC_H

#include "mail/message.h"

enum automatic {
        AUTOMATIC_NOT,
        AUTOMATIC_REPORT,    /* a delivery or disposition report, an abuse report, or a null return path */
        AUTOMATIC_REPLY,     /* an out-of-office or other responder */
        AUTOMATIC_GENERATED, /* made by a program on its own; a subscribed bot may still post */
        AUTOMATIC_LIST,      /* came from a mailing list */
        AUTOMATIC_SUSPECT,   /* a responder, by its subject alone: may be held for that, never lost */
        AUTOMATIC_BULK       /* Precedence: bulk or list and no more: post it as anybody's, but never answer it */
};

/* `mail_from` is the envelope's ("" for null). *ret_why (may be NULL) is the field or fact that told, a constant text; NULL
 * for AUTOMATIC_NOT. */
enum automatic automatic_class(const struct message *message, const char *mail_from, const char **ret_why);

#endif
