/* disk.c - whether the disk has room for mail that comes
 * Gives:  disk_open(), disk_has_room()
 * Fails:  what cannot be told counts as room */
#include "base/disk.h"

#include <fcntl.h>
#include <glib.h>
#include <sys/statvfs.h>

int disk_open(const struct conf *conf)
{
        char *path = g_build_filename(conf->data, "spool", NULL);
        const int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        g_free(path);
        return folder;
}

bool disk_has_room(int folder, const struct conf *conf, uint64_t octets, uint64_t *ret_left)
{
        struct statvfs status;
        *ret_left = fstatvfs(folder, &status) == 0 ? (uint64_t) status.f_bavail * status.f_frsize : UINT64_MAX;
        return *ret_left >= (uint64_t) conf->min_free + octets;
}
