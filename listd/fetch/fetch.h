/* fetch.h - the role that takes mail from mailboxes: into the spool, as `receive` does
 * It has passwords and the network, and opens spool.db and nothing else: it knows no roster. */
#ifndef LISTD_FETCH_FETCH_H
#define LISTD_FETCH_FETCH_H

#include "base/handover.h"

role_main fetch_main;

#endif
