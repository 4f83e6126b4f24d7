/* reply.c - every reply that a client can ever get
 * Gives:     reply_text()
 * Fails:     never
 * Standards: RFC 5321 4.2 (codes), RFC 2034 and 3463 (enhanced codes; none on 354 and on answers to EHLO, RFC 2034 4) */
#include "receive/reply.h"

#include <stddef.h>

static const struct {
        const char *text;
        const char *to_trusted; /* NULL: the same */
} TEXTS[REPLIES] = {
        [REPLY_HELP] = { "214 2.0.0 see RFC 5321" },
        [REPLY_TLS_READY] = { "220 2.0.0 ready" },
        [REPLY_BYE] = { "221 2.0.0 bye" },
        [REPLY_OK] = { "250 2.0.0 ok" },
        [REPLY_SENDER_OK] = { "250 2.1.0 ok" },
        [REPLY_RECIPIENT_OK] = { "250 2.1.5 ok" },
        [REPLY_ACCEPTED] = { "250 2.0.0 accepted" },
        [REPLY_NOT_VERIFIED] = { "252 2.0.0 not verified" },
        [REPLY_SEND_DATA] = { "354 end with a dot on a line of its own" },
        [REPLY_TOO_MANY_SESSIONS] = { "421 4.3.2 too many sessions, try again later" },
        [REPLY_SHUTDOWN] = { "421 4.3.2 shutting down" },
        [REPLY_TIMEOUT] = { "421 4.4.2 timed out" },
        [REPLY_TOO_MANY_ERRORS] = { "421 4.7.0 too many errors" },
        [REPLY_TOO_MANY_COMMANDS] = { "421 4.7.0 too much for one session" },
        [REPLY_TOO_MUCH_FROM_YOU] = { "421 4.7.0 too much from your network, try again later" },
        [REPLY_TRY_LATER] = { "451 4.3.0 try again later" },
        [REPLY_NO_ROOM] = { "452 4.3.1 no room for it now, try again later" },
        [REPLY_TOO_MANY_RECIPIENTS] = { "452 4.5.3 too many recipients" },
        [REPLY_UNKNOWN_COMMAND] = { "500 5.5.1 unknown command" },
        [REPLY_BAD_LINE] = { "500 5.5.2 not a command line", "451 4.5.2 not a command line" },
        [REPLY_LONG_LINE] = { "500 5.5.2 line too long", "451 4.5.2 line too long" },
        [REPLY_NO_HELO_NAME] = { "501 a host name is needed" },
        [REPLY_BAD_ARGUMENT] = { "501 5.5.4 bad argument", "451 4.5.4 bad argument" },
        [REPLY_BAD_SENDER] = { "501 5.1.7 bad sender address", "451 4.1.7 bad sender address" },
        [REPLY_BAD_RECIPIENT] = { "501 5.1.3 bad recipient address", "451 4.1.3 bad recipient address" },
        [REPLY_NOT_IMPLEMENTED] = { "502 5.5.1 not implemented" },
        [REPLY_BAD_SEQUENCE] = { "503 5.5.1 bad sequence of commands", "451 4.5.1 bad sequence of commands" },
        [REPLY_NO_SUCH_ADDRESS] = { "550 5.1.1 no such address", "451 4.1.1 no such address" },
        [REPLY_RELAYING_DENIED] = { "550 5.7.1 relaying denied", "451 4.7.1 relaying denied" },
        [REPLY_BAD_BYTES] = { "550 5.6.0 bare CR, bare LF or NUL" },
        [REPLY_NO_FROM] = { "550 5.6.0 no From field" },
        [REPLY_TOO_BIG] = { "552 5.3.4 message too big" },
        [REPLY_NEEDS_SMTPUTF8] = { "553 5.6.7 SMTPUTF8 is needed" },
        [REPLY_SPOKE_EARLY] = { "554 5.5.1 wait for the greeting" },
        [REPLY_NOT_FROM_YOU] = { "554 5.7.1 not accepted from your network; postmaster is" },
        [REPLY_LOOP] = { "554 5.4.6 too many Received fields" },
        [REPLY_BAD_PARAMETER] = { "555 5.5.4 parameter not supported", "451 4.5.4 parameter not supported" },
};

const char *reply_text(enum reply reply, bool to_trusted)
{
        if (to_trusted && TEXTS[reply].to_trusted)
                return TEXTS[reply].to_trusted;
        return TEXTS[reply].text;
}
