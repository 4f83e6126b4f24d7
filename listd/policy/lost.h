/* lost.h - what may be meant by mail to an address that does not exist: facts in, group and suggestion out (requirement B3)
 * Suggested are addresses of public lists and of the site alone. The admin who reads them may know of private lists; but what is
 * suggested is kept, reported by mail and taken by a `forward` without an address, and a stranger's mail shall come to a private
 * list only when somebody wrote its name. */
#ifndef LISTD_POLICY_LOST_H
#define LISTD_POLICY_LOST_H

#include <glib.h>

#include "mail/address.h"
#include "mail/automatic.h"
#include "store/lost.h"

enum {
        LOST_RECIPIENTS_MAX = 5, /* a person writes to so many wrong addresses at once */
        LOST_NAMES_MAX = 3       /* and sends the same words to so many */
};

struct lost_facts {
        const char *local;      /* of the recipient as it came; NULL: it is no address at all */
        const char *domain;
        const GPtrArray *lists; /* const char *: names of the public lists of that domain */
        char separator;         /* which listd writes before a door: - or + */
        enum automatic automatic;
        bool has_author;        /* exactly one From */
        bool is_spam, is_label; /* policy/marks.h */
        const char *probe;      /* the name of a probe pattern that matched; NULL: none did */
        guint recipients;       /* of the message, as far as they are ours */
        int64_t names;          /* different recipients of the same mail lately */
};

struct lost_verdict {
        enum lost_group group;
        enum lost_print known_by;         /* the loosest print by which another one is the same: PRINT_COPY for what a person may
                                             have written, which is not given up for another message */
        char suggestion[ADDRESS_MAX + 1]; /* "": none */
        char reason[160];                 /* one line, without an address */
};

void lost_judge(const struct lost_facts *facts, struct lost_verdict *ret_verdict);

/* How many letters must be put in, left out, changed or exchanged with their neighbour to make one text of the other (optimal string
 * alignment): at most `most`, else most + 1. Texts longer than ADDRESS_LOCAL_MAX are that far from all. */
unsigned lost_distance(const char *a, const char *b, unsigned most);

#endif
