/* ticket.h - sealed identifiers: what leaves listd and comes back (leaks L6, L7, requirement E4)
 * A ticket is 32 characters of lower-case base32 (RFC 4648, a-z2-7): 10 octets of masked payload and a MAC of 80 bits.
 * It names nothing to who has no key: two tickets for neighbouring members look unrelated. It is bound to its kind and
 * its list, survives case folding, and no keyword has its length. */
#ifndef LISTD_BASE_TICKET_H
#define LISTD_BASE_TICKET_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct keyring;

enum { TICKET_CHARS = 32, TICKET_CONTEXT_MAX = (1 << 24) - 1 };

/* The letters go into the MAC: never change one. */
enum ticket_kind {
        TICKET_BOUNCE = 'b',  /* a return path: subject is a member, context the post's number */
        TICKET_BATCH = 'g',   /* a return path of several: subject is the member with the least id, context how far the last one is */
        TICKET_OFF = 'o',     /* leave, no question asked: subject is a member */
        TICKET_CONFIRM = 'c', /* an answer to a question of ours */
        TICKET_ALIAS = 'a',   /* an author's alias */
        TICKET_PROBE = 'p'    /* a mail of ours to ourselves (handle/roundtrip.h): subject is random */
};

struct ticket {
        int64_t subject;  /* 0 to 2^40 - 1 */
        uint32_t context; /* 0 to TICKET_CONTEXT_MAX, higher bits are cut */
        uint16_t day;     /* days since 1970 */
};

/* Writes TICKET_CHARS characters and a NUL. */
void ticket_seal(const struct keyring *keyring, enum ticket_kind kind, int64_t list_id, const struct ticket *ticket,
                 char ret_text[TICKET_CHARS + 1]);

/* False when it is forged, of another kind or of another list; never says which. */
MUST_USE bool ticket_open(const struct keyring *keyring, enum ticket_kind kind, int64_t list_id, const char *text,
                          struct ticket *ret_ticket);

/* Whether a text has the form of a ticket; all that `receive` can know of one. */
bool ticket_has_form(const char *text, size_t length);

/* Lower-case base32 without padding; for random ids too. Writes ceil(length * 8 / 5) characters and a NUL. */
void base32_encode(const uint8_t *bytes, size_t length, char *ret_text);

#endif
