/* connection.c - one client's socket
 * Gives:     connection_new(), connection_free(), connection_drain(), connection_cut()
 * Fails:     never towards its owner: a socket that fails is closed
 * Standards: RFC 5321 4.5.3.2 (time limits), RFC 3207 (STARTTLS)
 *
 *   TALK --WISH_TLS--> HANDSHAKE --done--> TALK      TALK --WISH_CLOSE, end of input--> FLUSH --all sent--> LINGER --> freed
 *
 * Only enter() writes the phase. Memory has three ceilings: what is read ahead (INPUT_MAX), what the client does not take
 * (OUTPUT_MAX, then its commands wait), and the message (max_size).
 * LINGER: a socket that is closed with unread input resets the connection, and the reply before it would be lost. */
#include "receive/connection.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/net.h"
#include "receive/known.h"

enum {
        INPUT_MAX = 64 * 1024,
        OUTPUT_MAX = 64 * 1024,
        SLICE = 4096, /* fed at once: the replies to it are the overshoot over OUTPUT_MAX */
        FLUSH_SECONDS = 10,
        LINGER_SECONDS = 2
};

enum phase { PHASE_TALK, PHASE_HANDSHAKE, PHASE_FLUSH, PHASE_LINGER };

struct connection {
        const struct connection_host *host;
        struct session *session;
        struct visitor *visitor; /* NULL: a trusted client */
        struct bufferevent *socket; /* NULL while it pauses: then `fd`, and `unread` (may be NULL) of its input */
        int fd;
        GBytes *unread;
        struct event *deadline;
        enum phase phase; /* enter() only */
        int64_t number;
        uint64_t progress; /* of the session when the deadline was set */
        bool input_ended;
};

static void attach(struct connection *connection, struct bufferevent *socket);

static struct bufferevent *new_socket(const struct connection_host *host, int fd)
{
        return bufferevent_socket_new(host->base, fd, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
}

static void set_deadline(struct connection *connection, int seconds)
{
        const struct timeval time = { .tv_sec = seconds };
        event_add(connection->deadline, &time);
}

static void enter(struct connection *connection, enum phase phase)
{
        static const unsigned to[] = {
                [PHASE_TALK] = 1 << PHASE_HANDSHAKE | 1 << PHASE_FLUSH,
                [PHASE_HANDSHAKE] = 1 << PHASE_TALK,
                [PHASE_FLUSH] = 1 << PHASE_LINGER,
        };
        g_assert(to[connection->phase] & (1u << phase));
        connection->phase = phase;
        if (phase == PHASE_FLUSH)
                set_deadline(connection, FLUSH_SECONDS);
        else if (phase == PHASE_LINGER)
                set_deadline(connection, LINGER_SECONDS);
        else
                set_deadline(connection, connection->host->conf->timeout);
}

void connection_free(struct connection *connection)
{
        if (!connection)
                return;
        const char *end = session_end_reason(connection->session);
        session_gone(connection->session);
        log_event(LOG_LEVEL_INFO, "disconnect", "session", log_number(connection->number), "why", end ? end : "client",
                  "messages", log_number(session_messages(connection->session)), NULL);
        if (connection->visitor && !end && session_is_under_way(connection->session))
                visitor_note(connection->visitor, PART_EARLY, 0);
        connection->host->closed(connection->host->user, connection);
        visitor_free(connection->visitor);
        committer_forget(connection->host->committer, connection);
        if (connection->socket)
                bufferevent_free(connection->socket);
        else
                close(connection->fd);
        g_bytes_unref(connection->unread);
        event_free(connection->deadline);
        session_free(connection->session);
        g_free(connection);
}

static size_t output_waiting(const struct connection *connection)
{
        return evbuffer_get_length(bufferevent_get_output(connection->socket));
}

static void send_output(struct connection *connection)
{
        GString *output = session_output(connection->session);
        if (output->len == 0 || session_wish(connection->session) == WISH_PAUSE)
                return;
        bufferevent_write(connection->socket, output->str, output->len);
        g_string_truncate(output, 0);
}

/* --- input ------------------------------------------------------------------------- */

static void feed_slice(struct connection *connection, struct evbuffer *input)
{
        struct evbuffer_iovec piece;
        evbuffer_peek(input, -1, NULL, &piece, 1);
        size_t taken = session_feed(connection->session, piece.iov_base, MIN(piece.iov_len, (size_t) SLICE));
        evbuffer_drain(input, taken);
        send_output(connection);
}

static bool wants_input(const struct connection *connection)
{
        enum session_wish wish = session_wish(connection->session);
        return wish == WISH_INPUT || wish == WISH_TLS; /* in WISH_TLS the session itself ends over it */
}

/* Returns whether all that was read has been fed. */
static bool feed(struct connection *connection)
{
        struct evbuffer *input = bufferevent_get_input(connection->socket);
        while (evbuffer_get_length(input) > 0 && wants_input(connection) && output_waiting(connection) < OUTPUT_MAX)
                feed_slice(connection, input);
        return evbuffer_get_length(input) == 0;
}

/* --- the end ------------------------------------------------------------------------ */

/* Everything was sent. The connection may be freed when this returns. */
static void end_output(struct connection *connection)
{
        if (connection->input_ended) {
                connection_free(connection);
                return;
        }
        SSL *ssl = bufferevent_openssl_get_ssl(connection->socket);
        if (ssl)
                SSL_shutdown(ssl);
        ERR_clear_error();
        shutdown(bufferevent_getfd(connection->socket), SHUT_WR);
        enter(connection, PHASE_LINGER);
        evbuffer_drain(bufferevent_get_input(connection->socket), INPUT_MAX);
        bufferevent_enable(connection->socket, EV_READ);
}

/* The connection may be freed when this returns. */
static void finish(struct connection *connection)
{
        send_output(connection);
        enter(connection, PHASE_FLUSH);
        if (output_waiting(connection) == 0)
                end_output(connection);
}

/* --- TLS ------------------------------------------------------------------------------ */

/* The 220 has been sent; whatever comes now is the handshake. */
static void start_handshake(struct connection *connection)
{
        const int fd = bufferevent_getfd(connection->socket);
        SSL *ssl = SSL_new(connection->host->tls);
        struct bufferevent *socket =
                ssl ? bufferevent_openssl_socket_new(connection->host->base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING,
                                                     BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS)
                    : NULL;
        if (!socket) {
                SSL_free(ssl);
                connection_free(connection);
                return;
        }
        /* a client that closes without a close_notify has ended its input: no message is whole without its CRLF.CRLF */
        bufferevent_openssl_set_allow_dirty_shutdown(socket, 1);
        bufferevent_setfd(connection->socket, -1); /* so that the old one does not close it */
        bufferevent_free(connection->socket);
        attach(connection, socket);
}

/* Nothing is read any more until the reply is out: what the client sends after it belongs to the handshake. */
static void prepare_handshake(struct connection *connection)
{
        bufferevent_disable(connection->socket, EV_READ);
        enter(connection, PHASE_HANDSHAKE);
        if (output_waiting(connection) == 0)
                start_handshake(connection);
}

/* --- the dialogue ---------------------------------------------------------------------- */

static void wait_for_input(struct connection *connection, bool all_fed)
{
        uint64_t progress = session_progress(connection->session);
        if (connection->input_ended && all_fed) {
                finish(connection);
        } else if (progress != connection->progress) {
                connection->progress = progress;
                set_deadline(connection, connection->host->conf->timeout);
        }
}

/* A client that is kept waiting costs its session and a timer: its socket is taken out of the loop, with nothing read or sent. */
static void pause_session(struct connection *connection)
{
        struct bufferevent *socket = connection->socket;
        struct evbuffer *input = bufferevent_get_input(socket);
        const size_t length = evbuffer_get_length(input);
        set_deadline(connection, connection->host->conf->tarpit);
        if (bufferevent_openssl_get_ssl(socket) || output_waiting(connection) > 0) {
                bufferevent_disable(socket, EV_READ);
                return;
        }
        if (length > 0)
                connection->unread = g_bytes_new(evbuffer_pullup(input, -1), length);
        connection->fd = bufferevent_getfd(socket);
        connection->socket = NULL;
        bufferevent_setfd(socket, -1);
        bufferevent_free(socket);
}

/* Puts back what was read and not taken: a socket's input is closed to all but the socket. */
static void unread(struct connection *connection)
{
        struct evbuffer *input = bufferevent_get_input(connection->socket);
        gsize length;
        const void *bytes = g_bytes_get_data(connection->unread, &length);
        evbuffer_unfreeze(input, 0);
        evbuffer_add(input, bytes, length);
        evbuffer_freeze(input, 0);
        g_clear_pointer(&connection->unread, g_bytes_unref);
}

static void end_pause(struct connection *connection)
{
        visitor_resumed(connection->visitor);
        set_deadline(connection, connection->host->conf->timeout);
        if (connection->socket) {
                bufferevent_enable(connection->socket, EV_READ);
                return;
        }
        attach(connection, new_socket(connection->host, connection->fd));
        if (connection->unread)
                unread(connection);
}

/* Takes the dialogue as far as it goes now. The connection may be freed when this returns. */
static void talk(struct connection *connection)
{
        bool all_fed = feed(connection);
        send_output(connection);
        switch (session_wish(connection->session)) {
        case WISH_INPUT:
                wait_for_input(connection, all_fed);
                break;
        case WISH_COMMIT:
                event_del(connection->deadline);
                break;
        case WISH_PAUSE:
                pause_session(connection);
                break;
        case WISH_TLS:
                prepare_handshake(connection);
                break;
        case WISH_CLOSE:
                finish(connection);
                break;
        }
}

static void resume(struct connection *connection)
{
        end_pause(connection);
        session_resume(connection->session);
        talk(connection);
}

static void on_committed(void *user, bool ok)
{
        struct connection *connection = user;
        session_committed(connection->session, ok);
        set_deadline(connection, connection->host->conf->timeout);
        talk(connection);
}

static void on_read(struct bufferevent *socket, void *user)
{
        struct connection *connection = user;
        if (connection->phase == PHASE_TALK)
                talk(connection);
        else if (connection->phase == PHASE_LINGER)
                evbuffer_drain(bufferevent_get_input(socket), INPUT_MAX);
}

/* All output was taken. */
static void on_written(struct bufferevent *socket, void *user)
{
        struct connection *connection = user;
        if (output_waiting(connection) > 0)
                return;
        if (connection->phase == PHASE_TALK)
                talk(connection);
        else if (connection->phase == PHASE_FLUSH)
                end_output(connection);
        else if (connection->phase == PHASE_HANDSHAKE && !bufferevent_openssl_get_ssl(socket))
                start_handshake(connection);
}

static void on_event(struct bufferevent *socket, short what, void *user)
{
        struct connection *connection = user;
        if (what & BEV_EVENT_CONNECTED) {
                enter(connection, PHASE_TALK);
                session_tls_started(connection->session);
                log_event(LOG_LEVEL_INFO, "tls", "session", log_number(connection->number), "version",
                          SSL_get_version(bufferevent_openssl_get_ssl(socket)), NULL);
                talk(connection);
        } else if ((what & BEV_EVENT_EOF) && connection->phase == PHASE_TALK) {
                connection->input_ended = true;
                talk(connection);
        } else if ((what & BEV_EVENT_EOF) && connection->phase == PHASE_FLUSH) {
                connection->input_ended = true;
        } else {
                connection_free(connection);
        }
}

static void on_deadline(evutil_socket_t fd, short what, void *user)
{
        struct connection *connection = user;
        if (session_wish(connection->session) == WISH_PAUSE) {
                resume(connection);
        } else if (connection->phase == PHASE_TALK) {
                session_timeout(connection->session);
                finish(connection);
        } else {
                connection_free(connection);
        }
}

static void attach(struct connection *connection, struct bufferevent *socket)
{
        connection->socket = socket;
        bufferevent_setcb(socket, on_read, on_written, on_event, connection);
        bufferevent_setwatermark(socket, EV_READ, 0, INPUT_MAX);
        bufferevent_set_max_single_read(socket, SLICE * 4);
        bufferevent_enable(socket, EV_READ | EV_WRITE);
}

/* --- life -------------------------------------------------------------------------------- */

/* The client of an MTA of ours; it is none when the MTA came by a socket and told of nobody. */
static void take_forwarded(const struct connection *connection, const struct envelope *envelope)
{
        struct visitor *visitor = visitor_new(connection->host->guard, envelope->client);
        if (visitor)
                visitor_taken(visitor, envelope);
        visitor_free(visitor);
}

static void on_message(void *user, const uint8_t *id, struct envelope *envelope)
{
        struct connection *connection = user;
        if (connection->visitor && !envelope->is_decoy)
                visitor_taken(connection->visitor, envelope);
        else if (envelope->trusted && !network_list_has(connection->host->conf->trusted_networks, envelope->client))
                take_forwarded(connection, envelope);
        committer_add(connection->host->committer, id, envelope, on_committed, connection);
}

/* A limit that cannot be read is none: the server's own holds. */
static size_t on_limit_of(void *user, const char *address)
{
        const struct connection *connection = user;
        struct err err = { 0 };
        int limit = 0;
        if (!spool_limit_of(connection->host->spool, address, &limit, &err))
                log_event(LOG_LEVEL_ERROR, "spool-failed", "reason", err.text, NULL);
        return (size_t) MAX(limit, 0);
}

static bool on_exists(void *user, const char *local, const char *domain)
{
        const struct connection *connection = user;
        const bool exists = known_address(connection->host->spool, local, domain);
        if (!exists)
                daybook_count(connection->host->daybook, domain);
        return exists;
}

static void on_note(void *user, enum guard_part part, double points)
{
        const struct connection *connection = user;
        visitor_note(connection->visitor, part, points);
}

static enum admission on_tried(void *user, const char *mail_from, const char *recipient)
{
        const struct connection *connection = user;
        return visitor_tried(connection->visitor, mail_from, recipient);
}

static void on_witnessed(void *user, const char *ip, const char *mail_from, const char *recipient)
{
        const struct connection *connection = user;
        struct visitor *visitor = visitor_new(connection->host->guard, ip);
        if (visitor)
                visitor_witnessed(visitor, mail_from, recipient);
        visitor_free(visitor);
}

static bool on_became(void *user, const char *ip, bool is_trusted)
{
        struct connection *connection = user;
        visitor_free(connection->visitor);
        connection->visitor = is_trusted ? NULL : visitor_new(connection->host->guard, ip);
        return !connection->visitor || !visitor_enter(connection->visitor, 0);
}

static bool on_may_mail(void *user)
{
        const struct connection *connection = user;
        return visitor_may_mail(connection->visitor);
}

static bool on_has_room(void *user, uint64_t octets)
{
        const struct connection *connection = user;
        return room_has(connection->host->room, octets);
}

/* Input that is there before the banner was sent. */
static bool has_spoken(int fd)
{
        char octet;
        return recv(fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

struct connection *connection_new(const struct connection_host *host, int fd, const struct session_peer *peer,
                                  struct visitor *visitor)
{
        struct connection *connection = g_new0(struct connection, 1);
        const struct session_owner owner = {
                .message = on_message,
                .limit_of = on_limit_of,
                .exists = on_exists,
                .note = on_note,
                .tried = on_tried,
                .witnessed = on_witnessed,
                .became = on_became,
                .may_mail = on_may_mail,
                .has_room = on_has_room,
                .user = connection,
                .probes = host->probes,
        };
        connection->host = host;
        connection->visitor = visitor;
        connection->number = peer->number;
        connection->session = session_new(host->conf, peer, &owner);
        connection->deadline = evtimer_new(host->base, on_deadline, connection);
        log_event(LOG_LEVEL_INFO, "connect", "session", log_number(peer->number), "client", peer->client, "protocol",
                  peer->kind == LISTENER_LMTP ? "LMTP" : "SMTP", NULL);
        session_greet(connection->session, has_spoken(fd));
        attach(connection, new_socket(host, fd));
        set_deadline(connection, host->conf->timeout);
        send_output(connection);
        return connection;
}

/* A socket that was taken out of the loop is needed for the last words. */
static void cut(struct connection *connection)
{
        if (session_wish(connection->session) == WISH_PAUSE)
                end_pause(connection);
        session_cut(connection->session);
}

void connection_drain(struct connection *connection)
{
        if (session_wish(connection->session) == WISH_PAUSE) /* nobody is waited for who is kept waiting */
                cut(connection);
        else
                session_drain(connection->session);
        if (connection->phase == PHASE_TALK)
                talk(connection);
}

void connection_cut(struct connection *connection)
{
        if (connection->phase == PHASE_HANDSHAKE) {
                connection_free(connection);
                return;
        }
        cut(connection);
        if (connection->phase == PHASE_TALK)
                talk(connection);
}
