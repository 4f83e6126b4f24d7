/* audit.c - who read the members of a list, and when
 * Gives:  audit_caller(), audit_bulk_read()
 * Fails:  ERR_TEMP when the line cannot be written
 * Who: the login that the kernel remembers through su and sudo (/proc/self/loginuid), else the user that called. Why: the
 * command. No word from outside gets into a line: users are numbers with the name that the system has for them. */
#include "ctl/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include "store/store.h"

uid_t audit_caller(void)
{
        char *text = NULL;
        uid_t caller = getuid();
        if (g_file_get_contents("/proc/self/loginuid", &text, NULL, NULL)) {
                guint64 login = g_ascii_strtoull(text, NULL, 10);
                if (login < G_MAXUINT32) /* 2^32 - 1: nobody logged in (a service, a container) */
                        caller = (uid_t) login;
        }
        g_free(text);
        return caller;
}

static char *audit_line(const struct ctl *ctl, const struct list *list, int64_t members)
{
        const struct command *command = ctl->line->command;
        const struct passwd *user = getpwuid(ctl->caller);
        GDateTime *now = g_date_time_new_from_unix_utc(store_now());
        char *stamp = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");
        char *line = g_strdup_printf("%s roster-read by=%s uid=%u command=\"%s %s\" list=%s members=%" G_GINT64_FORMAT "\n", stamp,
                                     user ? user->pw_name : "-", (unsigned) ctl->caller, command->noun, command->verb, list->address,
                                     (gint64) members);
        g_free(stamp);
        g_date_time_unref(now);
        return line;
}

bool audit_bulk_read(const struct ctl *ctl, const struct list *list, int64_t members, struct err *ret_err)
{
        char *path = g_build_filename(ctl->conf->data, "audit.log", NULL);
        char *line = audit_line(ctl, list, members);
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
