/* log.c - one line an event, in logfmt
 * Gives:  log_open(), log_event(), log_writes(), log_number(), log_address(), log_line_level()
 * Fails:  never: a line that cannot be written is lost, a line that is too long is cut */
#include "base/log.h"

#include <stdarg.h>
#include <unistd.h>

#include "base/keyring.h"

const char *const LOG_LEVEL_WORDS[] = { "error", "warn", "info", "debug", NULL };

enum { RING_DEPTH = 16, RING_TEXT = 400 };

/* The one global of the ground floor: a process has one log. */
static struct {
        const char *role;
        enum log_level level;
        bool has_key;
        uint8_t key[LOG_KEY_BYTES];
} the_log = { .role = "listd", .level = LOG_LEVEL_INFO };

void log_open(const char *role, enum log_level level, const uint8_t *key)
{
        the_log.role = role;
        the_log.level = level;
        the_log.has_key = key != NULL;
        if (key)
                memcpy(the_log.key, key, sizeof the_log.key);
}

static char *ring_next(void)
{
        static _Thread_local char ring[RING_DEPTH][RING_TEXT];
        static _Thread_local unsigned next;
        return ring[next++ % RING_DEPTH];
}

const char *log_number(int64_t number)
{
        char *text = ring_next();
        g_snprintf(text, RING_TEXT, "%" G_GINT64_FORMAT, (gint64) number);
        return text;
}

const char *log_address(const char *address)
{
        char *text = ring_next();
        const char *at = strrchr(address, '@');
        if (!*address)
                return "<>";
        if (the_log.level == LOG_LEVEL_DEBUG) {
                g_strlcpy(text, address, RING_TEXT);
                return text;
        }
        size_t local = at ? (size_t) (at - address) : strlen(address);
        char hash[13] = "";
        if (the_log.has_key)
                keyed_hash_hex(the_log.key, address, local, hash, sizeof hash);
        g_snprintf(text, RING_TEXT, "~%s%s", hash, at ? at : "");
        return text;
}

static void append_value(GString *line, const char *value)
{
        bool plain = *value != '\0';
        for (const char *p = value; *p && plain; p++)
                plain = (unsigned char) *p > ' ' && *p != '"' && *p != '=' && *p != '\\' && (unsigned char) *p < 0x7f;
        if (plain) {
                g_string_append(line, value);
                return;
        }
        g_string_append_c(line, '"');
        for (const char *p = value; *p; p++) {
                unsigned char c = (unsigned char) *p;
                if (c < ' ' || c == 0x7f)
                        g_string_append_printf(line, "\\x%02x", c);
                else if (c == '"' || c == '\\')
                        g_string_append_printf(line, "\\%c", c);
                else
                        g_string_append_c(line, (char) c);
        }
        g_string_append_c(line, '"');
}

bool log_writes(enum log_level level)
{
        return level <= the_log.level;
}

void log_event(enum log_level level, const char *event, ...)
{
        if (!log_writes(level))
                return;
        GDateTime *now = g_date_time_new_now_utc();
        char *stamp = g_date_time_format(now, "%Y-%m-%dT%H:%M:%S");
        GString *line = g_string_new(NULL);
        g_string_printf(line, "%s.%03dZ %s %s %s", stamp, g_date_time_get_microsecond(now) / 1000, LOG_LEVEL_WORDS[level],
                        the_log.role, event);
        g_free(stamp);
        g_date_time_unref(now);
        va_list args;
        va_start(args, event);
        for (const char *key; (key = va_arg(args, const char *));) {
                const char *value = va_arg(args, const char *);
                if (!value)
                        continue;
                g_string_append_printf(line, " %s=", key);
                append_value(line, value);
        }
        va_end(args);
        if (line->len > LOG_LINE_MAX - 1)
                g_string_truncate(line, LOG_LINE_MAX - 1);
        g_string_append_c(line, '\n');
        ssize_t written = write(STDERR_FILENO, line->str, line->len);
        (void) written;
        g_string_free(line, TRUE);
}

enum log_level log_line_level(const char *line)
{
        const char *space = strchr(line, ' ');
        for (int i = 0; space && LOG_LEVEL_WORDS[i]; i++) {
                size_t length = strlen(LOG_LEVEL_WORDS[i]);
                if (strncmp(space + 1, LOG_LEVEL_WORDS[i], length) == 0 && space[1 + length] == ' ')
                        return (enum log_level) i;
        }
        return LOG_LEVEL_INFO;
}
