/* room.c - whether the disk has room for one more message
 * Gives:  room_open(), room_close(), room_has()
 * Fails:  ERR_TEMP when the spool's folder cannot be opened */
#include "receive/room.h"

#include <errno.h>
#include <glib.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/log.h"

struct room {
        const struct conf *conf;
        int folder;
        bool is_short;
};

bool room_open(struct room **ret_room, const struct conf *conf, struct err *ret_err)
{
        char *path = g_build_filename(conf->data, "spool", NULL);
        const int folder = disk_open(path);
        if (folder < 0)
                err_set(ret_err, ERR_TEMP, "cannot open %s: %s", path, g_strerror(errno));
        g_free(path);
        if (folder < 0)
                return false;
        *ret_room = g_new0(struct room, 1);
        **ret_room = (struct room){ .conf = conf, .folder = folder };
        return true;
}

void room_close(struct room *room)
{
        if (!room)
                return;
        close(room->folder);
        g_free(room);
}

bool room_has(struct room *room, uint64_t octets)
{
        const uint64_t left = disk_free(room->folder), wanted = (uint64_t) room->conf->min_free + octets;
        const bool is_short = left < wanted;
        if (is_short != room->is_short)
                log_event(is_short ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, is_short ? "disk-short" : "disk-ok", "free",
                          log_number((int64_t) left), "wanted", log_number((int64_t) wanted), NULL);
        room->is_short = is_short;
        return !is_short;
}
