/* deny.h - what the commands of `listctl deny` share: ctl/deny*.c only */
#ifndef LISTD_CTL_DENY_H
#define LISTD_CTL_DENY_H

#include "ctl/ctl.h"
#include "policy/deny.h"

/* --for in seconds; 0: for good. */
MUST_USE bool ctl_deny_span(const struct ctl *ctl, int64_t *ret_span, struct err *ret_err);
/* "for 30d", "for good". The caller frees. */
char *ctl_deny_span_words(int64_t span);
/* The list of a label, which belongs to `lists`; NULL: a label of ours. */
const struct deny_list *ctl_deny_find_list(const GPtrArray *lists, const char *label);

#endif
