/* embed.h - what is no text within text: files as uuencode, BinHex and yEnc, and the blocks of OpenPGP (requirement A3) */
#ifndef LISTD_MAIL_EMBED_H
#define LISTD_MAIL_EMBED_H

#include <glib.h>

#include "base/err.h"

/* A run of lines that was cut. */
struct embed {
        const char *type; /* "application/x-uuencode" */
        const char *why;  /* a word or two */
        char *name;       /* of a file, octets as they stood; "": none */
        size_t size;      /* octets of the run */
        bool is_told;     /* readers miss something by it */
};

/* Cuts from text in lines that end in CRLF, in any charset that holds ASCII; nothing is decoded. Text that is clear-signed
 * stays, without its armour. *ret_text is a new reference to `text` when there is nothing of that; *ret_found are the
 * struct embed, in order. ERR_PERM: there is encrypted text in it. The caller frees both. */
MUST_USE bool embed_cut(GBytes **ret_text, GPtrArray **ret_found, GBytes *text, struct err *ret_err);

#endif
