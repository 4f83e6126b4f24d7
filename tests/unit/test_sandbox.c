/* test_sandbox.c - what a role cannot do any more behind its sandbox, each tried in a process of its own */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/conf.h"
#include "base/sandbox.h"
#include "folder.h"

struct lab {
        char *data;
        int listener; /* on loopback: connect() would succeed */
        struct sockaddr_in address;
};

static char *path_in(const struct lab *lab, const char *name)
{
        return g_build_filename(lab->data, name, NULL);
}

/* --- what is tried: 0 when it worked, else errno --------------------------------------- */

static int try_open(const struct lab *lab, const char *name, int flags)
{
        char *path = name[0] == '/' ? g_strdup(name) : path_in(lab, name);
        int fd = open(path, flags | O_CLOEXEC, 0600);
        int code = fd < 0 ? errno : 0;
        g_free(path);
        if (fd >= 0)
                close(fd);
        return code;
}

static int read_store(const struct lab *lab)
{
        return try_open(lab, "listd.db", O_RDONLY);
}

static int read_key(const struct lab *lab)
{
        return try_open(lab, "keys/master.key", O_RDONLY);
}

static int write_spool(const struct lab *lab)
{
        return try_open(lab, "spool/spool.db-wal", O_RDWR | O_CREAT);
}

static int write_store(const struct lab *lab)
{
        return try_open(lab, "listd.db-wal", O_RDWR | O_CREAT);
}

static int read_passwords(const struct lab *lab)
{
        return try_open(lab, "/etc/passwd", O_RDONLY);
}

static int write_outside(const struct lab *lab)
{
        return try_open(lab, "/tmp/listd-test-outside", O_WRONLY | O_CREAT | O_TRUNC);
}

static int connect_tcp(const struct lab *lab)
{
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (const struct sockaddr *) &lab->address, sizeof lab->address) != 0)
                return errno;
        close(fd);
        return 0;
}

static int execute(const struct lab *lab)
{
        char *const argv[] = { (char *) "true", NULL };
        execv("/bin/true", argv);
        return errno;
}

static int fork_one(const struct lab *lab)
{
        pid_t pid = fork();
        if (pid == 0)
                _exit(0);
        return pid < 0 ? errno : 0;
}

static int map_code(const struct lab *lab)
{
        void *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return code == MAP_FAILED ? errno : 0;
}

static int read_usr(const struct lab *lab)
{
        return try_open(lab, "/usr/share", O_RDONLY | O_DIRECTORY);
}

#if defined(__SANITIZE_ADDRESS__)
enum { SANITIZED = true };
#else
enum { SANITIZED = false };
#endif

enum { ALLOWED, DENIED, DENIED_UNLESS_SANITIZED };

static const struct {
        const char *what;
        int (*attempt)(const struct lab *lab);
        int expected[SANDBOX_PROFILES];
} ATTEMPTS[] = {
        { "read listd.db", read_store, { DENIED, ALLOWED, ALLOWED } },
        { "write listd.db-wal", write_store, { DENIED, ALLOWED, ALLOWED } },
        { "read keys/master.key", read_key, { DENIED, ALLOWED, ALLOWED } },
        { "write spool.db-wal", write_spool, { ALLOWED, ALLOWED, ALLOWED } },
        { "read /etc/passwd", read_passwords, { DENIED, ALLOWED, ALLOWED } },
        { "read /usr/share", read_usr, { DENIED, ALLOWED, ALLOWED } },
        { "write to /tmp", write_outside, { DENIED, DENIED, DENIED } },
        { "connect", connect_tcp, { DENIED, DENIED, ALLOWED } },
        { "execute /bin/true", execute, { DENIED, DENIED, DENIED } },
        { "fork", fork_one, { DENIED_UNLESS_SANITIZED, DENIED_UNLESS_SANITIZED, DENIED_UNLESS_SANITIZED } },
        { "map code", map_code, { DENIED_UNLESS_SANITIZED, ALLOWED, ALLOWED } },
};

/* --- trying -------------------------------------------------------------------------------- */

enum { CHILD_NO_SANDBOX = 250, CHILD_DENIED = 251, CHILD_OTHER = 252 };

static bool is_denial(int code)
{
        return code == EPERM || code == EACCES;
}

/* The exit status of a process that tries: what _exit() takes, so that no sanitizer looks for leaks there. */
static int try_in_child(const struct lab *lab, enum sandbox_profile profile, int (*attempt)(const struct lab *lab))
{
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                struct err err = { 0 };
                const struct conf conf = { .data = lab->data, .templates = (char *) "" };
                if (!sandbox_enter(profile, &conf, &err))
                        _exit(CHILD_NO_SANDBOX);
                int code = attempt(lab);
                _exit(code == 0 ? 0 : is_denial(code) ? CHILD_DENIED : CHILD_OTHER);
        }
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        return WEXITSTATUS(status);
}

static void make_lab(struct lab *lab)
{
        struct keyring *keyring;
        socklen_t length = sizeof lab->address;
        lab->data = folder_make(&keyring);
        keyring_free(keyring);
        char *path = path_in(lab, "listd.db");
        assert_true(g_file_set_contents(path, "x", 1, NULL));
        g_free(path);
        lab->address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        lab->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(lab->listener, (struct sockaddr *) &lab->address, sizeof lab->address), 0);
        assert_int_equal(listen(lab->listener, 8), 0);
        assert_int_equal(getsockname(lab->listener, (struct sockaddr *) &lab->address, &length), 0);
}

static void test_profiles(void **state)
{
        struct lab lab;
        struct err err = { 0 };
        if (!sandbox_available(&err)) {
                print_message("# skipped: %s\n", err.text);
                skip();
        }
        make_lab(&lab);
        for (int profile = 0; profile < SANDBOX_PROFILES; profile++)
                for (size_t i = 0; i < G_N_ELEMENTS(ATTEMPTS); i++) {
                        int expected = ATTEMPTS[i].expected[profile];
                        bool allowed = expected == ALLOWED || (expected == DENIED_UNLESS_SANITIZED && SANITIZED);
                        int got = try_in_child(&lab, (enum sandbox_profile) profile, ATTEMPTS[i].attempt);
                        if (got != (allowed ? 0 : CHILD_DENIED))
                                fail_msg("profile %d, %s: %d", profile, ATTEMPTS[i].what, got);
                }
        close(lab.listener);
        folder_remove(lab.data);
}

/* A folder that is not there cannot be the one that is allowed: the sandbox is not whole, and says so. */
static void test_missing_folder(void **state)
{
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                struct err err = { 0 };
                const struct conf conf = { .data = (char *) "/nonexistent", .templates = (char *) "" };
                bool entered = sandbox_enter(SANDBOX_RECEIVE, &conf, &err);
                _exit(!entered && err.class == ERR_PERM && *err.text ? 0 : 1);
        }
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_profiles),
                cmocka_unit_test(test_missing_folder),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
