/* known.h - whether an address of ours may be refused as unknown */
#ifndef LISTD_RECEIVE_KNOWN_H
#define LISTD_RECEIVE_KNOWN_H

#include "store/spool.h"

/* False: its domain tells what exists (no_bounce = off), and this does not. What cannot be read is taken, and kept when it
 * does not exist. `domain` is an A-label in lower case. */
bool known_address(struct spool *spool, const char *local, const char *domain);

#endif
