/* wire.c - the executable's own connect(), write(), poll() and read(), which libESMTP finds before the C library's
 * Gives:  wire_set(), wire_hold(), wire_fill(), wire_handshake(); connect(), write(), poll(), read()
 * Fails:  as connect(2), write(2), poll(2) and read(2); ETIMEDOUT after the wire's time; connect() with ECONNABORTED when connected()
 *         says no; poll() with ECONNRESET when the session is over. A write that is held fails at the next poll(), which libESMTP
 *         takes for the end of the session as well
 * relay.c calls wire_set(), so whoever links libESMTP's wrapper links this as well. A socket that was connected by a wire stays
 * non-blocking, as libESMTP would make it next. No octet is held while anybody waits for an answer: each way to wait is a poll() with
 * a time. */
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

static const char CRLF[] = "\r\n";

static _Thread_local struct wire *the_wire;
static _Thread_local bool is_in_openssl; /* whose own calls are for the system */

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

/* --- octets, in TLS or in the clear ------------------------------------------------------------ */

static ssize_t send_octets(struct wire *wire, const void *bytes, size_t length)
{
        ssize_t sent;
        is_in_openssl = wire->ssl != NULL;
        do
                sent = wire->ssl ? relay_tls_write(wire->ssl, bytes, length) : send(wire->fd, bytes, length, MSG_NOSIGNAL);
        while (sent < 0 && errno == EINTR);
        is_in_openssl = false;
        return sent;
}

static ssize_t receive_octets(struct wire *wire, void *bytes, size_t length)
{
        is_in_openssl = wire->ssl != NULL;
        const ssize_t got = wire->ssl ? relay_tls_read(wire->ssl, bytes, length) : system_read(wire->fd, bytes, length);
        is_in_openssl = false;
        return got;
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
        if (result != 0)
                return result;
        wire->fd = fd;
        wire->length = wire->at = wire->end = 0;
        wire->is_over = false;
        if (!wire->connected || wire->connected(wire->user))
                return 0;
        wire->fd = -1;
        errno = ECONNABORTED;
        return -1;
}

/* --- writing ------------------------------------------------------------------------------------ */

/* Hands over what is held, as far as the kernel takes it. False: the connection is broken. */
static bool flush(struct wire *wire)
{
        ssize_t written = 1;
        size_t done = 0;
        while (done < wire->length && written > 0) {
                written = send_octets(wire, wire->held + done, wire->length - done);
                done += written > 0 ? (size_t) written : 0;
        }
        wire->length -= done;
        memmove(wire->held, wire->held + done, wire->length);
        return written >= 0 || errno == EAGAIN;
}

static void hold(struct wire *wire, const char *bytes, size_t length)
{
        memcpy(wire->held + wire->length, bytes, length);
        wire->length += length;
}

/* What goes behind it: libESMTP writes MAIL alone and whole, for it waits for the answer before it goes on. */
static const char *parameter_of(const struct wire *wire, const char *bytes, size_t length)
{
        static const char verb[] = "MAIL FROM:";
        const bool is_mail = wire->mail_parameter && length > strlen(verb) && memcmp(bytes, verb, strlen(verb)) == 0
                             && memcmp(bytes + length - strlen(CRLF), CRLF, strlen(CRLF)) == 0;
        return is_mail ? wire->mail_parameter : NULL;
}

ssize_t write(int fd, const void *bytes, size_t length)
{
        struct wire *wire = the_wire;
        if (!wire || is_in_openssl || fd != wire->fd)
                return system_write(fd, bytes, length);
        const char *parameter = parameter_of(wire, bytes, length);
        const size_t needed = length + (parameter ? strlen(parameter) : 0);
        if (needed > WIRE_HELD_MAX - wire->length && !flush(wire))
                return -1;
        const size_t room = WIRE_HELD_MAX - wire->length;
        if (length > 0 && (parameter ? room < needed : room == 0)) {
                errno = EAGAIN;
                return -1;
        }
        if (!parameter) {
                hold(wire, bytes, MIN(length, room));
                return (ssize_t) MIN(length, room);
        }
        hold(wire, bytes, length - strlen(CRLF));
        hold(wire, parameter, strlen(parameter));
        hold(wire, CRLF, strlen(CRLF));
        return (ssize_t) length;
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

/* As read(2), but what comes is kept; to be called when nothing is. */
static ssize_t refill(struct wire *wire)
{
        const ssize_t got = receive_octets(wire, wire->read, sizeof wire->read);
        wire->is_over = wire->is_over || got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
        wire->at = 0;
        wire->end = got > 0 ? (size_t) got : 0;
        return got;
}

ssize_t read(int fd, void *bytes, size_t length)
{
        struct wire *wire = the_wire;
        if (!wire || is_in_openssl || fd != wire->fd)
                return system_read(fd, bytes, length);
        if (wire->at == wire->end) {
                const ssize_t got = refill(wire);
                if (got <= 0)
                        return got;
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

/* "Is there an answer yet?", asked behind each command that is sent ahead. It can wait as well: for what is sent, there is room. */
static bool may_wait(const struct pollfd *fds, nfds_t count, int timeout_ms)
{
        return count == 1 && fds[0].events == POLLIN && timeout_ms == 0;
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

static int left_of(gint64 end, int timeout_ms)
{
        return timeout_ms < 0 ? -1 : (int) MAX((end - g_get_monotonic_time() + 999) / 1000, 0);
}

/* In TLS a socket may be readable without an octet for us (tickets of a session, TLS 1.3): who was told so would wait for the rest
 * of an answer that it has not asked for yet. */
static int flush_and_poll_tls(struct wire *wire, struct pollfd *fds, nfds_t count, int timeout_ms)
{
        const gint64 end = g_get_monotonic_time() + (gint64) timeout_ms * 1000;
        for (;;) {
                if (wire->at == wire->end && SSL_pending(wire->ssl) > 0)
                        refill(wire);
                if ((fds[0].events & POLLIN) && wire->at < wire->end) {
                        fds[0].revents = POLLIN;
                        return 1;
                }
                const int ready = flush_and_poll(wire, fds, count, left_of(end, timeout_ms));
                if (ready <= 0 || !(fds[0].revents & POLLIN))
                        return ready;
                if (refill(wire) >= 0 || errno != EAGAIN) /* what ended it is met again by read() */
                        return ready;
                fds[0].revents = 0;
                if (ready > 1)
                        return ready - 1;
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
        if (may_wait(fds, count, timeout_ms))
                return 0;
        int ready = wire->ssl ? flush_and_poll_tls(wire, fds, count, timeout_ms) : flush_and_poll(wire, fds, count, timeout_ms);
        wire->is_over = wire->is_over || (ready == 0 && timeout_ms > 0); /* what comes later is no answer any more */
        return ready;
}

/* By another name here: the C library declares poll() as a macro or an inline function when it checks the sizes of arrays. */
int wire_poll(struct pollfd *fds, nfds_t count, int timeout_ms) __asm__("poll");
int wire_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
        struct wire *wire = the_wire;
        if (!wire || is_in_openssl || count == 0 || fds[0].fd != wire->fd)
                return system_poll(fds, count, timeout_ms);
        if (wire->is_over || (wire->goes_on && !wire->goes_on(wire->user))) {
                wire->is_over = true;
                errno = ECONNRESET;
                return -1;
        }
        return wait_for_wire(wire, fds, count, timeout_ms);
}

/* --- before libESMTP -------------------------------------------------------------------------------- */

void wire_hold(struct wire *wire, const char *text)
{
        hold(wire, text, MIN(strlen(text), WIRE_HELD_MAX - wire->length));
}

bool wire_fill(struct wire *wire, int timeout_ms)
{
        struct pollfd poller = { .fd = wire->fd, .events = POLLIN };
        if (wire->at < wire->end)
                return true;
        const int ready = wire->ssl ? flush_and_poll_tls(wire, &poller, 1, timeout_ms) : flush_and_poll(wire, &poller, 1, timeout_ms);
        return ready > 0 && (wire->at < wire->end || refill(wire) > 0);
}

bool wire_handshake(struct wire *wire, int timeout_ms)
{
        const gint64 end = g_get_monotonic_time() + (gint64) timeout_ms * 1000;
        int done = 0, ready = 1;
        while (done == 0 && ready > 0) {
                bool wants_write;
                is_in_openssl = true;
                done = relay_tls_shake(wire->ssl, &wants_write);
                is_in_openssl = false;
                struct pollfd poller = { .fd = wire->fd, .events = wants_write ? POLLOUT : POLLIN };
                if (done == 0)
                        ready = system_poll(&poller, 1, left_of(end, timeout_ms));
        }
        return done == 1;
}
