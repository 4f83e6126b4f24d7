/* dsn_inside.h - what the recognisers of reports share */
#ifndef LISTD_MAIL_DSN_INSIDE_H
#define LISTD_MAIL_DSN_INSIDE_H

#include "mail/dsn.h"

/* What a report says to people, as UTF-8 with LF lines, up to the message that it gives back; and the same as one line.
 * Small letters are ASCII's only, so that places in one are places in the other. */
struct dsn_text {
        const struct message *message;
        GPtrArray *parts; /* NULL: its parts cannot be read */
        GString *text, *lower;
        GString *flat, *flat_lower;
        GString *machine;  /* fields for programs, LF lines; "" */
        GString *feedback; /* RFC 5965; "" */
        GString *original; /* what can be seen of the header of the message that comes back */
        GPtrArray *ours;   /* folded addresses that the report is to and from: no recipients, unless the place is sure */
        bool is_sure;      /* of the recogniser that is asked */
};
/* `takes_inner`: parts of messages in it count as parts of the report. */
void dsn_text_open(struct dsn_text *ret_text, const struct message *message, bool takes_inner);
void dsn_text_close(struct dsn_text *text);
bool dsn_text_has(const struct dsn_text *text, const char *phrase); /* small letters, blanks single */

/* An address that begins here, after what may stand before it (<, quotes, stars). *ret_end is behind it. NULL: none. */
struct address *dsn_address(const char *at, const char *end, const char **ret_end);

/* Adds a recipient once; takes the address. What is said about it is in (about, length). */
void dsn_add(struct dsn *dsn, const struct dsn_text *text, struct address *address, enum dsn_kind kind,
                const char *about, size_t length);

/* Recognisers: true when the report is theirs. */
bool dsn_machine(struct dsn *dsn, const struct dsn_text *text);
bool dsn_feedback(struct dsn *dsn, const struct dsn_text *text);
bool dsn_exim(struct dsn *dsn, const struct dsn_text *text);
bool dsn_exchange(struct dsn *dsn, const struct dsn_text *text);
bool dsn_aol(struct dsn *dsn, const struct dsn_text *text);
bool dsn_notification(struct dsn *dsn, const struct dsn_text *text);
bool dsn_automatic(struct dsn *dsn, const struct dsn_text *text);
bool dsn_paragraphs(struct dsn *dsn, const struct dsn_text *text);
bool dsn_listed(struct dsn *dsn, const struct dsn_text *text);
bool dsn_phrases(struct dsn *dsn, const struct dsn_text *text);
bool dsn_subject(struct dsn *dsn, const struct dsn_text *text);
bool dsn_transcript(struct dsn *dsn, const struct dsn_text *text);
bool dsn_json(struct dsn *dsn, const struct dsn_text *text);
bool dsn_original(struct dsn *dsn, const struct dsn_text *text);

/* Whether its words are about mail that still waits. */
bool dsn_is_warning(const struct dsn_text *text);

#endif
