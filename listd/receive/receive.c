/* receive.c - the role's main: the loop, the listeners, the limit of sessions, the way out
 * Gives:     receive_main()
 * Fails:     with exit status 1 and a log line, when spool, certificate or (sandbox = must) the sandbox fail at the start
 * Standards: RFC 5321 3.8 (421 before a close), 4.5.4.2 (limits of a server)
 * This process knows no member: it opens spool.db, and then the sandbox takes everything else away. */
#include "receive/receive.h"

#include <arpa/inet.h>
#include <event2/listener.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/net.h"
#include "base/sandbox.h"
#include "receive/connection.h"
#include "receive/delegate.h"
#include "receive/reply.h"
#include "receive/tls.h"

enum {
        DRAIN_SECONDS = 30,       /* for transactions that are under way at SIGTERM; [receive] timeout when that is less */
        ACCEPT_PAUSE_SECONDS = 1, /* when no descriptor is left */
        DELEGATES_MAX = 200, /* connections of MTAs that ask */
        FILES_BESIDE_SESSIONS = 64 + DELEGATES_MAX,
        DECOY_SHARE = 4 /* at most a quarter of the sessions is with the decoy */
};

struct receiver;

struct door {
        struct receiver *receiver;
        const struct listener *listener;
        struct evconnlistener *socket;
        struct event *pause;
};

struct receiver {
        struct connection_host host;
        struct door doors[LISTENERS_MAX];
        size_t door_count;
        GHashTable *connections; /* struct connection -> of which kind of door */
        unsigned decoyed; /* of them, with the decoy */
        GHashTable *delegates; /* a set of struct delegate */
        struct probes *probes;
        struct event *term;
        struct event *drain_end; /* NULL until SIGTERM */
        int64_t sessions;        /* so far: the number of the next one */
};

/* --- clients ------------------------------------------------------------------------- */

/* While it drains and nobody is left: then nothing is waited for, and the loop ends by itself. */
static void end_when_empty(struct receiver *receiver)
{
        if (!receiver->drain_end || g_hash_table_size(receiver->connections) > 0)
                return;
        event_del(receiver->drain_end);
        event_del(receiver->term);
        guard_stop(receiver->host.guard);
        daybook_stop(receiver->host.daybook);
}

static void on_closed(void *user, struct connection *connection)
{
        struct receiver *receiver = user;
        receiver->decoyed -= GPOINTER_TO_INT(g_hash_table_lookup(receiver->connections, connection)) == LISTENER_DECOY;
        g_hash_table_remove(receiver->connections, connection);
        end_when_empty(receiver);
}

/* An IPv4 client of a socket for both is named as IPv4. */
static void client_ip(const struct sockaddr *from, char ret_ip[INET6_ADDRSTRLEN])
{
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *) (const void *) from;
        const struct sockaddr_in *four = (const struct sockaddr_in *) (const void *) from;
        if (from->sa_family == AF_INET)
                inet_ntop(AF_INET, &four->sin_addr, ret_ip, INET6_ADDRSTRLEN);
        else if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
                inet_ntop(AF_INET, &six->sin6_addr.s6_addr[12], ret_ip, INET6_ADDRSTRLEN);
        else
                inet_ntop(AF_INET6, &six->sin6_addr, ret_ip, INET6_ADDRSTRLEN);
}

/* Where a client came to: what it may know our machine by. "" for none. */
static void server_ip(int fd, bool is_unix, char ret_ip[INET6_ADDRSTRLEN])
{
        struct sockaddr_storage address;
        socklen_t length = sizeof address;
        *ret_ip = '\0';
        if (!is_unix && getsockname(fd, (struct sockaddr *) &address, &length) == 0)
                client_ip((struct sockaddr *) &address, ret_ip);
}

/* Without a session: the kernel's buffer has room for one line. */
static void turn_away(int fd, const char *client, enum reply reply, const char *why)
{
        char line[128];
        g_snprintf(line, sizeof line, "%s\r\n", reply_text(reply, false));
        ssize_t sent = send(fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT);
        log_event(LOG_LEVEL_INFO, "turned-away", "client", client, "why", why, "told", sent > 0 ? "yes" : "no", NULL);
        close(fd);
}

static void on_delegate_closed(void *user, struct delegate *delegate)
{
        struct receiver *receiver = user;
        g_hash_table_remove(receiver->delegates, delegate);
}

/* An MTA of ours that has questions; nobody else may ask, for the answers tell what a client has done. */
static void on_mta(struct receiver *receiver, evutil_socket_t fd, const char *ip, bool is_trusted)
{
        if (is_trusted && g_hash_table_size(receiver->delegates) < DELEGATES_MAX) {
                g_hash_table_add(receiver->delegates, delegate_new(&receiver->host, fd, on_delegate_closed, receiver));
                return;
        }
        log_event(LOG_LEVEL_WARN, "turned-away", "client", ip, "why", is_trusted ? "all" : "not-trusted", "told", "no", NULL);
        close(fd);
}

static void on_client(struct evconnlistener *socket, evutil_socket_t fd, struct sockaddr *from, int length, void *user)
{
        const struct door *door = user;
        struct receiver *receiver = door->receiver;
        const struct connection_host *host = &receiver->host;
        const bool is_unix = door->listener->is_unix;
        char ip[INET6_ADDRSTRLEN] = "unix", server[INET6_ADDRSTRLEN];
        int one = 1;
        if (!is_unix) {
                client_ip(from, ip);
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        }
        const bool is_decoy = door->listener->kind == LISTENER_DECOY; /* which trusts nobody */
        const bool is_trusted = !is_decoy && (is_unix || network_list_has(host->conf->trusted_networks, ip));
        if (door->listener->kind == LISTENER_POLICY) {
                on_mta(receiver, fd, ip, is_trusted);
                return;
        }
        const guint open = g_hash_table_size(receiver->connections);
        if (open >= (guint) host->conf->max_sessions
            || (is_decoy && receiver->decoyed >= (unsigned) host->conf->max_sessions / DECOY_SHARE + 1)) {
                turn_away(fd, ip, REPLY_TOO_MANY_SESSIONS, "all");
                return;
        }
        struct visitor *visitor = is_trusted ? NULL : visitor_new(receiver->host.guard, ip); /* an MTA of ours brings the mail of many */
        const char *why = visitor ? visitor_enter(visitor, open) : NULL;
        if (why) {
                turn_away(fd, ip, REPLY_TOO_MUCH_FROM_YOU, why);
                visitor_free(visitor);
                return;
        }
        server_ip(fd, is_unix, server);
        const struct session_peer peer = {
                .kind = door->listener->kind,
                .trusted = is_trusted,
                .tls_offered = host->tls != NULL && !is_decoy,
                .client = ip,
                .server = *server ? server : NULL,
                .number = ++receiver->sessions,
        };
        receiver->decoyed += is_decoy;
        g_hash_table_insert(receiver->connections, connection_new(host, fd, &peer, visitor), GINT_TO_POINTER((int) peer.kind));
}

/* --- listeners ------------------------------------------------------------------------- */

static void on_pause_end(evutil_socket_t fd, short what, void *user)
{
        const struct door *door = user;
        evconnlistener_enable(door->socket);
}

/* No descriptor or no memory: who waits in the queue of the kernel is served when others have left. */
static void on_accept_error(struct evconnlistener *socket, void *user)
{
        const struct door *door = user;
        const struct timeval pause = { .tv_sec = ACCEPT_PAUSE_SECONDS };
        log_event(LOG_LEVEL_ERROR, "accept-failed", "reason", g_strerror(EVUTIL_SOCKET_ERROR()), NULL);
        evconnlistener_disable(socket);
        event_add(door->pause, &pause);
}

static void open_doors(struct receiver *receiver, const struct handover *handover)
{
        receiver->door_count = handover->listener_count;
        for (size_t i = 0; i < receiver->door_count; i++) {
                struct door *door = &receiver->doors[i];
                door->receiver = receiver;
                door->listener = &handover->listeners[i];
                /* a backlog of 0: it listens already */
                door->socket = evconnlistener_new(receiver->host.base, on_client, door,
                                                  LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, door->listener->fd);
                evconnlistener_set_error_cb(door->socket, on_accept_error);
                door->pause = evtimer_new(receiver->host.base, on_pause_end, door);
        }
}

static void close_doors(struct receiver *receiver)
{
        for (size_t i = 0; i < receiver->door_count; i++) {
                evconnlistener_free(receiver->doors[i].socket);
                event_free(receiver->doors[i].pause);
        }
        receiver->door_count = 0;
}

/* --- the way out ------------------------------------------------------------------------ */

/* A connection that is told may end at once, so the list is a copy. */
static void tell_all(struct receiver *receiver, void (*tell)(struct connection *connection))
{
        GList *all = g_hash_table_get_keys(receiver->connections);
        for (GList *one = all; one; one = one->next)
                tell(one->data);
        g_list_free(all);
}

static void on_drain_end(evutil_socket_t fd, short what, void *user)
{
        tell_all(user, connection_cut);
}

static void on_term(evutil_socket_t signal, short what, void *user)
{
        struct receiver *receiver = user;
        const struct timeval time = { .tv_sec = MIN((int) DRAIN_SECONDS, receiver->host.conf->timeout) };
        if (receiver->drain_end)
                return;
        log_event(LOG_LEVEL_INFO, "drain", "sessions", log_number(g_hash_table_size(receiver->connections)), NULL);
        close_doors(receiver);
        g_hash_table_remove_all(receiver->delegates); /* an MTA asks again */
        receiver->drain_end = evtimer_new(receiver->host.base, on_drain_end, receiver);
        event_add(receiver->drain_end, &time);
        tell_all(receiver, connection_drain);
        end_when_empty(receiver);
}

/* --- the start ----------------------------------------------------------------------------- */

static void raise_file_limit(const struct conf *conf)
{
        struct rlimit limit;
        const rlim_t wanted = (rlim_t) conf->max_sessions + FILES_BESIDE_SESSIONS;
        if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
                return;
        limit.rlim_cur = MIN(wanted, limit.rlim_max);
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted)
                log_event(LOG_LEVEL_WARN, "few-files", "limit", log_number((int64_t) limit.rlim_cur), "wanted",
                          log_number((int64_t) wanted), NULL);
}

/* A write to a client that left, or to a full disk, is an error and not a death. What a terminal sends to the whole
 * group is the supervisor's to act on. */
static void ignore_signals(void)
{
        static const int ignored[] = { SIGPIPE, SIGXFSZ, SIGINT, SIGHUP };
        for (size_t i = 0; i < G_N_ELEMENTS(ignored); i++)
                signal(ignored[i], SIG_IGN);
}

static void free_delegate(void *delegate)
{
        delegate_free(delegate);
}

static bool start(struct receiver *receiver, const struct handover *handover, struct err *ret_err)
{
        struct connection_host *host = &receiver->host;
        host->conf = handover->conf;
        host->closed = on_closed;
        host->user = receiver;
        receiver->connections = g_hash_table_new(NULL, NULL);
        receiver->delegates = g_hash_table_new_full(NULL, NULL, free_delegate, NULL);
        if (handover->probes
            && !probes_parse(&receiver->probes, handover->probes, strlen(handover->probes), "probes", ret_err))
                return false;
        host->probes = receiver->probes;
        if (!spool_open(&host->spool, host->conf->data, false, ret_err))
                return false;
        host->room = room_new(host->conf);
        if (handover->tls_cert && !tls_context_new(&host->tls, handover->tls_cert, handover->tls_key, ret_err))
                return false;
        host->base = event_base_new();
        if (!host->base)
                return err_set(ret_err, ERR_TEMP, "libevent does not start");
        if (!guard_new(&host->guard, host->base, host->conf, host->spool, ret_err))
                return false;
        host->daybook = daybook_new(host->base, host->conf, host->spool);
        host->committer = committer_new(host->base, host->spool, handover->spool_public, handover->wake_out);
        receiver->term = evsignal_new(host->base, SIGTERM, on_term, receiver);
        event_add(receiver->term, NULL);
        open_doors(receiver, handover);
        return true;
}

static void stop(struct receiver *receiver)
{
        struct connection_host *host = &receiver->host;
        close_doors(receiver);
        committer_free(host->committer);
        guard_free(receiver->host.guard);
        daybook_free(host->daybook);
        probes_free(receiver->probes);
        if (receiver->term)
                event_free(receiver->term);
        if (receiver->drain_end)
                event_free(receiver->drain_end);
        if (host->base)
                event_base_free(host->base);
        SSL_CTX_free(host->tls);
        room_free(host->room);
        spool_close(host->spool);
        g_hash_table_unref(receiver->connections);
        g_hash_table_unref(receiver->delegates);
}

int receive_main(struct handover *handover)
{
        struct receiver receiver = { 0 };
        struct err err = { 0 };
        ignore_signals();
        raise_file_limit(handover->conf);
        bool ok = start(&receiver, handover, &err);
        if (!ok)
                log_event(LOG_LEVEL_ERROR, "cannot-start", "error", err.text, NULL);
        ok = ok && sandbox_confine(SANDBOX_RECEIVE, handover->conf);
        if (ok) {
                log_event(LOG_LEVEL_INFO, "started", "listeners", log_number((int64_t) receiver.door_count), NULL);
                event_base_dispatch(receiver.host.base);
                log_event(LOG_LEVEL_INFO, "stopped", "sessions", log_number(receiver.sessions), NULL);
        }
        stop(&receiver);
        return ok ? 0 : 1;
}
