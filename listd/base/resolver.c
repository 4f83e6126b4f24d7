/* resolver.c - asks name servers: the only file that includes ares.h
 * Gives:     what resolver.h lists
 * Fails:     resolver_new(): ERR_TEMP when c-ares does not start. An answer has a status
 * Standards: RFC 1035 4.2.1 (datagrams), RFC 2181 9 (what was cut), RFC 2308 5 (that there is nothing is remembered), RFC 6891 (EDNS)
 *
 *   a question:  ASKED -> KEPT (has an answer that is remembered) or gone;  KEPT -> gone, when it is old or the oldest of too many
 *
 * Questions for the same thing are one. A question is given up after RESOLVER_SECONDS whatever c-ares still tries, which depends on
 * how many servers there are. The sockets are not connected: connect() would have to be allowed in the sandbox, and with it a
 * client's socket could be turned into a new connection. So who sent a datagram is compared here. */
#define CARES_NO_DEPRECATED /* what is deprecated since 1.28 is all that 1.18 has */
#include "base/resolver.h"

#include <ares.h>
#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <unistd.h>

#include "base/net.h"

enum {
        TRY_MILLISECONDS = 1000, /* the second try waits twice as long */
        TRIES = 2,
        DATAGRAM_MAX = 1232, /* fits into what every network carries whole */
        SOCKETS_MAX = 64,
        STRAYS_MAX = 64, /* datagrams from elsewhere that are passed over at once */
        CLASS_IN = 1
};

struct wire {
        int fd;
        struct sockaddr_storage server;
        socklen_t server_length; /* 0: not said yet */
        bool reads, writes;
};

struct waiter {
        resolver_callback *callback;
        void *user;
};

struct question {
        struct resolver *resolver;
        char *key; /* type and name */
        enum resolver_type type;
        GSList *waiters;                /* struct waiter */
        gint64 due;                     /* ASKED: given up then. KEPT: old then */
        struct resolver_answer *answer; /* NULL: ASKED */
        bool is_given_up;               /* c-ares alone knows of it */
};

struct resolver {
        ares_channel channel;
        struct resolver_hooks hooks;
        GHashTable *questions; /* key -> struct question; owns the KEPT ones */
        GQueue asked, kept;    /* struct question, the oldest first */
        unsigned asked_count;  /* by c-ares, those that were given up too */
        unsigned waiter_count;
        struct wire wires[SOCKETS_MAX];
        size_t wire_count;
        bool is_ending;
};

/* --- sockets ---------------------------------------------------------------------- */

static struct wire *wire_of(struct resolver *resolver, int fd)
{
        for (size_t i = 0; i < resolver->wire_count; i++)
                if (resolver->wires[i].fd == fd)
                        return &resolver->wires[i];
        return NULL;
}

/* Datagrams only: an answer that was cut is read as far as it goes. */
static ares_socket_t open_socket(int family, int type, int protocol, void *user)
{
        struct resolver *resolver = user;
        if (type != SOCK_DGRAM || resolver->wire_count == SOCKETS_MAX) {
                errno = EACCES;
                return ARES_SOCKET_BAD;
        }
        const int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd >= 0)
                resolver->wires[resolver->wire_count++] = (struct wire){ .fd = fd };
        return fd;
}

static int close_socket(ares_socket_t fd, void *user)
{
        struct resolver *resolver = user;
        struct wire *wire = wire_of(resolver, fd);
        if (wire)
                *wire = resolver->wires[--resolver->wire_count];
        return close(fd);
}

static int remember_server(ares_socket_t fd, const struct sockaddr *server, ares_socklen_t length, void *user)
{
        struct wire *wire = wire_of(user, fd);
        if (!wire || length > sizeof wire->server) {
                errno = EINVAL;
                return -1;
        }
        memcpy(&wire->server, server, length);
        wire->server_length = length;
        return 0;
}

static ares_ssize_t send_datagram(ares_socket_t fd, const struct iovec *pieces, int count, void *user)
{
        struct wire *wire = wire_of(user, fd);
        const struct msghdr message = {
                .msg_name = wire ? &wire->server : NULL,
                .msg_namelen = wire ? wire->server_length : 0,
                .msg_iov = (struct iovec *) pieces,
                .msg_iovlen = (size_t) count,
        };
        return sendmsg(fd, &message, MSG_NOSIGNAL);
}

static bool is_from(const struct sockaddr_storage *from, const struct sockaddr_storage *server)
{
        const struct sockaddr_in *from4 = (const void *) from, *server4 = (const void *) server;
        const struct sockaddr_in6 *from6 = (const void *) from, *server6 = (const void *) server;
        if (from->ss_family != server->ss_family)
                return false;
        if (from->ss_family == AF_INET)
                return from4->sin_port == server4->sin_port && from4->sin_addr.s_addr == server4->sin_addr.s_addr;
        return from6->sin6_port == server6->sin6_port && IN6_ARE_ADDR_EQUAL(&from6->sin6_addr, &server6->sin6_addr);
}

/* What does not come from the server that was asked is not there. */
static ares_ssize_t take_datagram(ares_socket_t fd, void *buffer, size_t size, int flags, struct sockaddr *ret_from,
                                  ares_socklen_t *ret_length, void *user)
{
        struct wire *wire = wire_of(user, fd);
        for (int i = 0; wire && i < STRAYS_MAX; i++) {
                struct sockaddr_storage from = { 0 };
                socklen_t length = sizeof from;
                ssize_t got = recvfrom(fd, buffer, size, flags, (struct sockaddr *) &from, &length);
                if (got >= 0 && !is_from(&from, &wire->server))
                        continue;
                if (got >= 0 && ret_from && ret_length) {
                        *ret_length = MIN(*ret_length, length);
                        memcpy(ret_from, &from, *ret_length);
                }
                return got;
        }
        errno = EAGAIN;
        return -1;
}

static const struct ares_socket_functions SOCKET_FUNCTIONS = {
        .asocket = open_socket,
        .aclose = close_socket,
        .aconnect = remember_server,
        .arecvfrom = take_datagram,
        .asendv = send_datagram,
};

static void on_socket_state(void *user, ares_socket_t fd, int reads, int writes)
{
        struct resolver *resolver = user;
        struct wire *wire = wire_of(resolver, fd);
        if (wire) {
                wire->reads = reads;
                wire->writes = writes;
        }
        if (resolver->hooks.watch)
                resolver->hooks.watch(resolver->hooks.user, fd, reads, writes);
}

/* --- answers -------------------------------------------------------------------------- */

static void read_v4(struct resolver_answer *answer, const unsigned char *bytes, int length)
{
        struct ares_addrttl found[RESOLVER_ADDRESSES_MAX];
        int count = RESOLVER_ADDRESSES_MAX;
        if (ares_parse_a_reply(bytes, length, NULL, found, &count) != ARES_SUCCESS)
                return;
        for (int i = 0; i < count; i++) {
                struct in6_addr *address = &answer->addresses[answer->count++];
                address->s6_addr[10] = address->s6_addr[11] = 0xff;
                memcpy(address->s6_addr + 12, &found[i].ipaddr, sizeof found[i].ipaddr);
                answer->seconds = MIN(answer->seconds, found[i].ttl);
        }
}

static void read_v6(struct resolver_answer *answer, const unsigned char *bytes, int length)
{
        struct ares_addr6ttl found[RESOLVER_ADDRESSES_MAX];
        int count = RESOLVER_ADDRESSES_MAX;
        if (ares_parse_aaaa_reply(bytes, length, NULL, found, &count) != ARES_SUCCESS)
                return;
        for (int i = 0; i < count; i++) {
                memcpy(&answer->addresses[answer->count++], &found[i].ip6addr, sizeof found[i].ip6addr);
                answer->seconds = MIN(answer->seconds, found[i].ttl);
        }
}

/* Of several records the first, with all its strings. */
static void read_text(struct resolver_answer *answer, const unsigned char *bytes, int length)
{
        struct ares_txt_ext *found = NULL;
        size_t size = 0;
        if (ares_parse_txt_reply_ext(bytes, length, &found) != ARES_SUCCESS)
                return;
        for (struct ares_txt_ext *piece = found; piece && (piece == found || !piece->record_start); piece = piece->next)
                for (size_t i = 0; i < piece->length && size < RESOLVER_TEXT_MAX; i++)
                        answer->text[size++] = piece->txt[i] ? (char) piece->txt[i] : ' ';
        answer->count = found ? 1 : 0;
        ares_free_data(found);
}

void resolver_read(struct resolver_answer *ret_answer, enum resolver_type type, const unsigned char *bytes, int length)
{
        *ret_answer = (struct resolver_answer){ .status = RESOLVER_FAILED, .seconds = RESOLVER_KEPT_SECONDS_MAX };
        if (type == RESOLVER_A)
                read_v4(ret_answer, bytes, length);
        else if (type == RESOLVER_AAAA)
                read_v6(ret_answer, bytes, length);
        else
                read_text(ret_answer, bytes, length);
        if (ret_answer->count > 0)
                ret_answer->status = RESOLVER_FOUND;
        ret_answer->seconds = MAX(ret_answer->seconds, RESOLVER_KEPT_SECONDS_MIN);
}

static bool is_cut(const unsigned char *bytes, int length)
{
        static const unsigned char tc = 0x02; /* RFC 1035 4.1.1 */
        return bytes && length > 2 && bytes[2] & tc;
}

/* What was cut and has nothing in it says nothing. */
static void read_outcome(struct resolver_answer *ret_answer, enum resolver_type type, int status, const unsigned char *bytes, int length)
{
        *ret_answer = (struct resolver_answer){ .status = RESOLVER_FAILED };
        if (status == ARES_SUCCESS)
                resolver_read(ret_answer, type, bytes, length);
        else if ((status == ARES_ENOTFOUND || status == ARES_ENODATA) && !is_cut(bytes, length))
                *ret_answer = (struct resolver_answer){ .status = RESOLVER_NONE, .seconds = RESOLVER_NONE_SECONDS };
        else if (status == ARES_ETIMEOUT)
                ret_answer->status = RESOLVER_SILENT;
}

/* --- questions ----------------------------------------------------------------------------- */

static void question_free(struct question *question)
{
        g_slist_free_full(question->waiters, g_free);
        g_free(question->key);
        g_free(question->answer);
        g_free(question);
}

static void forget(struct question *kept)
{
        g_queue_remove(&kept->resolver->kept, kept);
        g_hash_table_remove(kept->resolver->questions, kept->key);
        question_free(kept);
}

static void keep(struct question *question, const struct resolver_answer *answer)
{
        struct resolver *resolver = question->resolver;
        if (g_queue_get_length(&resolver->kept) >= RESOLVER_KEPT_MAX)
                forget(g_queue_peek_head(&resolver->kept));
        question->answer = g_memdup2(answer, sizeof *answer);
        question->due = g_get_monotonic_time() + (gint64) answer->seconds * G_USEC_PER_SEC;
        g_queue_push_tail(&resolver->kept, question);
}

/* Takes the question out of ASKED. Then it is c-ares's alone, KEPT, or gone; and those who wait are told. */
static void settle(struct question *question, const struct resolver_answer *answer, bool is_given_up)
{
        struct resolver *resolver = question->resolver;
        GSList *waiters = g_steal_pointer(&question->waiters);
        g_queue_remove(&resolver->asked, question);
        resolver->waiter_count -= g_slist_length(waiters);
        if (answer->status == RESOLVER_FOUND || answer->status == RESOLVER_NONE)
                keep(question, answer);
        else
                g_hash_table_remove(resolver->questions, question->key);
        if (is_given_up)
                question->is_given_up = true;
        else if (!question->answer)
                question_free(question);
        for (GSList *one = waiters; one; one = one->next) {
                const struct waiter *waiter = one->data;
                waiter->callback(waiter->user, answer);
        }
        g_slist_free_full(waiters, g_free);
}

static void on_answer(void *user, int status, int timeouts, unsigned char *bytes, int length)
{
        struct question *question = user;
        struct resolver *resolver = question->resolver;
        struct resolver_answer answer;
        resolver->asked_count--;
        if (question->is_given_up) {
                question_free(question);
                return;
        }
        if (resolver->is_ending)
                answer = (struct resolver_answer){ .status = RESOLVER_BUSY };
        else
                read_outcome(&answer, question->type, status, bytes, length);
        settle(question, &answer, false);
}

static void give_up(struct resolver *resolver)
{
        static const struct resolver_answer silence = { .status = RESOLVER_SILENT };
        const gint64 now = g_get_monotonic_time();
        for (struct question *first; (first = g_queue_peek_head(&resolver->asked)) && first->due <= now;)
                settle(first, &silence, true);
}

/* The question of this key: one that waits or has an answer that holds. NULL: it is to be asked. */
static struct question *find(struct resolver *resolver, const char *key)
{
        struct question *question = g_hash_table_lookup(resolver->questions, key);
        if (!question || !question->answer || question->due > g_get_monotonic_time())
                return question;
        forget(question);
        return NULL;
}

void resolver_forget(struct resolver *resolver, enum resolver_type type, const char *name)
{
        char *key = g_strdup_printf("%d %s", type, name);
        struct question *question = find(resolver, key);
        if (question && question->answer)
                forget(question);
        g_free(key);
}

static struct question *question_new(struct resolver *resolver, enum resolver_type type, const char *key)
{
        struct question *question = g_new0(struct question, 1);
        question->resolver = resolver;
        question->type = type;
        question->key = g_strdup(key);
        question->due = g_get_monotonic_time() + RESOLVER_SECONDS * G_USEC_PER_SEC;
        g_hash_table_insert(resolver->questions, question->key, question);
        g_queue_push_tail(&resolver->asked, question);
        resolver->asked_count++;
        return question;
}

static void add_waiter(struct question *question, resolver_callback *callback, void *user)
{
        struct waiter *waiter = g_new0(struct waiter, 1);
        *waiter = (struct waiter){ callback, user };
        question->waiters = g_slist_prepend(question->waiters, waiter);
        question->resolver->waiter_count++;
}

void resolver_ask(struct resolver *resolver, enum resolver_type type, const char *name, resolver_callback *callback, void *user)
{
        static const struct resolver_answer busy = { .status = RESOLVER_BUSY };
        char *key = g_strdup_printf("%d %s", type, name);
        struct question *question = find(resolver, key);
        if (question && question->answer) {
                const struct resolver_answer answer = *question->answer; /* the callback may ask, and this one be forgotten */
                callback(user, &answer);
        } else if (resolver->is_ending || resolver->waiter_count >= RESOLVER_WAITERS_MAX
                   || (!question && resolver->asked_count >= RESOLVER_ASKED_MAX)) {
                callback(user, &busy);
        } else if (question) {
                add_waiter(question, callback, user);
        } else {
                question = question_new(resolver, type, key);
                add_waiter(question, callback, user);
                ares_query(resolver->channel, name, CLASS_IN, (int) type, on_answer, question); /* may be gone after this */
        }
        g_free(key);
}

/* --- the loop --------------------------------------------------------------------------------- */

void resolver_work(struct resolver *resolver, int fd, bool can_read, bool can_write)
{
        ares_process_fd(resolver->channel, can_read ? fd : ARES_SOCKET_BAD, can_write ? fd : ARES_SOCKET_BAD);
        give_up(resolver);
}

int resolver_due(struct resolver *resolver)
{
        struct timeval most = { .tv_sec = RESOLVER_SECONDS }, room;
        const struct question *first = g_queue_peek_head(&resolver->asked);
        if (resolver->asked_count == 0)
                return -1;
        if (first) {
                const gint64 left = MAX(first->due - g_get_monotonic_time(), 0);
                most = (struct timeval){ .tv_sec = left / G_USEC_PER_SEC, .tv_usec = left % G_USEC_PER_SEC };
        }
        const struct timeval *next = ares_timeout(resolver->channel, &most, &room);
        return (int) (next->tv_sec * 1000 + next->tv_usec / 1000) + 1;
}

bool resolver_wait(struct resolver *resolver)
{
        struct pollfd polled[SOCKETS_MAX];
        const int due = resolver_due(resolver);
        const size_t count = resolver->wire_count;
        if (due < 0 || g_queue_is_empty(&resolver->asked))
                return false;
        for (size_t i = 0; i < count; i++) {
                const struct wire *wire = &resolver->wires[i];
                polled[i] = (struct pollfd){ .fd = wire->fd };
                polled[i].events = (short) ((wire->reads ? POLLIN : 0) | (wire->writes ? POLLOUT : 0));
        }
        if (poll(polled, count, due) <= 0)
                resolver_work(resolver, -1, false, false);
        for (size_t i = 0; i < count; i++)
                if (polled[i].revents && wire_of(resolver, polled[i].fd))
                        resolver_work(resolver, polled[i].fd, polled[i].revents & ~POLLOUT, polled[i].revents & POLLOUT);
        return true;
}

/* --- life ----------------------------------------------------------------------------------------- */

/* "192.0.2.1:53,[2001:db8::1]:53". The caller frees. */
static char *servers_text(char *const *servers)
{
        GString *text = g_string_new(NULL);
        for (size_t i = 0; servers[i] && i < RESOLVER_SERVERS_MAX; i++) {
                struct endpoint server;
                struct err err;
                if (!endpoint_parse(&server, servers[i], &err))
                        continue;
                const bool is_v6 = strchr(server.host, ':') != NULL;
                g_string_append_printf(text, "%s%s%s%s:%u", text->len ? "," : "", is_v6 ? "[" : "", server.host, is_v6 ? "]" : "",
                                       server.port);
        }
        return g_string_free(text, FALSE);
}

static int start(struct resolver *resolver, char *const *servers)
{
        struct ares_options options = {
                .flags = ARES_FLAG_IGNTC | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS,
                .timeout = TRY_MILLISECONDS,
                .tries = TRIES,
                .lookups = (char *) "b",
                .ednspsz = DATAGRAM_MAX,
                .sock_state_cb = on_socket_state,
                .sock_state_cb_data = resolver,
        };
        int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_EDNSPSZ
                         | ARES_OPT_SOCK_STATE_CB;
#ifdef ARES_OPT_QUERY_CACHE /* since 1.31 it remembers, too: resolver_forget() would not be heard */
        options.qcache_max_ttl = 0;
        mask |= ARES_OPT_QUERY_CACHE;
#endif
        int status = ares_init_options(&resolver->channel, &options, mask);
        if (status != ARES_SUCCESS)
                return status;
        ares_set_socket_functions(resolver->channel, &SOCKET_FUNCTIONS, resolver);
        char *text = servers_text(servers);
        if (*text)
                status = ares_set_servers_ports_csv(resolver->channel, text);
        g_free(text);
        if (status != ARES_SUCCESS)
                g_clear_pointer(&resolver->channel, ares_destroy);
        return status;
}

bool resolver_new(struct resolver **ret_resolver, char *const *servers, const struct resolver_hooks *hooks, struct err *ret_err)
{
        struct resolver *resolver = g_new0(struct resolver, 1);
        if (hooks)
                resolver->hooks = *hooks;
        resolver->questions = g_hash_table_new(g_str_hash, g_str_equal);
        const int status = start(resolver, servers);
        *ret_resolver = status == ARES_SUCCESS ? resolver : NULL;
        if (status == ARES_SUCCESS)
                return true;
        resolver_free(resolver);
        return err_set(ret_err, ERR_TEMP, "[guard] dns: %s", ares_strerror(status));
}

void resolver_free(struct resolver *resolver)
{
        if (!resolver)
                return;
        resolver->is_ending = true;
        if (resolver->channel)
                ares_destroy(resolver->channel);
        g_queue_clear(&resolver->asked);
        g_hash_table_unref(resolver->questions);
        g_queue_clear_full(&resolver->kept, (GDestroyNotify) question_free);
        g_free(resolver);
}
