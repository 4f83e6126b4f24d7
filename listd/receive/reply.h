/* reply.h - every reply that a client can ever get, except the banner and the answer to EHLO and LHLO
 * The texts are constants: nothing that came from outside is in one, and equal cases get equal bytes (leaks O1,
 * requirements B1, B4). */
#ifndef LISTD_RECEIVE_REPLY_H
#define LISTD_RECEIVE_REPLY_H

#include <stdbool.h>

enum reply {
        REPLY_HELP,
        REPLY_TLS_READY,
        REPLY_BYE,
        REPLY_OK,
        REPLY_SENDER_OK,
        REPLY_RECIPIENT_OK,
        REPLY_ACCEPTED,
        REPLY_NOT_VERIFIED,
        REPLY_SEND_DATA,
        REPLY_TOO_MANY_SESSIONS,
        REPLY_SHUTDOWN,
        REPLY_TIMEOUT,
        REPLY_TOO_MANY_ERRORS,
        REPLY_TOO_MANY_COMMANDS,
        REPLY_TOO_MUCH_FROM_YOU,
        REPLY_TRY_LATER,
        REPLY_NO_ROOM,
        REPLY_TOO_MANY_RECIPIENTS,
        REPLY_UNKNOWN_COMMAND,
        REPLY_BAD_LINE,
        REPLY_LONG_LINE,
        REPLY_NO_HELO_NAME,
        REPLY_BAD_ARGUMENT,
        REPLY_BAD_SENDER,
        REPLY_BAD_RECIPIENT,
        REPLY_NOT_IMPLEMENTED,
        REPLY_BAD_SEQUENCE,
        REPLY_NO_SUCH_ADDRESS,
        REPLY_RELAYING_DENIED,
        REPLY_BAD_BYTES,
        REPLY_NO_FROM,
        REPLY_TOO_BIG,
        REPLY_NEEDS_SMTPUTF8,
        REPLY_SPOKE_EARLY,
        REPLY_NOT_FROM_YOU,
        REPLY_LOOP,
        REPLY_BAD_PARAMETER,
        REPLIES
};

/* The line without CRLF. A trusted client is an MTA that has taken the mail already: a 5xx would make it send a bounce,
 * so whatever concerns a message is told to it with a 4xx, which stays in its queue where its admin sees it. */
const char *reply_text(enum reply reply, bool to_trusted);

#endif
