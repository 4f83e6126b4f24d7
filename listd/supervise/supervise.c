/* supervise.c - opens ports, starts and restarts the roles, passes signals, writes the log
 * Gives:  supervise(), supervise_role()
 * Fails:  exit status 2 for a configuration that cannot work, 1 for what the system refuses
 * At SIGHUP the configuration is read anew and the roles start anew: a role never changes while it lives. receive hands
 * over without a gap (the old process finishes its sessions), handle and deliver end before they start again. */
#include "supervise/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/log.h"
#include "base/net.h"
#include "policy/probe.h"
#include "supervise/role.h"
#include "supervise/sink.h"

enum { BIND_TRIES = 50, BIND_PAUSE_US = 200 * 1000, STOP_SECONDS = 40, SECRET_FILE_MAX = 1024 * 1024, LOG_CHUNK = 16384 };

struct supervisor {
        const char *path; /* of listd.conf */
        bool foreground;
        struct assets assets;
        struct role roles[ROLE_COUNT];
        GArray *leaving; /* pid_t: receivers that finish their sessions beside a newer one */
        struct sink *sink;
        int log_read;
        int signals;   /* signalfd */
        int stderr_fd; /* as it was at the start */
        int lock;
        bool stopping;
        int64_t stop_by; /* monotonic; then SIGKILL */
};

int supervise_role(const char *name)
{
        return role_run(name);
}

/* --- what the roles are handed ------------------------------------------------------------------ */

static bool read_secret(char **ret_text, const char *path, struct err *ret_err)
{
        GError *error = NULL;
        gsize length = 0;
        *ret_text = NULL;
        if (!*path)
                return true;
        if (g_file_get_contents(path, ret_text, &length, &error) && length <= SECRET_FILE_MAX)
                return true;
        err_set(ret_err, ERR_USAGE, "%s", error ? error->message : "a key or password file is larger than 1 MiB");
        g_clear_error(&error);
        return false;
}

static bool load_secrets(struct assets *assets, struct err *ret_err)
{
        const struct conf *conf = assets->conf;
        bool ok = key_file_read(conf->data, "keys/log.key", assets->log_key, ret_err)
                  && spool_public_read(conf->data, assets->spool_public, ret_err)
                  && read_secret(&assets->tls_cert, conf->tls_cert, ret_err) && read_secret(&assets->tls_key, conf->tls_key, ret_err)
                  && read_secret(&assets->tls_ca, conf->tls_ca, ret_err)
                  && read_secret(&assets->password, conf->password_file, ret_err)
                  && probes_text(&assets->probes, conf->probes, ret_err);
        if (ok && assets->password)
                g_strchomp(assets->password);
        for (size_t i = 0; ok && i < conf->pickup_count; i++) {
                ok = read_secret(&assets->pickup_passwords[i], conf->pickups[i].password_file, ret_err)
                     && read_secret(&assets->pickup_cas[i], conf->pickups[i].tls_ca, ret_err);
                if (ok && assets->pickup_passwords[i])
                        g_strchomp(assets->pickup_passwords[i]);
        }
        return ok;
}

static void free_secret(char **text)
{
        if (*text)
                explicit_bzero(*text, strlen(*text));
        g_clear_pointer(text, g_free);
}

static void free_secrets(struct assets *assets)
{
        free_secret(&assets->tls_cert);
        free_secret(&assets->tls_key);
        free_secret(&assets->tls_ca);
        free_secret(&assets->password);
        for (size_t i = 0; i < PICKUPS_MAX; i++) {
                free_secret(&assets->pickup_passwords[i]);
                free_secret(&assets->pickup_cas[i]);
        }
        g_clear_pointer(&assets->probes, g_free);
}

/* The texts of all endpoints of a configuration, SMTP first. */
static size_t endpoint_texts(const struct conf *conf, const char *texts[LISTENERS_MAX], enum listener_kind kinds[LISTENERS_MAX])
{
        size_t count = 0;
        for (char **text = conf->smtp; *text && count < LISTENERS_MAX; text++)
                kinds[count] = LISTENER_SMTP, texts[count++] = *text;
        for (char **text = conf->lmtp; *text && count < LISTENERS_MAX; text++)
                kinds[count] = LISTENER_LMTP, texts[count++] = *text;
        for (char **text = conf->policy; *text && count < LISTENERS_MAX; text++)
                kinds[count] = LISTENER_POLICY, texts[count++] = *text;
        for (char **text = conf->decoy; *text && count < LISTENERS_MAX; text++)
                kinds[count] = LISTENER_DECOY, texts[count++] = *text;
        return count;
}

/* A supervisor that was killed leaves its ports to roles that are just ending: try for a while. */
static int listen_patiently(const struct endpoint *endpoint, int tries, struct err *ret_err)
{
        for (;;) {
                int fd = endpoint_listen(endpoint, ret_err);
                if (fd >= 0 || errno != EADDRINUSE || --tries <= 0)
                        return fd;
                g_usleep(BIND_PAUSE_US);
        }
}

/* Opens the endpoints of `assets->conf`; one that `old` has open is taken over. With roles that run nothing is waited for:
 * their log would not be read meanwhile. */
static bool open_listeners(struct assets *assets, const struct assets *old, struct err *ret_err)
{
        const char *texts[LISTENERS_MAX], *old_texts[LISTENERS_MAX];
        enum listener_kind kinds[LISTENERS_MAX], old_kinds[LISTENERS_MAX];
        size_t count = endpoint_texts(assets->conf, texts, kinds);
        size_t old_count = old ? endpoint_texts(old->conf, old_texts, old_kinds) : 0;
        assets->listener_count = 0;
        for (size_t i = 0; i < count; i++) {
                struct endpoint endpoint;
                struct listener listener = { .fd = -1, .kind = kinds[i] };
                if (!endpoint_parse(&endpoint, texts[i], ret_err))
                        return false;
                listener.is_unix = endpoint.is_unix;
                for (size_t j = 0; j < old_count; j++)
                        if (strcmp(texts[i], old_texts[j]) == 0)
                                listener.fd = old->listeners[j].fd;
                if (listener.fd < 0)
                        listener.fd = listen_patiently(&endpoint, old ? 1 : BIND_TRIES, ret_err);
                if (listener.fd < 0)
                        return false;
                assets->listeners[assets->listener_count++] = listener;
        }
        return true;
}

static bool has_listener(const struct assets *assets, int fd)
{
        for (size_t i = 0; i < assets->listener_count; i++)
                if (assets->listeners[i].fd == fd)
                        return true;
        return false;
}

static void close_listeners_not_in(const struct assets *assets, const struct assets *kept)
{
        for (size_t i = 0; i < assets->listener_count; i++)
                if (!has_listener(kept, assets->listeners[i].fd))
                        close(assets->listeners[i].fd);
}

/* --- status and service manager -------------------------------------------------------------------- */

/* DATA/status, for `listctl status`: role, pid, state, since, restarts. Replaced whole. */
static void write_status(const struct supervisor *supervisor)
{
        GString *text = g_string_new(NULL);
        g_string_append_printf(text, "supervisor %d %s %" G_GINT64_FORMAT " 0\n", (int) getpid(),
                               supervisor->stopping ? "draining" : "up", (gint64) supervisor->roles[0].since);
        for (int i = 0; i < ROLE_COUNT; i++) {
                const struct role *role = &supervisor->roles[i];
                if (role->state == ROLE_DOWN && !role_is_wanted(role->id, supervisor->assets.conf))
                        continue;
                g_string_append_printf(text, "%s %d %s %" G_GINT64_FORMAT " %d\n", ROLE_NAMES[i], (int) role->pid,
                                       ROLE_STATE_WORDS[role->state], (gint64) role->since, role->restarts);
        }
        char *path = g_build_filename(supervisor->assets.conf->data, "status", NULL);
        GError *error = NULL;
        if (!g_file_set_contents_full(path, text->str, (gssize) text->len, G_FILE_SET_CONTENTS_CONSISTENT, 0644, &error)) {
                log_event(LOG_LEVEL_WARN, "no-status", "error", error->message, NULL);
                g_error_free(error);
        }
        g_free(path);
        g_string_free(text, TRUE);
}

/* One listd a data folder. The lock is the process's: it goes when the process does, however it goes. */
static bool take_lock(struct supervisor *supervisor, struct err *ret_err)
{
        char *path = g_build_filename(supervisor->assets.conf->data, "lock", NULL);
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
        supervisor->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        bool ok = supervisor->lock >= 0 && fcntl(supervisor->lock, F_SETLK, &lock) == 0;
        if (!ok && (errno == EAGAIN || errno == EACCES) && supervisor->lock >= 0)
                err_set(ret_err, ERR_TEMP, "another listd runs with %s", supervisor->assets.conf->data);
        else if (!ok)
                err_set(ret_err, ERR_TEMP, "cannot lock %s: %s", path, g_strerror(errno));
        g_free(path);
        return ok;
}

/* --- the roles ------------------------------------------------------------------------------------- */

static void start_due(struct supervisor *supervisor)
{
        int64_t now = g_get_monotonic_time();
        for (int i = 0; i < ROLE_COUNT && !supervisor->stopping; i++) {
                struct role *role = &supervisor->roles[i];
                if (role->state == ROLE_DOWN && role->start_at <= now && role_is_wanted(role->id, supervisor->assets.conf)) {
                        role_start(role, &supervisor->assets);
                        write_status(supervisor);
                }
        }
}

static void end_leaving(struct supervisor *supervisor, pid_t pid)
{
        for (guint i = 0; i < supervisor->leaving->len; i++)
                if (g_array_index(supervisor->leaving, pid_t, i) == pid) {
                        g_array_remove_index_fast(supervisor->leaving, i);
                        return;
                }
}

static void reap(struct supervisor *supervisor)
{
        int status;
        for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
                end_leaving(supervisor, pid);
                for (int i = 0; i < ROLE_COUNT; i++)
                        if (supervisor->roles[i].pid == pid)
                                role_ended(&supervisor->roles[i], status);
        }
        write_status(supervisor);
}

static void stop(struct supervisor *supervisor)
{
        log_event(LOG_LEVEL_INFO, "stopping", NULL);
        sd_notify(0, "STOPPING=1");
        supervisor->stopping = true;
        supervisor->stop_by = g_get_monotonic_time() + STOP_SECONDS * G_USEC_PER_SEC;
        /* ours too: a client would wait in the queue of a port that nobody serves any more */
        close_listeners_not_in(&supervisor->assets, &(struct assets){ 0 });
        supervisor->assets.listener_count = 0;
        for (int i = 0; i < ROLE_COUNT; i++)
                role_drain(&supervisor->roles[i]);
        write_status(supervisor);
}

static void start_anew(struct supervisor *supervisor)
{
        for (int i = 0; i < ROLE_COUNT; i++)
                role_drain(&supervisor->roles[i]);
        /* the old receive finishes its sessions beside the new one */
        struct role *receive = &supervisor->roles[ROLE_RECEIVE];
        if (receive->state == ROLE_DRAINING) {
                g_array_append_val(supervisor->leaving, receive->pid);
                receive->pid = 0;
                receive->state = ROLE_DOWN;
                receive->start_at = 0;
        }
}

static bool open_log(const struct supervisor *supervisor, const struct conf *conf, struct sink **ret_sink, struct err *ret_err)
{
        const char *to = supervisor->foreground ? "stderr" : conf->log_to;
        return sink_open(ret_sink, to, conf->log_keep, supervisor->stderr_fd, ret_err);
}

static void read_log(struct supervisor *supervisor)
{
        char chunk[LOG_CHUNK];
        for (ssize_t got; (got = read(supervisor->log_read, chunk, sizeof chunk)) > 0;)
                sink_feed(supervisor->sink, chunk, (size_t) got);
}

/* What was logged so far goes where it went. */
static void change_log(struct supervisor *supervisor, struct sink *sink)
{
        read_log(supervisor);
        sink_close(supervisor->sink);
        supervisor->sink = sink;
        log_open("supervisor", (enum log_level) supervisor->assets.conf->log_level, supervisor->assets.log_key);
}

static void reload(struct supervisor *supervisor)
{
        struct err err;
        struct sink *sink;
        struct assets next = supervisor->assets;
        sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time());
        next.tls_cert = next.tls_key = next.tls_ca = next.password = next.probes = NULL;
        memset(next.pickup_passwords, 0, sizeof next.pickup_passwords);
        memset(next.pickup_cas, 0, sizeof next.pickup_cas);
        bool parsed = conf_load(&next.conf, supervisor->path, &err);
        bool ok = parsed;
        if (ok && strcmp(next.conf->data, supervisor->assets.conf->data) != 0)
                ok = err_set(&err, ERR_USAGE, "[server] data cannot change while listd runs: restart it");
        ok = ok && load_secrets(&next, &err) && open_listeners(&next, &supervisor->assets, &err)
             && open_log(supervisor, next.conf, &sink, &err);
        if (ok) {
                struct assets old = supervisor->assets;
                close_listeners_not_in(&old, &next);
                free_secrets(&old);
                conf_free(old.conf);
                supervisor->assets = next;
                change_log(supervisor, sink);
                log_event(LOG_LEVEL_INFO, "reloaded", NULL);
                start_anew(supervisor);
        } else {
                log_event(LOG_LEVEL_ERROR, "not-reloaded", "error", err.text, "meaning", "the old configuration stays", NULL);
                if (parsed) {
                        close_listeners_not_in(&next, &supervisor->assets);
                        free_secrets(&next);
                        conf_free(next.conf);
                }
        }
        sd_notify(0, "READY=1");
}

/* --- the loop ---------------------------------------------------------------------------------------- */

static void take_signal(struct supervisor *supervisor)
{
        struct signalfd_siginfo info;
        while (read(supervisor->signals, &info, sizeof info) == sizeof info) {
                if (info.ssi_signo == SIGCHLD)
                        reap(supervisor);
                else if (info.ssi_signo == SIGHUP && !supervisor->stopping)
                        reload(supervisor);
                else if (info.ssi_signo != SIGHUP && !supervisor->stopping)
                        stop(supervisor);
        }
}

static bool all_down(const struct supervisor *supervisor)
{
        for (int i = 0; i < ROLE_COUNT; i++)
                if (supervisor->roles[i].pid)
                        return false;
        return supervisor->leaving->len == 0;
}

static void kill_late(struct supervisor *supervisor)
{
        if (!supervisor->stopping || g_get_monotonic_time() < supervisor->stop_by)
                return;
        for (int i = 0; i < ROLE_COUNT; i++)
                if (supervisor->roles[i].pid)
                        kill(supervisor->roles[i].pid, SIGKILL);
        for (guint i = 0; i < supervisor->leaving->len; i++)
                kill(g_array_index(supervisor->leaving, pid_t, i), SIGKILL);
}

static void run(struct supervisor *supervisor)
{
        enum { TICK_MS = 100, REST_MS = 1000 };
        while (!(supervisor->stopping && all_down(supervisor))) {
                bool waits = false;
                start_due(supervisor);
                kill_late(supervisor);
                for (int i = 0; i < ROLE_COUNT; i++)
                        waits = waits || (supervisor->roles[i].state == ROLE_DOWN
                                          && role_is_wanted((enum role_id) i, supervisor->assets.conf));
                struct pollfd ready[] = { { supervisor->signals, POLLIN, 0 }, { supervisor->log_read, POLLIN, 0 } };
                if (poll(ready, G_N_ELEMENTS(ready), waits ? TICK_MS : REST_MS) <= 0)
                        continue;
                read_log(supervisor);
                if (ready[0].revents)
                        take_signal(supervisor);
        }
        log_event(LOG_LEVEL_INFO, "stopped", NULL);
        read_log(supervisor);
}

/* --- start and end ------------------------------------------------------------------------------------- */

/* The roles' stderr, and our own: ours does not block, for we are the reader. */
static bool open_log_pipe(struct supervisor *supervisor, struct err *ret_err)
{
        int ends[2];
        char name[32];
        if (pipe2(ends, O_CLOEXEC) != 0)
                return err_set(ret_err, ERR_TEMP, "cannot make a pipe: %s", g_strerror(errno));
        supervisor->log_read = ends[0];
        supervisor->assets.log_write = ends[1];
        g_snprintf(name, sizeof name, "/proc/self/fd/%d", ends[1]);
        int own = open(name, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
        if (own < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0 || dup2(own, STDERR_FILENO) < 0)
                return err_set(ret_err, ERR_TEMP, "cannot open the log's pipe: %s", g_strerror(errno));
        close(own);
        return true;
}

static bool open_wakes(struct assets *assets, struct err *ret_err)
{
        return (pipe2(assets->wake_handle, O_CLOEXEC | O_NONBLOCK) == 0 && pipe2(assets->wake_deliver, O_CLOEXEC | O_NONBLOCK) == 0)
               || err_set(ret_err, ERR_TEMP, "cannot make a pipe: %s", g_strerror(errno));
}

static bool open_signals(struct supervisor *supervisor, struct err *ret_err)
{
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGCHLD);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        sigaddset(&set, SIGHUP);
        sigprocmask(SIG_BLOCK, &set, NULL);
        signal(SIGPIPE, SIG_IGN);
        supervisor->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
        return supervisor->signals >= 0 || err_set(ret_err, ERR_TEMP, "signalfd: %s", g_strerror(errno));
}

static bool start_up(struct supervisor *supervisor, struct err *ret_err)
{
        struct assets *assets = &supervisor->assets;
        supervisor->stderr_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
        return load_secrets(assets, ret_err) && take_lock(supervisor, ret_err) && open_listeners(assets, NULL, ret_err)
               && open_wakes(assets, ret_err) && open_log(supervisor, assets->conf, &supervisor->sink, ret_err)
               && open_signals(supervisor, ret_err) && open_log_pipe(supervisor, ret_err);
}

/* Without -f and without a service manager: the parent returns when the child stands. */
static int to_background(void)
{
        int ends[2];
        char byte = 1;
        if (pipe2(ends, O_CLOEXEC) != 0)
                return -1;
        pid_t pid = fork();
        if (pid == 0) {
                /* who called waits for the end of their output */
                int null = open("/dev/null", O_RDWR | O_CLOEXEC);
                dup2(null, STDIN_FILENO);
                dup2(null, STDOUT_FILENO);
                if (null > STDERR_FILENO)
                        close(null);
                close(ends[0]);
                setsid();
                return ends[1];
        }
        close(ends[1]);
        if (pid < 0 || read(ends[0], &byte, 1) != 1)
                byte = 1;
        _exit(byte);
}

static void tell_parent(int fd, char status)
{
        if (fd >= 0 && write(fd, &status, 1) == 1)
                close(fd);
}

int supervise(struct conf *conf, const char *path, bool foreground)
{
        struct err err = { 0 };
        struct supervisor supervisor = { .path = path, .foreground = foreground, .assets.conf = conf };
        supervisor.leaving = g_array_new(FALSE, FALSE, sizeof(pid_t));
        int parent = foreground || g_getenv("NOTIFY_SOCKET") ? -1 : to_background();
        for (int i = 0; i < ROLE_COUNT; i++)
                supervisor.roles[i].id = (enum role_id) i;
        int status = 0;
        if (start_up(&supervisor, &err)) {
                log_open("supervisor", (enum log_level) conf->log_level, supervisor.assets.log_key);
                start_due(&supervisor);
                tell_parent(parent, 0);
                sd_notify(0, "READY=1");
                run(&supervisor);
        } else {
                fprintf(stderr, "listd: %s\n", err.text);
                status = err.class == ERR_USAGE ? 2 : 1;
                tell_parent(parent, (char) status);
        }
        free_secrets(&supervisor.assets);
        conf_free(supervisor.assets.conf);
        sink_close(supervisor.sink);
        g_array_unref(supervisor.leaving);
        return status;
}
