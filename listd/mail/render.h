/* render.h - from a post to the one sanitised copy that readers, archive and digests get (leaks L1 to L5, L9)
 * What goes out is built from an allow-list. An ordered table of edits makes header and body; text stays, everything
 * else is cut with a notice. */
#ifndef LISTD_MAIL_RENDER_H
#define LISTD_MAIL_RENDER_H

#include "mail/message.h"

struct address;
struct keyring;
struct list;

struct render_facts {
        const struct list *list;
        const struct keyring *keyring; /* the map of Message-IDs */
        const struct address *author;
        const char *author_name; /* UTF-8 from the post's From, may be "" */
        const char *timezone;    /* the list's or the server's */
        const char *hostname;
        int64_t number;
        int addresses; /* enum conf_addresses: how command addresses are written */
};

struct render_part {
        char *place; /* "1" is the message, "1.2" the second part of it; what stood within a text has that text's */
        char *type; /* as labelled: "image/png" */
        char *name; /* for people, cleaned; may be "" */
        size_t size; /* octets, decoded */
        bool kept;
        bool opened; /* a multipart or message: its parts are told below it */
        bool noticed; /* told in the notice of what was cut */
        char *why; /* a few words: "text", "not text", "html, as text" */
};

struct rendered {
        GBytes *message;  /* header and body, CRLF */
        GPtrArray *parts; /* struct render_part, in the order of the post */
        GPtrArray *dropped_fields; /* char *: names of fields that did not pass */
        size_t text_size; /* octets of readable text left, before the footer (setting max_text) */
        bool empty;       /* no readable text is left */
};

/* ERR_PERM: the post cannot be made fit to distribute (encrypted, message/partial, broken beyond reading); it is held
 * with that reason. Free with rendered_free(). */
MUST_USE bool render_post(struct rendered **ret_rendered, const struct message *message, const struct render_facts *facts,
                          struct err *ret_err);
void rendered_free(struct rendered *rendered);

#endif
