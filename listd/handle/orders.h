/* orders.h - the lines of an owner's mail, taken apart: commands, and the addresses below `add` and `remove` */
#ifndef LISTD_HANDLE_ORDERS_H
#define LISTD_HANDLE_ORDERS_H

#include "handle/desk.h"

struct order {
        struct request request;
        GString *below; /* lines of addresses */
};

/* A GPtrArray of struct order that frees them. What is no command of an owner's, nor below one that takes lines, is passed over. */
GPtrArray *orders_read(const struct desk *desk, const char *lines);
bool order_takes_lines(const struct order *order); /* `add`, `remove`; NULL does not */

/* Adds or removes who stands in the lines below, or only counts them; says how many in `lang`, and what is wrong with which line. */
MUST_USE bool order_roster(GString *out, const struct desk *desk, int lang, const struct order *order, bool is_preview,
                           struct err *ret_err);

#endif
