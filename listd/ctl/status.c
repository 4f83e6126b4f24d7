/* status.c - listctl status: is it running, and what waits?
 * Gives:  ctl_status(), status_parse_line()
 * Fails:  when a store does; a supervisor that is not there is an answer, not a failure */
#include "ctl/status.h"

#include <errno.h>
#include <signal.h>

#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "store/held.h"
#include "store/queue.h"
#include "store/spool.h"
#include "store/waiting.h"

static bool take_number(const char *text, int64_t *ret_number)
{
        gint64 number;
        if (!g_ascii_string_to_signed(text, 10, 0, G_MAXINT64, &number, NULL))
                return false;
        *ret_number = number;
        return true;
}

bool status_parse_line(const char *line, struct role_status *ret_status)
{
        char **words = g_strsplit(line, " ", 6);
        int64_t pid = 0;
        *ret_status = (struct role_status) { 0 };
        bool ok = g_strv_length(words) == 5 && *words[0] && *words[2] && strlen(words[0]) < STATUS_WORD_MAX
                  && strlen(words[2]) < STATUS_WORD_MAX && take_number(words[1], &pid) && pid <= G_MAXINT32
                  && take_number(words[3], &ret_status->since) && take_number(words[4], &ret_status->restarts);
        if (ok) {
                g_strlcpy(ret_status->role, words[0], sizeof ret_status->role);
                g_strlcpy(ret_status->state, words[2], sizeof ret_status->state);
                ret_status->pid = (pid_t) pid;
        }
        g_strfreev(words);
        return ok;
}

/* A process of another user cannot be signalled, but is there. */
static bool is_alive(pid_t pid)
{
        return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

/* --- the roles ---------------------------------------------------------------------------------- */

static GArray *read_roles(const char *data)
{
        GArray *roles = g_array_new(FALSE, FALSE, sizeof(struct role_status));
        char *path = g_build_filename(data, "status", NULL);
        char *text = NULL;
        size_t length;
        struct err none;
        if (ctl_read_file(path, STATUS_FILE_MAX, &text, &length, &none)) {
                char **lines = g_strsplit(text, "\n", -1);
                struct role_status status;
                for (char **line = lines; *line; line++)
                        if (status_parse_line(*line, &status))
                                g_array_append_val(roles, status);
                g_strfreev(lines);
        }
        g_free(text);
        g_free(path);
        return roles;
}

static const struct column ROLE_COLUMNS[] = {
        { "role" }, { "pid", .is_right = true }, { "state" }, { "since" }, { "restarts", .is_right = true },
};

/* The file stays behind when the supervisor is killed, so each process is asked for. */
static void put_roles(struct output *output, const GArray *roles)
{
        output_table(output, "roles", ROLE_COLUMNS, G_N_ELEMENTS(ROLE_COLUMNS));
        for (guint i = 0; i < roles->len; i++) {
                const struct role_status *status = &g_array_index(roles, struct role_status, i);
                bool is_gone = status->pid > 0 && !is_alive(status->pid);
                const struct cell row[] = {
                        TEXT(status->role),
                        NUMBER(status->pid),
                        TEXT(is_gone ? "gone" : status->state),
                        TIME(status->since),
                        NUMBER(status->restarts),
                };
                output_row(output, row);
        }
        output_table_end(output);
}

/* The supervisor's line comes first. */
static bool is_running(const GArray *roles)
{
        return roles->len > 0 && is_alive(g_array_index(roles, struct role_status, 0).pid);
}

bool status_is_running(const char *data)
{
        GArray *roles = read_roles(data);
        bool runs = is_running(roles);
        g_array_unref(roles);
        return runs;
}

/* --- what waits ------------------------------------------------------------------------------------ */

static char *span_text(int64_t seconds)
{
        static const struct {
                int64_t seconds;
                const char *name;
        } units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
        size_t unit = 0;
        while (unit + 1 < G_N_ELEMENTS(units) && seconds < 2 * units[unit].seconds)
                unit++;
        return g_strdup_printf("%" G_GINT64_FORMAT " %s", (gint64) (seconds / units[unit].seconds), units[unit].name);
}

static void put_depth(struct output *output, const char *key, const char *prefix, int64_t messages, int64_t oldest)
{
        int64_t seconds = oldest ? MAX(clock_now() - oldest, 0) : 0;
        char *text = oldest ? span_text(seconds) : g_strdup("-");
        output_group(output, key, prefix);
        output_field(output, "messages", NUMBER(messages));
        output_field(output, "oldest_seconds", NUMBER_AS(seconds, text));
        output_group_end(output);
        g_free(text);
}

static bool put_spool(struct ctl *ctl, struct err *ret_err)
{
        struct spool *spool;
        int64_t messages, oldest;
        if (!spool_open(&spool, ctl->conf->data, false, ret_err))
                return false;
        bool ok = spool_depth(spool, &messages, &oldest, ret_err);
        spool_close(spool);
        if (ok)
                put_depth(ctl->output, "spool", "spool ", messages, oldest);
        return ok;
}

static bool put_queue(struct ctl *ctl, struct err *ret_err)
{
        int64_t messages, oldest;
        bool ok = queue_depth(ctl->store, &messages, &oldest, ret_err);
        if (ok)
                put_depth(ctl->output, "queue", "queue ", messages, oldest);
        return ok;
}

static bool put_relay(struct ctl *ctl, struct err *ret_err)
{
        struct outage outage;
        if (!outage_get(ctl->store, &outage, ret_err))
                return false;
        void (*put)(struct output *output, const char *key, struct cell value) = outage.since ? output_field : output_fact;
        output_group(ctl->output, "relay", "relay ");
        output_field(ctl->output, "state", TEXT(outage.since ? "away" : "there"));
        put(ctl->output, "since", TIME(outage.since));
        put(ctl->output, "next_try", TIME(outage.next_try));
        put(ctl->output, "why", TEXT(outage.why));
        output_group_end(ctl->output);
        outage_clear(&outage);
        return true;
}

static bool put_waiting(struct ctl *ctl, struct err *ret_err)
{
        static const struct {
                enum held_kind kind;
                const char *key;
        } kinds[] = {
                { HELD_POST, "held" },
                { HELD_MISADDRESSED, "misaddressed" },
                { HELD_COMMAND, "commands" },
                { HELD_FAILED, "failed" },
                { HELD_DECOY, "decoy" },
        };
        bool ok = true;
        output_group(ctl->output, "waiting", "");
        for (size_t i = 0; i < G_N_ELEMENTS(kinds) && ok; i++) {
                GPtrArray *held;
                ok = held_all(ctl->store, kinds[i].kind, 0, &held, ret_err);
                if (ok) {
                        output_field(ctl->output, kinds[i].key, NUMBER(held->len));
                        g_ptr_array_unref(held);
                }
        }
        output_group_end(ctl->output);
        return ok;
}

bool ctl_status(struct ctl *ctl, struct err *ret_err)
{
        GArray *roles = read_roles(ctl->conf->data);
        output_field(ctl->output, "running", FLAG(is_running(roles)));
        bool ok = put_spool(ctl, ret_err) && put_queue(ctl, ret_err) && put_relay(ctl, ret_err) && put_waiting(ctl, ret_err);
        if (ok)
                put_roles(ctl->output, roles);
        g_array_unref(roles);
        return ok;
}
