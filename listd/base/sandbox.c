/* sandbox.c - takes from a role what it does not need: Landlock for files and ports, seccomp for system calls
 * Gives:  sandbox_enter(), sandbox_confine(), sandbox_available(); the only file that includes seccomp.h
 * Fails:  ERR_PERM when the kernel lacks a part; what could be applied is in force all the same
 * Landlock is spoken to by its system calls: glibc has no wrapper. Each level of its ABI knows more rights; what a kernel
 * does not know is left out there, and the filter of system calls holds the gap (no connect(), no execve()).
 * A call that is not on a list fails with EPERM. It does not kill: a C library of next year may use another call than
 * the one on the list, and has a way around one that fails. */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"

/* ASan's run-time opens /proc and, for its search for leaks at the end, makes a process that stops this one. So a
 * developer's build has a wider sandbox; the one that is installed has not. */
#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_FOR_ASAN true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANDBOX_FOR_ASAN true
#endif
#endif
#ifndef SANDBOX_FOR_ASAN
#define SANDBOX_FOR_ASAN false
#endif

enum {
        FOR_RECEIVE = 1 << SANDBOX_RECEIVE,
        FOR_HANDLE = 1 << SANDBOX_HANDLE,
        FOR_DELIVER = 1 << SANDBOX_DELIVER,
        FOR_FETCH = 1 << SANDBOX_FETCH,
        FOR_OUTGOING = FOR_DELIVER | FOR_FETCH,
        FOR_ALL = FOR_RECEIVE | FOR_HANDLE | FOR_DELIVER | FOR_FETCH,
        FOR_SANITIZED = SANDBOX_FOR_ASAN ? FOR_ALL : 0
};

/* --- Landlock ------------------------------------------------------------------------ */

/* struct landlock_ruleset_attr and the rights of levels that the installed header may not know yet. */
struct ruleset {
        uint64_t files, net, scoped;
};
#define FS_UP_TO(last) ((last) * 2 - 1)
static const uint64_t FS_TRUNCATE = 1ULL << 14, FS_IOCTL_DEV = 1ULL << 15;
static const uint64_t NET_BIND_TCP = 1ULL << 0, NET_CONNECT_TCP = 1ULL << 1;
static const uint64_t SCOPE_ABSTRACT_UNIX = 1ULL << 0, SCOPE_SIGNAL = 1ULL << 1;
enum { ABI_REFER = 2, ABI_TRUNCATE = 3, ABI_NET = 4, ABI_IOCTL_DEV = 5, ABI_SCOPED = 6 };

enum place_root { IN_SYSTEM, IN_DATA, IN_TEMPLATES };

static const struct place {
        unsigned profiles;
        enum place_root root;
        const char *path;
        bool may_write;
} PLACES[] = {
        { FOR_RECEIVE | FOR_FETCH, IN_DATA, "spool", true },
        { FOR_HANDLE | FOR_DELIVER, IN_DATA, ".", true },
        /* character sets and time zones; name service, its configuration and certificates: all loaded when first used */
        { FOR_HANDLE | FOR_OUTGOING, IN_SYSTEM, "/etc", false },
        { FOR_HANDLE | FOR_OUTGOING, IN_SYSTEM, "/lib", false },
        { FOR_HANDLE | FOR_OUTGOING, IN_SYSTEM, "/lib64", false },
        { FOR_HANDLE | FOR_OUTGOING, IN_SYSTEM, "/usr", false },
        { FOR_HANDLE, IN_TEMPLATES, ".", false }, /* a site's own texts */
        { FOR_OUTGOING, IN_SYSTEM, "/run", false }, /* where resolv.conf often leads */
        { FOR_SANITIZED, IN_SYSTEM, "/proc", false },
};

static int landlock_abi(void)
{
        return (int) syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

static struct ruleset ruleset_of(enum sandbox_profile profile, int abi)
{
        struct ruleset set = { .files = FS_UP_TO(LANDLOCK_ACCESS_FS_MAKE_SYM) };
        if (abi >= ABI_REFER)
                set.files |= LANDLOCK_ACCESS_FS_REFER;
        if (abi >= ABI_TRUNCATE)
                set.files |= FS_TRUNCATE;
        if (abi >= ABI_IOCTL_DEV)
                set.files |= FS_IOCTL_DEV;
        if (abi >= ABI_NET)
                set.net = NET_BIND_TCP | (FOR_OUTGOING & (1u << profile) ? 0 : NET_CONNECT_TCP);
        if (abi >= ABI_SCOPED)
                set.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
        return set;
}

/* The caller frees. */
static char *path_of(const struct place *place, const struct conf *conf)
{
        switch (place->root) {
        case IN_DATA:
                return g_build_filename(conf->data, place->path, NULL);
        case IN_TEMPLATES:
                return g_strdup(conf->templates); /* "": there is none */
        default:
                return g_strdup(place->path);
        }
}

/* A path outside of the data that is not there is nothing to allow. */
static bool allow_place(int ruleset, const struct place *place, const struct conf *conf, uint64_t known, struct err *ret_err)
{
        static const uint64_t reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
        const uint64_t writing = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE
                                 | FS_TRUNCATE;
        char *path = path_of(place, conf);
        struct landlock_path_beneath_attr beneath = {
                .allowed_access = (reading | (place->may_write ? writing : 0)) & known,
                .parent_fd = open(path, O_PATH | O_CLOEXEC),
        };
        bool ok = beneath.parent_fd < 0
                          ? place->root != IN_DATA && errno == ENOENT
                          : syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0;
        if (!ok)
                err_set(ret_err, ERR_PERM, "Landlock: %s: %s", path, g_strerror(errno));
        if (beneath.parent_fd >= 0)
                close(beneath.parent_fd);
        g_free(path);
        return ok;
}

static bool enter_landlock(enum sandbox_profile profile, const struct conf *conf, struct err *ret_err)
{
        const int abi = landlock_abi();
        if (abi < 1)
                return err_set(ret_err, ERR_PERM, "this kernel has no Landlock (lsm=...,landlock on its command line turns it on)");
        const struct ruleset set = ruleset_of(profile, abi);
        int ruleset = (int) syscall(SYS_landlock_create_ruleset, &set, sizeof set, 0);
        if (ruleset < 0)
                return err_set(ret_err, ERR_PERM, "Landlock: %s", g_strerror(errno));
        bool ok = true;
        for (size_t i = 0; ok && i < G_N_ELEMENTS(PLACES); i++)
                if (PLACES[i].profiles & (1u << profile))
                        ok = allow_place(ruleset, &PLACES[i], conf, set.files, ret_err);
        if (ok && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
                ok = err_set(ret_err, ERR_PERM, "Landlock: %s", g_strerror(errno));
        close(ruleset);
        return ok;
}

/* --- seccomp -------------------------------------------------------------------------- */

/* Memory, time, signals, waiting, and descriptors that are open already. */
static const int CALLS_PLAIN[] = {
        SCMP_SYS(brk), SCMP_SYS(clock_getres), SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(close),
        SCMP_SYS(dup), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
        SCMP_SYS(epoll_wait), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(fcntl), SCMP_SYS(fstat), SCMP_SYS(fstatfs),
        SCMP_SYS(futex), SCMP_SYS(getegid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getpid), SCMP_SYS(getppid),
        SCMP_SYS(getrandom), SCMP_SYS(getrusage), SCMP_SYS(gettid), SCMP_SYS(gettimeofday), SCMP_SYS(getuid), SCMP_SYS(lseek),
        SCMP_SYS(madvise), SCMP_SYS(membarrier), SCMP_SYS(mremap), SCMP_SYS(munmap), SCMP_SYS(nanosleep), SCMP_SYS(poll),
        SCMP_SYS(ppoll), SCMP_SYS(pread64), SCMP_SYS(prlimit64), SCMP_SYS(pwrite64), SCMP_SYS(read), SCMP_SYS(readv),
        SCMP_SYS(restart_syscall), SCMP_SYS(rseq), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
        SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_yield), SCMP_SYS(set_robust_list), SCMP_SYS(sigaltstack), SCMP_SYS(sysinfo),
        SCMP_SYS(tgkill), SCMP_SYS(time), SCMP_SYS(uname), SCMP_SYS(write), SCMP_SYS(writev),
};

/* Files: which ones, Landlock decides. */
static const int CALLS_FILES[] = {
        SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(fallocate), SCMP_SYS(fchmod), SCMP_SYS(fchown),
        SCMP_SYS(fdatasync), SCMP_SYS(flock), SCMP_SYS(fsync), SCMP_SYS(ftruncate), SCMP_SYS(getcwd), SCMP_SYS(lstat),
        SCMP_SYS(newfstatat), SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(stat),
        SCMP_SYS(statx), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(getdents64),
};

/* Sockets that are open, and what a listening one gives. */
static const int CALLS_SOCKETS[] = {
        SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(getpeername), SCMP_SYS(getsockname), SCMP_SYS(getsockopt),
        SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(setsockopt), SCMP_SYS(shutdown),
};

/* New ones, and the resolver of the C library. */
static const int CALLS_OUTGOING[] = {
        SCMP_SYS(bind), SCMP_SYS(connect), SCMP_SYS(eventfd2), SCMP_SYS(ioctl), SCMP_SYS(pipe2), SCMP_SYS(prctl),
        SCMP_SYS(recvmmsg), SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(sendmmsg), SCMP_SYS(sendmsg), SCMP_SYS(sendto),
        SCMP_SYS(socket), SCMP_SYS(socketpair),
};

/* Mapping code: the C library loads character sets and name services when they are first used. */
static const int CALLS_LOADING[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect) };

static const int CALLS_SANITIZER[] = {
        SCMP_SYS(arch_prctl), SCMP_SYS(clone), SCMP_SYS(getdents), SCMP_SYS(kill), SCMP_SYS(mmap), SCMP_SYS(mprotect),
        SCMP_SYS(pipe2), SCMP_SYS(prctl), SCMP_SYS(process_vm_readv), SCMP_SYS(ptrace), SCMP_SYS(wait4),
};

static const struct group {
        unsigned profiles;
        const int *calls;
        size_t count;
} GROUPS[] = {
        { FOR_ALL, CALLS_PLAIN, G_N_ELEMENTS(CALLS_PLAIN) },
        { FOR_ALL, CALLS_FILES, G_N_ELEMENTS(CALLS_FILES) },
        { FOR_RECEIVE | FOR_OUTGOING, CALLS_SOCKETS, G_N_ELEMENTS(CALLS_SOCKETS) },
        { FOR_OUTGOING, CALLS_OUTGOING, G_N_ELEMENTS(CALLS_OUTGOING) },
        { FOR_HANDLE | FOR_OUTGOING, CALLS_LOADING, G_N_ELEMENTS(CALLS_LOADING) },
        { FOR_SANITIZED, CALLS_SANITIZER, G_N_ELEMENTS(CALLS_SANITIZER) },
};

/* Sending, but not what opens a connection on its way: a listening socket that was shut down would do for that. */
static bool allow_sending(scmp_filter_ctx filter)
{
        const struct scmp_arg_cmp no_opening = SCMP_A3_64(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0);
        const struct scmp_arg_cmp no_opening_by_message = SCMP_A2_64(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0);
        return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 1, &no_opening) == 0
               && seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(sendmsg), 1, &no_opening_by_message) == 0;
}

/* For questions to name servers: sockets for UDP, and no connect(), which would make a connection of a socket of TCP as well. */
static bool allow_datagrams(scmp_filter_ctx filter)
{
        static const int families[] = { AF_INET, AF_INET6 };
        const uint64_t kind = ~(uint64_t) (SOCK_CLOEXEC | SOCK_NONBLOCK);
        bool ok = true;
        for (size_t i = 0; ok && i < G_N_ELEMENTS(families); i++) {
                const struct scmp_arg_cmp udp[] = {
                        SCMP_A0_64(SCMP_CMP_EQ, (uint64_t) families[i]),
                        SCMP_A1_64(SCMP_CMP_MASKED_EQ, kind, SOCK_DGRAM),
                        SCMP_A2_64(SCMP_CMP_EQ, 0),
                };
                ok = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), G_N_ELEMENTS(udp), udp) == 0;
        }
        return ok;
}

/* Calls that are allowed with some arguments only. */
static bool allow_in_part(scmp_filter_ctx filter, enum sandbox_profile profile, const struct conf *conf)
{
        const struct scmp_arg_cmp no_code = SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
        const struct scmp_arg_cmp a_thread = SCMP_A0_64(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD);
        bool ok = true;
        if (profile == SANDBOX_RECEIVE && !SANDBOX_FOR_ASAN)
                ok = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &no_code) == 0
                     && seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, &no_code) == 0;
        if (profile == SANDBOX_RECEIVE)
                ok = ok && allow_sending(filter) && (!*conf->dnsbl || allow_datagrams(filter));
        if ((FOR_OUTGOING & (1u << profile)) && !SANDBOX_FOR_ASAN)
                ok = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, &a_thread) == 0;
        /* its flags lie in memory, where no filter sees them: so it is "not there", and clone() is called instead */
        return ok && seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
}

static bool enter_seccomp(enum sandbox_profile profile, const struct conf *conf, struct err *ret_err)
{
        scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
        if (!filter)
                return err_set(ret_err, ERR_PERM, "seccomp: libseccomp does not start");
        bool ok = allow_in_part(filter, profile, conf);
        for (size_t i = 0; ok && i < G_N_ELEMENTS(GROUPS); i++)
                for (size_t j = 0; ok && j < GROUPS[i].count && (GROUPS[i].profiles & (1u << profile)); j++)
                        ok = seccomp_rule_add(filter, SCMP_ACT_ALLOW, GROUPS[i].calls[j], 0) == 0;
        int code = ok ? seccomp_load(filter) : -EINVAL;
        seccomp_release(filter);
        return code == 0 || err_set(ret_err, ERR_PERM, "seccomp: %s", g_strerror(-code));
}

/* --- both -------------------------------------------------------------------------------- */

bool sandbox_enter(enum sandbox_profile profile, const struct conf *conf, struct err *ret_err)
{
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
                return err_set(ret_err, ERR_PERM, "no_new_privs: %s", g_strerror(errno));
        bool files = enter_landlock(profile, conf, ret_err);
        /* the first reason is the one to tell */
        return enter_seccomp(profile, conf, files ? ret_err : NULL) && files;
}

bool sandbox_available(struct err *ret_err)
{
        if (landlock_abi() < 1)
                return err_set(ret_err, ERR_PERM, "this kernel has no Landlock (lsm=...,landlock on its command line turns it on)");
        if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
                return err_set(ret_err, ERR_PERM, "this kernel has no seccomp");
        return true;
}

bool sandbox_confine(enum sandbox_profile profile, const struct conf *conf)
{
        struct err err = { 0 };
        if (sandbox_enter(profile, conf, &err))
                return true;
        bool must = conf->sandbox == SANDBOX_MUST;
        log_event(must ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN, "no-sandbox", "reason", err.text, NULL);
        return !must;
}
