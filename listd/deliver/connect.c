/* connect.c - the executable's own connect(), which libESMTP finds before the C library's
 * Gives:  connect_plan_set(), connect()
 * Fails:  as connect(2); ETIMEDOUT after the plan's time
 * relay.c calls connect_plan_set(), so whoever links libESMTP's wrapper links this as well. A socket that was connected
 * by a plan stays non-blocking, as libESMTP would make it next. */
#include "deliver/connect.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Thread_local struct connect_plan *the_plan;

void connect_plan_set(struct connect_plan *plan)
{
        the_plan = plan;
        if (plan)
                plan->fd = -1;
}

static int system_connect(int fd, const struct sockaddr *address, socklen_t length)
{
        return (int) syscall(SYS_connect, fd, address, length);
}

/* Waits for the end of a connect that is under way. */
static int await(int fd, int timeout_ms)
{
        const gint64 end = g_get_monotonic_time() + (gint64) timeout_ms * 1000;
        struct pollfd poller = { .fd = fd, .events = POLLOUT };
        int ready;
        do {
                gint64 left_ms = (end - g_get_monotonic_time()) / 1000;
                ready = poll(&poller, 1, (int) MAX(left_ms, 0));
        } while (ready < 0 && errno == EINTR);
        int failure = 0;
        socklen_t length = sizeof failure;
        if (ready == 0)
                failure = ETIMEDOUT;
        else if (ready < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &length) != 0)
                failure = errno;
        errno = failure;
        return failure ? -1 : 0;
}

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
        struct connect_plan *plan = the_plan;
        if (!plan)
                return system_connect(fd, address, length);
        int one = 1, flags = fcntl(fd, F_GETFL);
        if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
                return -1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        int result = system_connect(fd, address, length);
        if (result != 0 && errno == EINPROGRESS)
                result = await(fd, plan->timeout_ms);
        if (result == 0)
                plan->fd = fd;
        return result;
}
