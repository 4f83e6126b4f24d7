/* answer.h - what a mailbox server lists: lines of POP3 and IMAP, read without trust */
#ifndef LISTD_FETCH_ANSWER_H
#define LISTD_FETCH_ANSWER_H

#include <glib.h>
#include <stdint.h>

#include "store/pickup.h"

enum { ANSWER_MESSAGES_MAX = 100000 /* of one mailbox; the rest comes next time */ };

/* A message in a mailbox. */
struct listed {
        int64_t number; /* of POP3, good for one session */
        int64_t size;   /* octets; -1: not told */
        char uid[PICKUP_UID_MAX + 1];
};

/* "1 uid" lines of UIDL (RFC 1939 7), in their order: a GArray of struct listed. What is no such line is left out. */
GArray *answer_uidl(const char *text, size_t length);
/* "1 4711" lines of LIST: sizes by number. */
void answer_sizes(GArray *listed, const char *text, size_t length);
/* "* 1 FETCH (UID 5 RFC822.SIZE 4711)" lines (RFC 9051 7.5.2): a GArray of struct listed. */
GArray *answer_fetch(const char *text, size_t length);
/* "* SEARCH 2 84 882" (RFC 9051 7.3.4 and before): identifiers in their order, a GArray of int64_t. */
GArray *answer_search(const char *text, size_t length);
/* The number behind UIDVALIDITY in an answer to STATUS or SELECT; "" when there is none. The caller frees. */
char *answer_validity(const char *text, size_t length);

#endif
