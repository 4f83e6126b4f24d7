/* room.c - whether there is room for one more message
 * Gives:  room_new(), room_free(), room_has()
 * Fails:  never: what cannot be told counts as room */
#include "receive/room.h"

#include <glib.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/log.h"

struct room {
        const struct conf *conf;
        int folder;
        bool is_short;
};

struct room *room_new(const struct conf *conf)
{
        struct room *room = g_new0(struct room, 1);
        *room = (struct room){ .conf = conf, .folder = disk_open(conf) };
        return room;
}

void room_free(struct room *room)
{
        if (!room)
                return;
        close(room->folder);
        g_free(room);
}

bool room_has(struct room *room, uint64_t octets)
{
        uint64_t left;
        const bool is_short = !disk_has_room(room->folder, room->conf, octets, &left);
        if (is_short != room->is_short)
                log_event(is_short ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, is_short ? "disk-short" : "disk-ok", "free",
                          log_number((int64_t) left), "wanted", log_number(room->conf->min_free + (int64_t) octets), NULL);
        room->is_short = is_short;
        return !is_short;
}
