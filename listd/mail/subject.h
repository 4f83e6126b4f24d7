/* subject.h - the Subject of the copy: `[ml:00012] Re: ` and the rest as it came (requirement A12) */
#ifndef LISTD_MAIL_SUBJECT_H
#define LISTD_MAIL_SUBJECT_H

#include <stdint.h>

struct address;

struct subject_facts {
        const char *tag;              /* the setting, ${name} filled in: at most one %d or %0Nd is the number; "": none */
        int64_t number;
        const struct address *hidden; /* whose address must not stand in it; NULL: nobody's */
};

/* `value` is the post's field, unfolded, or NULL. Old tags of the list and "Re:" in all its forms at the beginning become
 * one tag and one "Re: "; what comes behind is byte for byte as it was, unless one of them, the hidden address or raw
 * octets were in it: then it is encoded anew, in its charset. Returns what header_add() takes; "" when nothing is left. The
 * caller frees. */
char *subject_edit(const struct subject_facts *facts, const char *value);

#endif
