/* decoy.h - what the decoy was given: kept as evidence, and delivered nowhere (requirement C6) */
#ifndef LISTD_HANDLE_DECOY_H
#define LISTD_HANDLE_DECOY_H

#include "handle/work.h"

enum {
        DECOY_FORWARD_OCTETS_MAX = 16 * 1024,
        DECOY_FORWARDS_A_DAY = 5 /* of all networks together */
};

/* Keeps the whole envelope. Of the first message of a network ever, with [guard] decoy_forward_first, one copy goes to the first
 * recipient. No list and no address of ours is looked at. In the transaction of the caller. */
MUST_USE bool decoy_take(struct work *work, struct err *ret_err);

#endif
