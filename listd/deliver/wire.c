/* wire.c - the executable's own connect(), write(), poll() and read(), which libESMTP finds before the C library's
 * Gives:  wire_set(); connect(), write(), poll(), read()
 * Fails:  as connect(2), write(2), poll(2) and read(2); ETIMEDOUT after the wire's time; poll() with ECONNRESET when the session is
 *         over. A write that is held fails at the next poll(), which libESMTP takes for the end of the session as well
 * relay.c calls wire_set(), so whoever links libESMTP's wrapper links this as well. A socket that was connected by a wire stays
 * non-blocking, as libESMTP would make it next. No octet is held while anybody waits for an answer: each way to wait is a poll(). */
#include "deliver/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Thread_local struct wire *the_wire;

void wire_set(struct wire *wire)
{
        the_wire = wire;
        if (wire)
                wire->fd = -1;
}

static int system_connect(int fd, const struct sockaddr *address, socklen_t length)
{
        return (int) syscall(SYS_connect, fd, address, length);
}

static ssize_t system_write(int fd, const void *bytes, size_t length)
{
        return syscall(SYS_write, fd, bytes, length);
}

static ssize_t system_read(int fd, void *bytes, size_t length)
{
        return syscall(SYS_read, fd, bytes, length);
}

static int system_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
        return (int) syscall(SYS_poll, fds, count, timeout_ms);
}

/* --- connecting ------------------------------------------------------------------------------- */

/* Waits for the end of a connect that is under way. */
static int await(int fd, int timeout_ms)
{
        const gint64 end = g_get_monotonic_time() + (gint64) timeout_ms * 1000;
        struct pollfd poller = { .fd = fd, .events = POLLOUT };
        int ready;
        do {
                gint64 left_ms = (end - g_get_monotonic_time()) / 1000;
                ready = system_poll(&poller, 1, (int) MAX(left_ms, 0));
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
        struct wire *wire = the_wire;
        if (!wire)
                return system_connect(fd, address, length);
        int one = 1, flags = fcntl(fd, F_GETFL);
        if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
                return -1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        int result = system_connect(fd, address, length);
        if (result != 0 && errno == EINPROGRESS)
                result = await(fd, wire->timeout_ms);
        if (result == 0) {
                wire->fd = fd;
                wire->length = wire->at = wire->end = 0;
                wire->is_over = wire->is_opaque = false;
        }
        return result;
}

/* --- writing ------------------------------------------------------------------------------------ */

/* Hands over what is held, as far as the kernel takes it. False: the connection is broken. */
static bool flush(struct wire *wire)
{
        ssize_t written = 1;
        size_t done = 0;
        while (done < wire->length && written > 0) {
                do
                        written = send(wire->fd, wire->held + done, wire->length - done, MSG_NOSIGNAL);
                while (written < 0 && errno == EINTR);
                done += written > 0 ? (size_t) written : 0;
        }
        wire->length -= done;
        memmove(wire->held, wire->held + done, wire->length);
        return written >= 0 || errno == EAGAIN;
}

ssize_t write(int fd, const void *bytes, size_t length)
{
        struct wire *wire = the_wire;
        if (!wire || fd != wire->fd)
                return system_write(fd, bytes, length);
        if (length > WIRE_HELD_MAX - wire->length && !flush(wire))
                return -1;
        const size_t taken = MIN(length, WIRE_HELD_MAX - wire->length);
        if (taken == 0 && length > 0) {
                errno = EAGAIN;
                return -1;
        }
        memcpy(wire->held + wire->length, bytes, taken);
        wire->length += taken;
        return (ssize_t) taken;
}

/* --- reading ------------------------------------------------------------------------------------ */

/* Octets up to the end of the reply, or all when it is not whole. A line whose fourth octet is a hyphen has another behind it. */
static size_t reply_length(struct wire *wire)
{
        const char *start = wire->read + wire->at, *end = wire->read + wire->end, *line = start;
        for (const char *feed; (feed = memchr(line, '\n', (size_t) (end - line))); line = feed + 1)
                if (feed - line < 4 || line[3] != '-') {
                        wire->replies++;
                        return (size_t) (feed + 1 - start);
                }
        return (size_t) (end - start);
}

ssize_t read(int fd, void *bytes, size_t length)
{
        struct wire *wire = the_wire;
        if (!wire || fd != wire->fd || wire->is_opaque)
                return system_read(fd, bytes, length);
        if (wire->at == wire->end) {
                ssize_t got = system_read(fd, wire->read, sizeof wire->read);
                wire->is_over = wire->is_over || got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
                if (got <= 0)
                        return got;
                wire->at = 0;
                wire->end = (size_t) got;
        }
        const size_t reply = reply_length(wire), given = MIN(reply, length);
        memcpy(bytes, wire->read + wire->at, given);
        wire->at += given;
        return (ssize_t) given;
}

/* --- waiting ------------------------------------------------------------------------------------ */

/* "May I write, or is there an answer?" The answer can wait: it may, as long as there is room for a piece. */
static bool may_write(const struct wire *wire, const struct pollfd *fds, nfds_t count)
{
        return count == 2 && fds[1].events == POLLOUT && WIRE_HELD_MAX - wire->length >= WIRE_PIECE_MAX;
}

/* Waits while the kernel takes no more; no longer when there is something to read. */
static int wait_full(struct pollfd *fds, nfds_t count, int timeout_ms)
{
        const short asked = fds[0].events;
        fds[0].events |= POLLOUT;
        int ready = system_poll(fds, count, timeout_ms);
        fds[0].events = asked;
        return ready;
}

static int flush_and_poll(struct wire *wire, struct pollfd *fds, nfds_t count, int timeout_ms)
{
        const short ends = POLLERR | POLLHUP | POLLNVAL;
        for (;;) {
                if (!flush(wire))
                        return -1;
                if (wire->length == 0)
                        return system_poll(fds, count, timeout_ms);
                int ready = wait_full(fds, count, timeout_ms);
                if (ready <= 0 || (fds[0].revents & (fds[0].events | ends)) || count > 1)
                        return ready;
        }
}

static int wait_for_wire(struct wire *wire, struct pollfd *fds, nfds_t count, int timeout_ms)
{
        fds[0].revents = 0;
        if (may_write(wire, fds, count)) {
                fds[1].revents = POLLOUT;
                return 1;
        }
        if ((fds[0].events & POLLIN) && wire->at < wire->end) {
                fds[0].revents = POLLIN;
                return 1;
        }
        int ready = flush_and_poll(wire, fds, count, timeout_ms);
        wire->is_over = wire->is_over || (ready == 0 && timeout_ms > 0); /* what comes later is no answer any more */
        return ready;
}

/* By another name here: the C library declares poll() as a macro or an inline function when it checks the sizes of arrays. */
int wire_poll(struct pollfd *fds, nfds_t count, int timeout_ms) __asm__("poll");
int wire_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
        struct wire *wire = the_wire;
        if (!wire || count == 0 || fds[0].fd != wire->fd)
                return system_poll(fds, count, timeout_ms);
        if (wire->is_over || (wire->goes_on && !wire->is_opaque && !wire->goes_on(wire->user))) {
                wire->is_over = true;
                errno = ECONNRESET;
                return -1;
        }
        return wait_for_wire(wire, fds, count, timeout_ms);
}
