/* room.h - whether there is room for one more message (base/disk.h), told to the admin when that changes */
#ifndef LISTD_RECEIVE_ROOM_H
#define LISTD_RECEIVE_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/conf.h"

struct room;

/* `conf` is borrowed. To be made before the sandbox closes. */
struct room *room_new(const struct conf *conf);
void room_free(struct room *room);

/* Whether a message of so many octets (0: not told) can be taken. The first no, and the first yes after it, are logged. */
bool room_has(struct room *room, uint64_t octets);

#endif
