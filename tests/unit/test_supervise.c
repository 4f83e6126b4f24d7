/* test_supervise.c - the handover, the log's sink, the back-off of roles */
#include "folder.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utime.h>

#include "base/handover.h"
#include "supervise/role.h"
#include "supervise/sink.h"

#define CONF "[server]\ndomains = lists.example\nadmin = admin@example.org\n"

static void test_handover(void **state)
{
        struct err err = { 0 };
        struct handover out = { .crashed = true, .wake_in = 4, .wake_out = -1, .listener_count = 1 };
        struct handover *in;
        out.listeners[0] = (struct listener){ .fd = 5, .kind = LISTENER_LMTP, .is_unix = true };
        out.log_key[0] = 7;
        out.spool_public[31] = 9;
        out.tls_key = (char *) "\n-----BEGIN\nkey\n"; /* begins with white space: lengths count, not words */
        out.password = (char *) "";
        assert_true(conf_parse(&out.conf, CONF, strlen(CONF), "conf", &err));
        int fd = handover_write(&out, &err);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, "x", 1), -1); /* sealed */
        if (!handover_read(&in, fd, &err))
                fail_msg("%s", err.text);
        assert_true(in->crashed);
        assert_int_equal(in->wake_in, 4);
        assert_int_equal(in->listener_count, 1);
        assert_int_equal(in->listeners[0].kind, LISTENER_LMTP);
        assert_int_equal(in->log_key[0], 7);
        assert_int_equal(in->spool_public[31], 9);
        assert_string_equal(in->tls_key, out.tls_key);
        assert_string_equal(in->password, "");
        assert_null(in->tls_cert);
        assert_string_equal(in->conf->admin, "admin@example.org");
        handover_free(in);
        conf_free(out.conf);
        close(fd);
}

static void test_handover_is_not_there(void **state)
{
        struct err err = { 0 };
        struct handover *in;
        int fd = open("/dev/null", O_RDONLY);
        assert_false(handover_read(&in, fd, &err));
        assert_non_null(strstr(err.text, "started by listd only"));
        close(fd);
}

/* A role whose supervisor died while it was being started: nobody would ever end it, and the ports would stay taken. */
static void test_orphan_does_not_start(void **state)
{
        struct err err = { 0 };
        struct handover handover = { .wake_in = -1, .wake_out = -1 };
        static const char text[] = CONF "user = daemon\ndata = /nonexistent\n";
        assert_true(conf_parse(&handover.conf, text, strlen(text), "conf", &err));
        for (int is_orphan = 0; is_orphan <= 1; is_orphan++) {
                int status;
                handover.supervisor = is_orphan ? getppid() : getpid();
                int fd = handover_write(&handover, &err);
                pid_t pid = fork();
                if (pid == 0) {
                        dup2(fd, HANDOVER_FD);
                        _exit(role_run("handle"));
                }
                close(fd);
                assert_int_equal(waitpid(pid, &status, 0), pid);
                assert_true(WIFEXITED(status));
                assert_int_equal(WEXITSTATUS(status), is_orphan ? 0 : 1); /* 1: it went as far as its data */
        }
        conf_free(handover.conf);
}

/* --- the log --------------------------------------------------------------------------------- */

static char *content_of(const char *path)
{
        char *text = NULL;
        return g_file_get_contents(path, &text, NULL, NULL) ? text : g_strdup("(none)");
}

static void test_sink_file(void **state)
{
        enum { DAY = 86400 };
        struct err err;
        struct sink *sink;
        char *folder = g_dir_make_tmp("listd-test-XXXXXX", NULL);
        char *path = g_build_filename(folder, "log", NULL);
        char *ancient = g_strdup_printf("%s.2001-02-09", path);
        char *other = g_strdup_printf("%s.not-a-date", path);
        assert_true(g_file_set_contents(path, "of yesterday\n", -1, NULL) && g_file_set_contents(ancient, "x", -1, NULL)
                    && g_file_set_contents(other, "x", -1, NULL));
        GDateTime *now = g_date_time_new_now_utc();
        GDateTime *then = g_date_time_add_days(now, -1);
        const struct utimbuf when = { g_date_time_to_unix(then), g_date_time_to_unix(then) };
        assert_int_equal(utime(path, &when), 0);
        char *date = g_date_time_format(then, "%Y-%m-%d");
        char *yesterday = g_strdup_printf("%s.%s", path, date);

        assert_true(sink_open(&sink, path, 10 * DAY, STDERR_FILENO, &err));
        sink_feed(sink, "one\ntw", 6);
        sink_feed(sink, "o\n", 2);
        sink_close(sink);
        char *text = content_of(path);
        assert_string_equal(text, "one\ntwo\n");
        g_free(text);
        text = content_of(yesterday);
        assert_string_equal(text, "of yesterday\n");
        g_free(text);
        assert_int_not_equal(access(ancient, F_OK), 0); /* older than it is kept */
        assert_int_equal(access(other, F_OK), 0);       /* not one of ours */

        char *paths[] = { path, yesterday, other, folder, ancient, date };
        for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
                remove(paths[i]);
                g_free(paths[i]);
        }
        g_date_time_unref(now);
        g_date_time_unref(then);
}

static void test_sink_refuses(void **state)
{
        struct err err = { 0 };
        struct sink *sink;
        assert_false(sink_open(&sink, "nowhere", 86400, STDERR_FILENO, &err));
        assert_int_equal(err.class, ERR_USAGE);
        assert_non_null(strstr(err.text, "is not stderr, syslog, journal or a file"));
        assert_false(sink_open(&sink, "/nonexistent/log", 86400, STDERR_FILENO, &err));
}

/* --- back-off ---------------------------------------------------------------------------------- */

static int status_of(int how)
{
        int status;
        pid_t pid = fork();
        if (pid == 0) {
                if (how < 0) {
                        signal(-how, SIG_DFL); /* cmocka catches some of them */
                        kill(getpid(), -how);
                }
                _exit(how);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        return status;
}

/* A crash doubles the wait; a process that was killed from outside starts again at once and no message is blamed. */
static void test_role_ended(void **state)
{
        static const struct {
                int how; /* exit status, or minus a signal */
                bool crashed;
                int backoff;
        } steps[] = { { 1, true, 1 }, { 1, true, 2 }, { -SIGILL, true, 4 }, { -SIGKILL, false, 0 }, { -SIGABRT, true, 1 }, { 0, false, 0 } };
        struct role role = { .id = ROLE_HANDLE };
        for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
                role.state = ROLE_UP;
                role.pid = 1;
                role.since = g_get_real_time() / G_USEC_PER_SEC;
                role_ended(&role, status_of(steps[i].how));
                assert_int_equal(role.state, ROLE_DOWN);
                assert_int_equal(role.pid, 0);
                assert_int_equal(role.crashed, steps[i].crashed);
                assert_int_equal(role.backoff, steps[i].backoff);
                assert_int_equal(role.restarts, (int) i + 1);
                int64_t wait = role.start_at - g_get_monotonic_time();
                assert_true(wait <= MAX(steps[i].backoff, 1) * G_USEC_PER_SEC);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_handover), cmocka_unit_test(test_handover_is_not_there),
                cmocka_unit_test(test_orphan_does_not_start), cmocka_unit_test(test_sink_file),
                cmocka_unit_test(test_sink_refuses), cmocka_unit_test(test_role_ended),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
