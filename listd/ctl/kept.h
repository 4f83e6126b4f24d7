/* kept.h - one message that waits for a person, as listctl reads and shows it */
#ifndef LISTD_CTL_KEPT_H
#define LISTD_CTL_KEPT_H

#include "ctl/ctl.h"
#include "mail/envelope.h"
#include "store/held.h"

struct kept {
        struct held *held;
        struct list *list;         /* NULL: of no list */
        struct envelope *envelope; /* NULL: the octets are none, which is why it failed */
};

/* ERR_NOT_FOUND when there is none of that kind and id. ret_kept is to be cleared, on failure too. */
MUST_USE bool kept_get(struct ctl *ctl, enum held_kind kind, const char *id, struct kept *ret_kept, struct err *ret_err);
void kept_clear(struct kept *kept);

/* What a person decides by; each NULL when it cannot be told. The caller clears. */
struct gist {
        char *sender, *subject;
        const char *recipient; /* borrowed from the envelope */
};
void gist_of(const struct kept *kept, struct gist *ret_gist);
void gist_clear(struct gist *gist);

/* The verbs show and discard. */
void kept_put(struct output *output, const struct kept *kept);
MUST_USE bool kept_discard(struct ctl *ctl, enum held_kind kind, struct err *ret_err);

/* Puts an envelope (`sealed`: it is a box already) into the spool, as if it had come now. */
MUST_USE bool kept_to_spool(struct ctl *ctl, const struct held *held, GBytes *octets, bool sealed, struct err *ret_err);

#endif
