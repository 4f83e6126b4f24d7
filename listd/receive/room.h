/* room.h - whether the disk has room for one more message
 * [receive] min_free octets are left for what handle and deliver still have to write of the mail that was taken: so a client
 * is told 452 while the server can still work, and not when it can no more (RFC 5321 4.2.2, RFC 1870 6.1). */
#ifndef LISTD_RECEIVE_ROOM_H
#define LISTD_RECEIVE_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/conf.h"
#include "base/err.h"

struct room;

/* Of the spool; `conf` is borrowed. To be opened before the sandbox closes. */
MUST_USE bool room_open(struct room **ret_room, const struct conf *conf, struct err *ret_err);
void room_close(struct room *room);

/* Whether a message of so many octets (0: not told) can be taken. The first no, and the first yes after it, are logged. */
bool room_has(struct room *room, uint64_t octets);

#endif
