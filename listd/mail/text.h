/* text.h - what of a post readers get: text, and files that the list lets through; and what is cut */
#ifndef LISTD_MAIL_TEXT_H
#define LISTD_MAIL_TEXT_H

#include "mail/message.h"
#include "mail/transfer.h"

struct charset;
struct render_facts;

/* Text that stays, decoded from its transfer encoding, in its own charset, in lines that end in CRLF. */
struct text_piece {
        GBytes *bytes;
        GString *html;                 /* the same as sanitised HTML (sanitise.h); "": another piece's says it; NULL: there is none */
        char *label;                   /* of its charset, as it came or as guessed; NULL: cannot be told */
        const struct charset *charset; /* NULL: not known to listd */
        enum transfer transfer;        /* as it came */
        bool is_flowed, is_delsp;      /* RFC 3676 */
};

/* A file that the list lets through (kind.h). */
struct text_file {
        char *type;
        char *name; /* for people: one line of UTF-8, no path, no address; may be "" */
        GBytes *bytes; /* decoded */
};

struct text {
        GPtrArray *pieces; /* struct text_piece, in the order of the post */
        GPtrArray *files;  /* struct text_file, in the order of the post */
        GPtrArray *parts;  /* struct render_part: every part, and what became of it */
        size_t size;       /* octets of all pieces */
        bool empty;        /* there is nothing in them that a reader can see */
};

/* ERR_PERM: this cannot be distributed at all (encrypted, a fragment), or a budget is exceeded. Free with text_free(). */
MUST_USE bool text_read(struct text **ret_text, const struct message *message, const struct render_facts *facts,
                        struct err *ret_err);
void text_free(struct text *text);

#endif
