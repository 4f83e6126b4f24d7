/* disk.h - whether the disk has room for mail that comes
 * [receive] min_free octets are left for what handle and deliver still have to write of the mail that was taken: so who brings mail is
 * told while the server can still work, and not when it can no more (RFC 5321 4.2.2, RFC 1870 6.1). */
#ifndef LISTD_BASE_DISK_H
#define LISTD_BASE_DISK_H

#include <stdint.h>

#include "base/conf.h"

/* A descriptor of the spool's folder, to be opened before the sandbox closes; the caller closes it. -1: it cannot be opened. */
int disk_open(const struct conf *conf);

/* Whether a message of so many octets (0: not told) can be taken. *ret_left is what a process without privileges may still write there;
 * what cannot be told (a folder of -1 too) is UINT64_MAX, so that nobody is refused for it. */
bool disk_has_room(int folder, const struct conf *conf, uint64_t octets, uint64_t *ret_left);

#endif
