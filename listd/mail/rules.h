/* rules.h - what becomes of each part of a post (requirement A3) */
#ifndef LISTD_MAIL_RULES_H
#define LISTD_MAIL_RULES_H

#include "mail/parts.h"

enum fate {
        FATE_KEEP,
        FATE_CONVERT,   /* from HTML, and keep */
        FATE_PASS,      /* a file that the list lets through: no rule says so, kind.c does */
        FATE_CUT,       /* and tell in the notice */
        FATE_CUT_STILL, /* readers miss nothing by it */
        FATE_OPEN,      /* a multipart or message: its parts are judged one by one */
        FATE_REFUSE
};

struct part_rule {
        const char *type; /* a whole one, or "kind/" for all of a kind, or "" */
        bool (*test)(const GPtrArray *parts, const struct part *part); /* NULL: no test */
        enum fate fate;
        const char *why; /* a few words */
};

/* The rule that decides about one of `parts` (parts_read). */
const struct part_rule *rule_for(const GPtrArray *parts, const struct part *part);

/* The form within the alternative or message that stands at `index`, at any depth, which readers get: the first plain text that says
 * something, else HTML, else plain text. NULL: there is neither. */
const struct part *rule_best_form(const GPtrArray *parts, guint index);

/* Whether a part is HTML that says again what a plain text says, in another form of one alternative. */
bool rule_is_beside(const GPtrArray *parts, const struct part *html);
/* All HTML beside the plain text, in order: a program may cut it in pieces, with pictures between them. What stands beside several
 * texts stands beside each of them. The caller unrefs. */
GPtrArray *rule_html_forms(const GPtrArray *parts, const struct part *text);
/* Whether it is the plain text that an alternative is read by; others of its form come behind it. */
bool rule_is_best_form(const GPtrArray *parts, const struct part *text);

/* What the part stands in; NULL for the message itself. */
const struct part *rule_parent(const GPtrArray *parts, const struct part *part);

#endif
