/* audit.c - who read the members of a list, and when
 * Gives:  audit_roster_read()
 * Fails:  ERR_TEMP when the line cannot be written */
#include "base/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static char *audit_line(const char *by, const char *command, const char *list, int64_t members)
{
        GDateTime *now = g_date_time_new_now_utc();
        char *stamp = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");
        char *line = g_strdup_printf("%s roster-read %s command=\"%s\" list=%s members=%" G_GINT64_FORMAT "\n", stamp, by, command,
                                     list, (gint64) members);
        g_free(stamp);
        g_date_time_unref(now);
        return line;
}

bool audit_roster_read(const char *data, const char *by, const char *command, const char *list, int64_t members,
                       struct err *ret_err)
{
        char *path = g_build_filename(data, "audit.log", NULL);
        char *line = audit_line(by, command, list, members);
        size_t length = strlen(line);
        int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        bool ok = fd >= 0 && write(fd, line, length) == (ssize_t) length && fsync(fd) == 0;
        if (!ok)
                err_set(ret_err, ERR_TEMP, "%s: cannot be written: %s: members are not shown without a record", path,
                        g_strerror(errno));
        if (fd >= 0)
                close(fd);
        g_free(line);
        g_free(path);
        return ok;
}
