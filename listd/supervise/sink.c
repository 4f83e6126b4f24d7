/* sink.c - where the log goes
 * Gives:  sink_open(), sink_feed(), sink_close()
 * Fails:  ERR_USAGE when the file cannot be opened; a line that cannot be written is lost, the server goes on
 * A file is renamed to FILE.YYYY-MM-DD when the first line of a new day (UTC) comes; files older than `keep` go. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "supervise/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sys/stat.h>
#include <syslog.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "base/log.h"

enum { DATE_CHARS = 10, PIECE_MAX = 2 * LOG_LINE_MAX };

struct sink {
        void (*write)(struct sink *sink, const char *line, size_t length);
        int fd;
        char *path;
        int keep_days;
        char date[DATE_CHARS + 1]; /* of the open file's lines */
        GString *piece;
};

static const int PRIORITIES[] = {
        [LOG_LEVEL_ERROR] = LOG_ERR, [LOG_LEVEL_WARN] = LOG_WARNING, [LOG_LEVEL_INFO] = LOG_INFO, [LOG_LEVEL_DEBUG] = LOG_DEBUG
};

static void write_all(int fd, const char *bytes, size_t length)
{
        while (length > 0) {
                ssize_t written = write(fd, bytes, length);
                if (written <= 0)
                        return;
                bytes += written;
                length -= (size_t) written;
        }
}

static void write_stderr(struct sink *sink, const char *line, size_t length)
{
        write_all(sink->fd, line, length);
        write_all(sink->fd, "\n", 1);
}

/* Both have a time of their own: the line goes on from behind it. */
static const char *behind_time(const char *line)
{
        const char *space = strchr(line, ' ');
        return space && line[0] >= '0' && line[0] <= '9' ? space + 1 : line;
}

static void write_syslog(struct sink *sink, const char *line, size_t length)
{
        syslog(PRIORITIES[log_line_level(line)], "%s", behind_time(line));
}

static void write_journal(struct sink *sink, const char *line, size_t length)
{
        sd_journal_send("PRIORITY=%d", PRIORITIES[log_line_level(line)], "SYSLOG_IDENTIFIER=listd", "MESSAGE=%s",
                        behind_time(line), NULL);
}

/* --- a file ------------------------------------------------------------------------------ */

static void today(char ret_date[DATE_CHARS + 1])
{
        GDateTime *now = g_date_time_new_now_utc();
        g_snprintf(ret_date, DATE_CHARS + 1, "%04d-%02d-%02d", g_date_time_get_year(now), g_date_time_get_month(now),
                   g_date_time_get_day_of_month(now));
        g_date_time_unref(now);
}

static bool open_file(struct sink *sink)
{
        struct stat status;
        sink->fd = open(sink->path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0640);
        today(sink->date);
        /* lines of an earlier day in a file that was left: they get that day's name at the next line */
        if (sink->fd >= 0 && fstat(sink->fd, &status) == 0 && status.st_size > 0) {
                GDateTime *changed = g_date_time_new_from_unix_utc(status.st_mtime);
                char *date = g_date_time_format(changed, "%Y-%m-%d");
                g_strlcpy(sink->date, date, sizeof sink->date);
                g_free(date);
                g_date_time_unref(changed);
        }
        return sink->fd >= 0;
}

static bool is_old_log(const struct sink *sink, const char *name, const char *oldest)
{
        char *base = g_path_get_basename(sink->path);
        size_t length = strlen(base);
        bool old = strncmp(name, base, length) == 0 && name[length] == '.' && strlen(name + length + 1) == DATE_CHARS
                   && g_ascii_isdigit(name[length + 1]) && strcmp(name + length + 1, oldest) < 0;
        g_free(base);
        return old;
}

static void remove_old(const struct sink *sink)
{
        char *folder = g_path_get_dirname(sink->path);
        GDateTime *now = g_date_time_new_now_utc();
        GDateTime *then = g_date_time_add_days(now, -sink->keep_days);
        char *oldest = g_date_time_format(then, "%Y-%m-%d");
        GDir *dir = g_dir_open(folder, 0, NULL);
        for (const char *name; dir && (name = g_dir_read_name(dir));)
                if (is_old_log(sink, name, oldest)) {
                        char *path = g_build_filename(folder, name, NULL);
                        unlink(path);
                        g_free(path);
                }
        if (dir)
                g_dir_close(dir);
        g_free(oldest);
        g_date_time_unref(then);
        g_date_time_unref(now);
        g_free(folder);
}

static void rotate(struct sink *sink, const char *date)
{
        char *name = g_strdup_printf("%s.%s", sink->path, sink->date);
        close(sink->fd);
        /* when it cannot be renamed, the new day's lines go behind the old ones: nothing is lost */
        int ignored = rename(sink->path, name);
        (void) ignored;
        g_free(name);
        if (open_file(sink))
                remove_old(sink);
        g_strlcpy(sink->date, date, sizeof sink->date);
}

static void write_file(struct sink *sink, const char *line, size_t length)
{
        char date[DATE_CHARS + 1];
        today(date);
        if (strcmp(date, sink->date) != 0)
                rotate(sink, date);
        write_stderr(sink, line, length);
}

/* --- lines --------------------------------------------------------------------------------- */

void sink_feed(struct sink *sink, const char *bytes, size_t length)
{
        g_string_append_len(sink->piece, bytes, (gssize) length);
        char *start = sink->piece->str;
        for (char *newline; (newline = strchr(start, '\n')); start = newline + 1) {
                *newline = '\0';
                sink->write(sink, start, (size_t) (newline - start));
        }
        g_string_erase(sink->piece, 0, start - sink->piece->str);
        if (sink->piece->len > PIECE_MAX) /* not a line of ours: a crash report without an end */
                g_string_truncate(sink->piece, 0);
}

bool sink_open(struct sink **ret_sink, const char *to, int keep_seconds, int stderr_fd, struct err *ret_err)
{
        struct sink *sink = g_new0(struct sink, 1);
        sink->piece = g_string_new(NULL);
        sink->keep_days = keep_seconds / 86400;
        sink->fd = -1;
        bool ok = true;
        if (strcmp(to, "stderr") == 0) {
                sink->write = write_stderr;
                sink->fd = stderr_fd;
        } else if (strcmp(to, "syslog") == 0) {
                openlog("listd", LOG_PID, LOG_MAIL);
                sink->write = write_syslog;
        } else if (strcmp(to, "journal") == 0) {
                sink->write = write_journal;
        } else if (*to == '/') {
                sink->path = g_strdup(to);
                sink->write = write_file;
                ok = open_file(sink) || err_set(ret_err, ERR_USAGE, "[log] to: cannot open %s: %s", to, g_strerror(errno));
        } else {
                ok = err_set(ret_err, ERR_USAGE, "[log] to: '%s' is not stderr, syslog, journal or a file's absolute path", to);
        }
        *ret_sink = ok ? sink : NULL;
        if (!ok)
                sink_close(sink);
        return ok;
}

void sink_close(struct sink *sink)
{
        if (!sink)
                return;
        if (sink->path && sink->fd >= 0)
                close(sink->fd);
        g_string_free(sink->piece, TRUE);
        g_free(sink->path);
        g_free(sink);
}
