/* relay_open.c - what all sessions with the relay share, and ending them by force
 * Gives:  relay_new(), relay_free(), relay_abort(); relay_enter(), relay_leave(), relay_aborted() for relay.c
 * Fails:  relay_new(): ERR_USAGE for what libESMTP cannot do */
#include "deliver/relay_inside.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/net.h"
#include "deliver/relay_tls.h"

static bool check_settings(const struct relay_settings *settings, const struct endpoint *endpoint, struct err *ret_err)
{
        if (endpoint->is_unix || strchr(endpoint->host, ':'))
                return err_set(ret_err, ERR_USAGE, "[deliver] relay: '%s': name the host, or give its IPv4 address",
                               settings->endpoint);
        if (!settings->password)
                return true;
        if (!settings->user || !*settings->user)
                return err_set(ret_err, ERR_USAGE, "[deliver] user: a password needs a user");
        if (strlen(settings->user) > RELAY_LOGIN_MAX || strlen(settings->password) > RELAY_LOGIN_MAX)
                return err_set(ret_err, ERR_USAGE, "[deliver] user and password may have %d octets each", RELAY_LOGIN_MAX);
        return relay_load_mechanisms()
               || err_set(ret_err, ERR_USAGE, "[deliver] user: libESMTP's modules for AUTH are not installed");
}

bool relay_new(struct relay **ret_relay, const struct relay_settings *settings, struct err *ret_err)
{
        struct endpoint endpoint;
        *ret_relay = NULL;
        if (!endpoint_parse(&endpoint, settings->endpoint, ret_err))
                return err_prefix(ret_err, "[deliver] relay");
        if (!check_settings(settings, &endpoint, ret_err))
                return false;
        struct relay *relay = g_new0(struct relay, 1);
        g_mutex_init(&relay->lock);
        relay->sockets = g_array_new(FALSE, FALSE, sizeof(int));
        relay->endpoint = g_strdup(settings->endpoint);
        relay->host = g_strdup(endpoint.host);
        relay->hostname = g_strdup(settings->hostname);
        relay->tls = settings->tls;
        relay->user = g_strdup(settings->user);
        relay->password = g_strdup(settings->password);
        relay->timeout_ms = settings->timeout_ms;
        if (relay->tls != TLS_OFF && !relay_tls_new(&relay->context, relay->host, settings->tls_ca, ret_err)) {
                relay_free(relay);
                return false;
        }
        *ret_relay = relay;
        return true;
}

void relay_free(struct relay *relay)
{
        if (!relay)
                return;
        if (relay->password)
                explicit_bzero(relay->password, strlen(relay->password));
        SSL_CTX_free(relay->context);
        g_array_unref(relay->sockets);
        g_mutex_clear(&relay->lock);
        g_free(relay->endpoint);
        g_free(relay->host);
        g_free(relay->hostname);
        g_free(relay->user);
        g_free(relay->password);
        g_free(relay);
}

int relay_enter(struct relay *relay, int fd)
{
        int duplicate = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        g_mutex_lock(&relay->lock);
        if (duplicate >= 0)
                g_array_append_val(relay->sockets, duplicate);
        g_mutex_unlock(&relay->lock);
        return duplicate;
}

void relay_leave(struct relay *relay, int duplicate)
{
        if (duplicate < 0)
                return;
        g_mutex_lock(&relay->lock);
        for (guint i = 0; i < relay->sockets->len; i++)
                if (g_array_index(relay->sockets, int, i) == duplicate)
                        g_array_remove_index_fast(relay->sockets, i--);
        g_mutex_unlock(&relay->lock);
        close(duplicate);
}

bool relay_aborted(struct relay *relay)
{
        g_mutex_lock(&relay->lock);
        bool aborted = relay->aborted;
        g_mutex_unlock(&relay->lock);
        return aborted;
}

void relay_abort(struct relay *relay)
{
        g_mutex_lock(&relay->lock);
        relay->aborted = true;
        for (guint i = 0; i < relay->sockets->len; i++)
                shutdown(g_array_index(relay->sockets, int, i), SHUT_RDWR);
        g_mutex_unlock(&relay->lock);
}
