/* dnsbl.h - DNS blocklists, for other commands */
#ifndef LISTD_CTL_DNSBL_H
#define LISTD_CTL_DNSBL_H

#include "ctl/ctl.h"
#include "store/spool.h"

/* The table `blocklists`: which of them the receiver asks, since when, and why not. For people only when there are some. */
MUST_USE bool ctl_put_blocklists(struct ctl *ctl, struct spool *spool, struct err *ret_err);

#endif
