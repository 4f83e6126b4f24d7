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
        int spare; /* another listener, of the process that tries */
        int pair;  /* one end of a connection */
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

/* A socket that is open already becomes a new connection. */
static int connect_again(const struct lab *lab)
{
        const struct sockaddr nobody = { .sa_family = AF_UNSPEC };
        if (connect(lab->spare, &nobody, sizeof nobody) != 0)
                return errno;
        return connect(lab->spare, (const struct sockaddr *) &lab->address, sizeof lab->address) == 0 ? 0 : errno;
}

/* The same without connect(). */
static int send_into_new_connection(const struct lab *lab)
{
        shutdown(lab->spare, SHUT_RD);
        ssize_t sent = sendto(lab->spare, "x", 1, MSG_FASTOPEN, (const struct sockaddr *) &lab->address, sizeof lab->address);
        return sent >= 0 || errno == EINPROGRESS ? 0 : errno;
}

static int send_message_into_new_connection(const struct lab *lab)
{
        struct iovec piece = { (void *) "x", 1 };
        const struct msghdr message = { (void *) &lab->address, sizeof lab->address, &piece, 1, NULL, 0, 0 };
        shutdown(lab->spare, SHUT_RD);
        return sendmsg(lab->spare, &message, MSG_FASTOPEN) >= 0 || errno == EINPROGRESS ? 0 : errno;
}

static int send_on_open_socket(const struct lab *lab)
{
        return send(lab->pair, "x", 1, MSG_NOSIGNAL) == 1 ? 0 : errno;
}

static int send_datagram(const struct lab *lab)
{
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct iovec piece = { (void *) "x", 1 };
        const struct msghdr message = { (void *) &lab->address, sizeof lab->address, &piece, 1, NULL, 0, 0 };
        return fd < 0 || sendmsg(fd, &message, MSG_NOSIGNAL) != 1 ? errno : 0;
}

static int open_datagram_v6(const struct lab *lab)
{
        int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        return fd < 0 && errno != EAFNOSUPPORT ? errno : 0;
}

static int connect_datagram(const struct lab *lab)
{
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        return fd < 0 || connect(fd, (const struct sockaddr *) &lab->address, sizeof lab->address) != 0 ? errno : 0;
}

static int open_of(int family, int type, int protocol)
{
        return socket(family, type, protocol) < 0 ? errno : 0;
}

static int open_tcp(const struct lab *lab)
{
        return open_of(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int open_unix(const struct lab *lab)
{
        return open_of(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static int open_netlink(const struct lab *lab)
{
        return open_of(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, 0);
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

enum { ALLOWED, DENIED, DENIED_UNLESS_SANITIZED, EITHER };

static const struct situation {
        const char *name;
        enum sandbox_profile profile;
        const char *dnsbl;
} SITUATIONS[] = {
        { "receive", SANDBOX_RECEIVE, NULL },
        { "receive that asks blocklists", SANDBOX_RECEIVE, "bl.example" },
        { "handle", SANDBOX_HANDLE, "bl.example" },
        { "deliver", SANDBOX_DELIVER, NULL },
};

static const struct {
        const char *what;
        int (*attempt)(const struct lab *lab);
        int expected[G_N_ELEMENTS(SITUATIONS)];
} ATTEMPTS[] = {
        { "read listd.db", read_store, { DENIED, DENIED, ALLOWED, ALLOWED } },
        { "write listd.db-wal", write_store, { DENIED, DENIED, ALLOWED, ALLOWED } },
        { "read keys/master.key", read_key, { DENIED, DENIED, ALLOWED, ALLOWED } },
        { "write spool.db-wal", write_spool, { ALLOWED, ALLOWED, ALLOWED, ALLOWED } },
        { "read /etc/passwd", read_passwords, { DENIED, DENIED, ALLOWED, ALLOWED } },
        { "read /usr/share", read_usr, { DENIED, DENIED, ALLOWED, ALLOWED } },
        { "write to /tmp", write_outside, { DENIED, DENIED, DENIED, DENIED } },
        { "connect", connect_tcp, { DENIED, DENIED, DENIED, ALLOWED } },
        { "connect an open socket anew", connect_again, { DENIED, DENIED, DENIED, ALLOWED } },
        { "connect by sending", send_into_new_connection, { DENIED, DENIED, DENIED, EITHER } },
        { "connect by sending a message", send_message_into_new_connection, { DENIED, DENIED, DENIED, EITHER } },
        { "send on an open socket", send_on_open_socket, { ALLOWED, ALLOWED, DENIED, ALLOWED } },
        { "send a datagram", send_datagram, { DENIED, ALLOWED, DENIED, ALLOWED } },
        { "open a socket of IPv6", open_datagram_v6, { DENIED, ALLOWED, DENIED, ALLOWED } },
        { "connect a socket for datagrams", connect_datagram, { DENIED, DENIED, DENIED, ALLOWED } },
        { "open a socket of TCP", open_tcp, { DENIED, DENIED, DENIED, ALLOWED } },
        { "open a unix socket", open_unix, { DENIED, DENIED, DENIED, ALLOWED } },
        { "open a netlink socket", open_netlink, { DENIED, DENIED, DENIED, ALLOWED } },
        { "execute /bin/true", execute, { DENIED, DENIED, DENIED, DENIED } },
        { "fork", fork_one, { DENIED_UNLESS_SANITIZED, DENIED_UNLESS_SANITIZED, DENIED_UNLESS_SANITIZED, DENIED_UNLESS_SANITIZED } },
        { "map code", map_code, { DENIED_UNLESS_SANITIZED, DENIED_UNLESS_SANITIZED, ALLOWED, ALLOWED } },
};

/* --- trying -------------------------------------------------------------------------------- */

enum { CHILD_NO_SANDBOX = 250, CHILD_DENIED = 251, CHILD_OTHER = 252 };

static bool is_denial(int code)
{
        return code == EPERM || code == EACCES;
}

static int listen_on_loopback(struct sockaddr_in *ret_address)
{
        socklen_t length = sizeof *ret_address;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        *ret_address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        if (bind(fd, (struct sockaddr *) ret_address, sizeof *ret_address) != 0 || listen(fd, 8) != 0
            || getsockname(fd, (struct sockaddr *) ret_address, &length) != 0)
                fail_msg("cannot listen on loopback: %s", g_strerror(errno));
        return fd;
}

/* The exit status of a process that tries: what _exit() takes, so that no sanitizer looks for leaks there. */
static int try_in_child(const struct lab *lab, const struct situation *situation, int (*attempt)(const struct lab *lab))
{
        fflush(NULL);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                struct err err = { 0 };
                char *lists[] = { (char *) situation->dnsbl, NULL };
                const struct conf conf = { .data = lab->data, .templates = (char *) "", .dnsbl = lists };
                struct lab own = *lab;
                struct sockaddr_in address;
                int pair[2];
                own.spare = listen_on_loopback(&address);
                if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
                        _exit(CHILD_OTHER);
                own.pair = pair[0];
                if (!sandbox_enter(situation->profile, &conf, &err))
                        _exit(CHILD_NO_SANDBOX);
                int code = attempt(&own);
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
        lab->data = folder_make(&keyring);
        keyring_free(keyring);
        char *path = path_in(lab, "listd.db");
        assert_true(g_file_set_contents(path, "x", 1, NULL));
        g_free(path);
        lab->listener = listen_on_loopback(&lab->address);
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
        for (size_t i = 0; i < G_N_ELEMENTS(ATTEMPTS); i++)
                for (size_t j = 0; j < G_N_ELEMENTS(SITUATIONS); j++) {
                        const int expected = ATTEMPTS[i].expected[j];
                        const bool allowed = expected == ALLOWED || (expected == DENIED_UNLESS_SANITIZED && SANITIZED);
                        const int got = try_in_child(&lab, &SITUATIONS[j], ATTEMPTS[i].attempt);
                        if (expected != EITHER && got != (allowed ? 0 : CHILD_DENIED))
                                fail_msg("%s, %s: %d", SITUATIONS[j].name, ATTEMPTS[i].what, got);
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
                char *none[] = { NULL };
                const struct conf conf = { .data = (char *) "/nonexistent", .templates = (char *) "", .dnsbl = none };
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
