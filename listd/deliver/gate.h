/* gate.h - the one gate out: what libESMTP is handed (leaks X7, X8)
 * libESMTP checks nothing: it writes an address as it stands, passes a bare LF on without dot-stuffing, and drops, adds
 * or doubles header fields by rules of its own. What passes here arrives at the relay octet for octet. */
#ifndef LISTD_DELIVER_GATE_H
#define LISTD_DELIVER_GATE_H

#include <glib.h>

#include "base/err.h"

enum { GATE_LINE_MAX = 998, GATE_PATH_MAX = 254 }; /* RFC 5321 4.5.3.1.6 without CRLF; 4.5.3.1.3 without <> */

/* A message that passed. */
struct gate_message {
        GBytes *bytes;
        size_t body; /* where the body begins: behind the empty line */
        bool is_8bit;
};

/* One mailbox: local part (dot-atom or quoted, in ASCII or, as RFC 6531 3.3 has it, in UTF-8), @, domain or literal in ASCII. ERR_PERM
 * says what is wrong. */
MUST_USE bool gate_address(const char *address, struct err *ret_err);

/* A header and a body: CRLF lines only, of at most GATE_LINE_MAX octets, no NUL, an empty line between, and the fields
 * such that libESMTP changes none. References the bytes; gate_message_clear() lets go of them. */
MUST_USE bool gate_message(struct gate_message *ret_message, GBytes *bytes, struct err *ret_err);
void gate_message_clear(struct gate_message *message);

/* Header lines that are put before a message: complete fields, CRLF at the end, in ASCII. May be empty. */
MUST_USE bool gate_head(const char *head, size_t length, struct err *ret_err);

#endif
