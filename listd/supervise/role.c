/* role.c - starting a role, and being one
 * Gives:  role_start(), role_drain(), role_ended(), role_run()
 * A role is this binary again, by fork and exec, so that no memory of the supervisor is left in it. It has its handover
 * at HANDOVER_FD, its listeners and pipes behind that, the log as stderr, nothing else; then it becomes its user. */
#include "supervise/role.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "deliver/deliver.h"
#include "fetch/fetch.h"
#include "handle/handle.h"
#include "receive/receive.h"

enum { BACKOFF_MAX = 60, GOOD_RUN_SECONDS = 10, QUICK_MS = 100 };

const char *const ROLE_NAMES[ROLE_COUNT] = { "receive", "handle", "deliver", "fetch" };
const char *const ROLE_STATE_WORDS[] = { "down", "up", "draining", NULL };

static role_main *const MAINS[ROLE_COUNT] = { receive_main, handle_main, deliver_main, fetch_main };

bool role_is_wanted(enum role_id id, const struct conf *conf)
{
        return id != ROLE_FETCH || conf_wants_fetch(conf);
}

static void enter_state(struct role *role, enum role_state state)
{
        role->state = state;
        role->since = g_get_real_time() / G_USEC_PER_SEC;
}

/* --- what a role gets ---------------------------------------------------------------------- */

/* The descriptors that the child keeps, moved to HANDOVER_FD and up; the handover names them by their new numbers. */
struct descriptors {
        int from[LISTENERS_MAX + 3];
        int count;
};

static int keep(struct descriptors *descriptors, int fd)
{
        descriptors->from[descriptors->count] = fd;
        return HANDOVER_FD + descriptors->count++;
}

static void compose(const struct role *role, const struct assets *assets, struct descriptors *descriptors,
                    struct handover *handover)
{
        *handover = (struct handover){ .conf = assets->conf, .supervisor = getpid(), .crashed = role->crashed, .wake_in = -1,
                                       .wake_out = -1 };
        memcpy(handover->log_key, assets->log_key, KEY_BYTES);
        switch (role->id) {
        case ROLE_RECEIVE:
                memcpy(handover->spool_public, assets->spool_public, KEY_BYTES);
                handover->tls_cert = assets->tls_cert;
                handover->tls_key = assets->tls_key;
                handover->probes = assets->probes;
                handover->listener_count = assets->listener_count;
                for (size_t i = 0; i < assets->listener_count; i++) {
                        handover->listeners[i] = assets->listeners[i];
                        handover->listeners[i].fd = keep(descriptors, assets->listeners[i].fd);
                }
                handover->wake_out = keep(descriptors, assets->wake_handle[1]);
                break;
        case ROLE_HANDLE:
                handover->wake_in = keep(descriptors, assets->wake_handle[0]);
                handover->wake_out = keep(descriptors, assets->wake_deliver[1]);
                break;
        case ROLE_DELIVER:
                handover->wake_in = keep(descriptors, assets->wake_deliver[0]);
                handover->password = assets->password;
                handover->tls_ca = assets->tls_ca;
                break;
        case ROLE_FETCH:
                memcpy(handover->spool_public, assets->spool_public, KEY_BYTES);
                handover->wake_out = keep(descriptors, assets->wake_handle[1]);
                memcpy(handover->pickup_passwords, assets->pickup_passwords, sizeof handover->pickup_passwords);
                memcpy(handover->pickup_cas, assets->pickup_cas, sizeof handover->pickup_cas);
                break;
        case ROLE_COUNT:
                break;
        }
}

/* Between fork and exec: only calls that are safe there. */
static void become_child(const struct role *role, const struct descriptors *descriptors, int log_write)
{
        int high[G_N_ELEMENTS(descriptors->from)];
        int null = open("/dev/null", O_RDWR);
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        dup2(log_write, STDERR_FILENO);
        /* first out of the way, then into place */
        for (int i = 0; i < descriptors->count; i++)
                high[i] = fcntl(descriptors->from[i], F_DUPFD, HANDOVER_FD + 2 * (int) G_N_ELEMENTS(high));
        for (int i = 0; i < descriptors->count; i++)
                dup2(high[i], HANDOVER_FD + i);
        close_range((unsigned) (HANDOVER_FD + descriptors->count), ~0U, 0);
        static const char *const environment[] = { "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", NULL };
        const char *argv[] = { "listd", "--role", ROLE_NAMES[role->id], NULL };
        execve("/proc/self/exe", (char **) argv, (char **) environment);
        _exit(127);
}

void role_start(struct role *role, const struct assets *assets)
{
        struct err err;
        struct handover handover;
        struct descriptors descriptors = { .count = 1 };
        compose(role, assets, &descriptors, &handover);
        int file = handover_write(&handover, &err);
        descriptors.from[0] = file;
        pid_t pid = file >= 0 ? fork() : -1;
        if (pid == 0)
                become_child(role, &descriptors, assets->log_write);
        if (file >= 0 && pid < 0)
                err_set(&err, ERR_TEMP, "fork: %s", g_strerror(errno));
        if (file >= 0)
                close(file);
        if (pid < 0) {
                log_event(LOG_LEVEL_ERROR, "cannot-start", "role", ROLE_NAMES[role->id], "error", err.text, NULL);
                role->start_at = g_get_monotonic_time() + G_USEC_PER_SEC;
                return;
        }
        role->pid = pid;
        enter_state(role, ROLE_UP);
        log_event(LOG_LEVEL_INFO, "role-started", "role", ROLE_NAMES[role->id], "pid", log_number(pid), NULL);
}

void role_drain(struct role *role)
{
        if (role->state != ROLE_UP)
                return;
        kill(role->pid, SIGTERM);
        enter_state(role, ROLE_DRAINING);
}

void role_ended(struct role *role, int status)
{
        bool was_draining = role->state == ROLE_DRAINING;
        bool ran_well = g_get_real_time() / G_USEC_PER_SEC - role->since >= GOOD_RUN_SECONDS;
        bool killed = WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGTERM);
        /* SIGKILL comes from outside: no message is to blame for it */
        role->crashed = !killed && !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        log_event(role->crashed || !was_draining ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, "role-ended", "role", ROLE_NAMES[role->id],
                  "pid", log_number(role->pid), "exit", WIFEXITED(status) ? log_number(WEXITSTATUS(status)) : NULL, "signal",
                  WIFSIGNALED(status) ? log_number(WTERMSIG(status)) : NULL, NULL);
        role->pid = 0;
        enter_state(role, ROLE_DOWN);
        if (was_draining) {
                role->start_at = 0;
                return;
        }
        role->restarts++;
        role->backoff = ran_well || !role->crashed ? 0 : role->backoff ? MIN(role->backoff * 2, BACKOFF_MAX) : 1;
        role->start_at = g_get_monotonic_time() + (role->backoff ? role->backoff * G_USEC_PER_SEC : QUICK_MS * 1000);
}

/* --- being one ------------------------------------------------------------------------------- */

static const char *user_of(enum role_id id, const struct conf *conf)
{
        return id == ROLE_RECEIVE ? conf->receive_user : id == ROLE_FETCH ? conf->fetch_user : conf->user;
}

/* Root becomes the role's user for good. receive and fetch join the group of `user` to share the spool's folder; nothing else
 * there can be read by that group. */
static bool drop_root(enum role_id id, const struct conf *conf, struct err *ret_err)
{
        if (geteuid() != 0)
                return true;
        const struct passwd *entry = getpwnam(conf->user);
        gid_t gid = entry ? entry->pw_gid : 0;
        entry = entry ? getpwnam(user_of(id, conf)) : NULL;
        if (!entry)
                return err_set(ret_err, ERR_PERM, "there is no user '%s': see [server] user, [receive] user and [fetch] user",
                               user_of(id, conf));
        uid_t uid = entry->pw_uid;
        if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
                return err_set(ret_err, ERR_PERM, "cannot become the user '%s': %s", user_of(id, conf), g_strerror(errno));
        if (uid != 0 && setuid(0) == 0)
                return err_set(ret_err, ERR_BUG, "root was not given up");
#ifdef __SANITIZE_ADDRESS__ /* its search for leaks traces this process, which a change of user forbids */
        prctl(PR_SET_DUMPABLE, 1);
#endif
        return true;
}

/* Of handle, deliver and fetch there is one at a time: what a supervisor that was killed has left behind brings its work to an
 * end first. Any number of receivers may add to the spool. The descriptor is left open, for the lock goes with it. */
static bool wait_for_predecessor(enum role_id id, const struct conf *conf, struct err *ret_err)
{
        if (id == ROLE_RECEIVE)
                return true;
        char *name = g_strconcat(ROLE_NAMES[id], ".lock", NULL);
        char *path = g_build_filename(conf->data, id == ROLE_FETCH ? "spool" : ".", name, NULL); /* where its user may write */
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        bool ok = fd >= 0 && fcntl(fd, F_SETLKW, &lock) == 0;
        if (!ok)
                err_set(ret_err, ERR_TEMP, "cannot lock %s: %s", path, g_strerror(errno));
        g_free(path);
        g_free(name);
        return ok;
}

static bool find_role(const char *name, enum role_id *ret_id)
{
        for (int i = 0; i < ROLE_COUNT; i++)
                if (strcmp(ROLE_NAMES[i], name) == 0) {
                        *ret_id = (enum role_id) i;
                        return true;
                }
        return false;
}

/* What ps and top show: after exec by /proc/self/exe every role would be "exe". */
static void show_name(const char *name)
{
        char comm[16]; /* TASK_COMM_LEN */
        g_snprintf(comm, sizeof comm, "listd-%s", name);
        prctl(PR_SET_NAME, comm);
}

int role_run(const char *name)
{
        enum role_id id;
        struct handover *handover;
        struct err err = { 0 };
        if (!find_role(name, &id) || !handover_read(&handover, HANDOVER_FD, &err)) {
                fprintf(stderr, "listd: %s\n", *err.text ? err.text : "there is no such role");
                return 2;
        }
        close(HANDOVER_FD);
        show_name(ROLE_NAMES[id]);
        log_open(ROLE_NAMES[id], (enum log_level) handover->conf->log_level, handover->log_key);
        /* a terminal's ^C and a lost terminal are the supervisor's to hear; a write that cannot be is an error, not a death */
        static const int ignored[] = { SIGPIPE, SIGXFSZ, SIGINT, SIGHUP };
        for (size_t i = 0; i < G_N_ELEMENTS(ignored); i++)
                signal(ignored[i], SIG_IGN);
        setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }); /* a core file would hold members */
        umask(id == ROLE_RECEIVE ? 0007 : 0077);
        bool ok = drop_root(id, handover->conf, &err);
        /* after the change of user, which would clear it: no role outlives its supervisor, not even one that is gone now */
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        int status = 0;
        if (ok && getppid() == handover->supervisor) {
                ok = wait_for_predecessor(id, handover->conf, &err);
                status = ok ? MAINS[id](handover) : 1;
        }
        if (!ok) {
                log_event(LOG_LEVEL_ERROR, "cannot-start", "error", err.text, NULL);
                status = 1;
        }
        handover_free(handover);
        return status;
}
