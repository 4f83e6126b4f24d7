/* sandbox.h - takes from a role, for good, what it does not need: files, network, system calls */
#ifndef LISTD_BASE_SANDBOX_H
#define LISTD_BASE_SANDBOX_H

#include "base/conf.h"

enum sandbox_profile {
        SANDBOX_RECEIVE, /* DATA/spool, read and write; sockets that are open already; new ones for UDP where [guard] dnsbl is set */
        SANDBOX_HANDLE,  /* DATA, read and write; the system's files, read; no sockets */
        SANDBOX_DELIVER, /* DATA, read and write; the system's files, read; outgoing connections, threads */
        SANDBOX_FETCH,   /* DATA/spool, read and write; the system's files, read; outgoing connections, threads */
        SANDBOX_PROFILES
};

/* Confines the process as far as this kernel can; call it before there are threads, with everything open that the
 * profile does not open. False when a part could not be applied: *ret_err says which, and the rest is in force. */
MUST_USE bool sandbox_enter(enum sandbox_profile profile, const struct conf *conf, struct err *ret_err);

/* The same as [server] sandbox asks: what could not be applied is logged; false where it must be. For the roles' mains. */
MUST_USE bool sandbox_confine(enum sandbox_profile profile, const struct conf *conf);

/* Whether sandbox_enter() would succeed here; changes nothing. For `listctl check config`. */
MUST_USE bool sandbox_available(struct err *ret_err);

#endif
