/* disk.c - how much room a file system has left
 * Gives:  disk_open(), disk_free()
 * Fails:  open with errno; what cannot be told counts as room */
#include "base/disk.h"

#include <fcntl.h>
#include <sys/statvfs.h>

int disk_open(const char *folder)
{
        return open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

uint64_t disk_free(int fd)
{
        struct statvfs status;
        return fstatvfs(fd, &status) == 0 ? (uint64_t) status.f_bavail * status.f_frsize : UINT64_MAX;
}
