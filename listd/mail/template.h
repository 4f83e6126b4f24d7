/* template.h - the texts that listd sends: templates/LANG/NAME.txt, compiled in, and what a site puts in their place
 * A template is "Subject: ..." and, behind an empty line, the text. In both `${name}` is a value, and
 * `${if name}...${else}...${end}` depends on whether there is one; not nested. A line of its own that holds only such a
 * mark is no line of the text. */
#ifndef LISTD_MAIL_TEMPLATE_H
#define LISTD_MAIL_TEMPLATE_H

#include <glib.h>

#include "base/err.h"

struct conf;
struct list;

enum { TEMPLATE_MAX = 32 * 1024 }; /* octets of a file */

struct template_kind {
        const char *name;
        const char *values; /* what it may name, beside TEMPLATE_COMMON; parted by blanks */
        const char *what;   /* what it is for, one line */
};
/* Ends with a row whose name is NULL. */
extern const struct template_kind TEMPLATES[];
/* Every template may name these: title, address, request, owner, hostname. */
extern const char TEMPLATE_COMMON[];

/* A text as it is compiled in; `lang` is enum list_lang. NULL: there is none of that name. */
const char *template_builtin(const char *name, int lang);

/* Where a site's own text stands: FOLDER/NAME@DOMAIN/LANG/NAME.txt, or with `list` NULL FOLDER/LANG/NAME.txt. The caller
 * frees. */
char *template_path(const struct conf *conf, const struct list *list, int lang, const char *name);

/* ERR_PERM: what is wrong with the text of a template, and in which line. */
MUST_USE bool template_check(const char *name, const char *text, struct err *ret_err);

/* The list's own text, else the site's, else the one that is compiled in; the latter also, with a line in the log, when
 * theirs cannot be used: a letter is never lost for a text. `values` maps names to UTF-8; a name without value is empty. */
void template_fill(const struct conf *conf, const struct list *list, int lang, const char *name, GHashTable *values,
                   char **ret_subject, char **ret_text);

#endif
