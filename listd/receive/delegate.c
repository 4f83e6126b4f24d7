/* delegate.c - answers an MTA that asks about a recipient
 * Gives:     delegate_new(), delegate_free()
 * Fails:     never; what is no request ends the connection, and what cannot be decided is left to the MTA (DUNNO)
 * Standards: Postfix's SMTPD_POLICY_README; RFC 2142 (postmaster, abuse) */
#include "receive/delegate.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "base/log.h"
#include "base/net.h"
#include "mail/address.h"
#include "receive/delegation.h"
#include "receive/known.h"
#include "receive/reply.h"

enum { IDLE_SECONDS = 3600, /* Postfix closes after 300 */ SLICE = 4096, OUTPUT_MAX = 64 * 1024 };

struct delegate {
        const struct connection_host *host;
        struct bufferevent *socket;
        struct delegation *delegation;
        void (*closed)(void *user, struct delegate *delegate);
        void *user;
};

/* --- the answer ------------------------------------------------------------------------- */

static bool is_for_a_person(const struct address *address)
{
        return g_ascii_strcasecmp(address->local, "postmaster") == 0 || g_ascii_strcasecmp(address->local, "abuse") == 0;
}

/* Counts the try, and says whether this client is refused. What our own hosts send is not counted. */
static bool is_denied(const struct delegate *delegate, const struct address *address)
{
        const char *ip = delegation_get(delegate->delegation, ASKED_CLIENT_ADDRESS);
        if (network_list_has(delegate->host->conf->trusted_networks, ip))
                return false;
        struct visitor *visitor = visitor_new(delegate->host->guard, ip);
        const bool is_denied = visitor && visitor_witnessed(visitor, delegation_get(delegate->delegation, ASKED_SENDER), address->fold)
                                                  == SUSPICION_DENY;
        visitor_free(visitor);
        return is_denied && !is_for_a_person(address);
}

static bool is_too_big(const struct delegate *delegate, const struct address *address)
{
        const guint64 size = g_ascii_strtoull(delegation_get(delegate->delegation, ASKED_SIZE), NULL, 10);
        struct err err = { 0 };
        int limit = 0;
        if (!spool_limit_of(delegate->host->spool, address->fold, &limit, &err))
                log_event(LOG_LEVEL_ERROR, "spool-failed", "reason", err.text, NULL);
        return size > (guint64) (limit > 0 ? MIN(limit, delegate->host->conf->max_size) : delegate->host->conf->max_size);
}

/* The reply, or NULL: nothing to say against it. The order is that of a session: who comes, to whom, how much. */
static const char *refusal(const struct delegate *delegate, const struct address *address)
{
        const bool is_rcpt = strcmp(delegation_get(delegate->delegation, ASKED_STATE), "RCPT") == 0;
        if (!conf_is_our_domain(delegate->host->conf, address->domain))
                return NULL;
        if (is_rcpt && is_denied(delegate, address))
                return reply_text(REPLY_NOT_FROM_YOU, false);
        if (is_rcpt && !known_address(delegate->host->spool, address->local, address->domain)) {
                daybook_count(delegate->host->daybook, address->domain);
                return reply_text(REPLY_NO_SUCH_ADDRESS, false);
        }
        return is_too_big(delegate, address) ? reply_text(REPLY_TOO_BIG, false) : NULL;
}

static void answer(const struct delegate *delegate)
{
        const char *recipient = delegation_get(delegate->delegation, ASKED_RECIPIENT);
        struct address *address;
        const char *reply = NULL;
        if (address_parse(&address, recipient, strlen(recipient), NULL)) {
                reply = refusal(delegate, address);
                if (reply)
                        log_event(LOG_LEVEL_INFO, "mta-told", "client", delegation_get(delegate->delegation, ASKED_CLIENT_ADDRESS), "to",
                                  log_address(address->text), "reply", reply, NULL);
                address_free(address);
        }
        evbuffer_add_printf(bufferevent_get_output(delegate->socket), "action=%s\n\n", reply ? reply : "DUNNO");
}

/* --- the connection ---------------------------------------------------------------------- */

static void end(struct delegate *delegate)
{
        delegate->closed(delegate->user, delegate);
}

/* The delegate may be freed when this returns. */
static void on_read(struct bufferevent *socket, void *user)
{
        struct delegate *delegate = user;
        struct evbuffer *input = bufferevent_get_input(socket);
        while (evbuffer_get_length(input) > 0 && evbuffer_get_length(bufferevent_get_output(socket)) < OUTPUT_MAX) {
                struct evbuffer_iovec piece;
                size_t taken;
                evbuffer_peek(input, -1, NULL, &piece, 1);
                const enum delegation_state state = delegation_feed(delegate->delegation, piece.iov_base, piece.iov_len, &taken);
                evbuffer_drain(input, taken);
                if (state == DELEGATION_BAD) {
                        log_event(LOG_LEVEL_WARN, "no-policy-request", NULL);
                        end(delegate);
                        return;
                }
                if (state == DELEGATION_WHOLE) {
                        answer(delegate);
                        delegation_next(delegate->delegation);
                }
        }
}

static void on_written(struct bufferevent *socket, void *user)
{
        on_read(socket, user);
}

static void on_event(struct bufferevent *socket, short what, void *user)
{
        end(user);
}

struct delegate *delegate_new(const struct connection_host *host, int fd, void (*closed)(void *user, struct delegate *delegate),
                              void *user)
{
        static const struct timeval idle = { .tv_sec = IDLE_SECONDS };
        struct delegate *delegate = g_new0(struct delegate, 1);
        delegate->host = host;
        delegate->closed = closed;
        delegate->user = user;
        delegate->delegation = delegation_new();
        delegate->socket = bufferevent_socket_new(host->base, fd, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
        bufferevent_setcb(delegate->socket, on_read, on_written, on_event, delegate);
        bufferevent_setwatermark(delegate->socket, EV_READ, 0, SLICE);
        bufferevent_set_timeouts(delegate->socket, &idle, &idle);
        bufferevent_enable(delegate->socket, EV_READ | EV_WRITE);
        return delegate;
}

void delegate_free(struct delegate *delegate)
{
        if (!delegate)
                return;
        bufferevent_free(delegate->socket);
        delegation_free(delegate->delegation);
        g_free(delegate);
}
