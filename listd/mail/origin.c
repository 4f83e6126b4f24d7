/* origin.c - the network that a message came from
 * Gives:     origin_network()
 * Fails:     never; what cannot be told is NULL, and then nothing is remembered and nobody is let in
 * Standards: RFC 5321 4.4 (Received: TCP-info, an address literal behind the client's name) */
#include "mail/origin.h"

#include "base/net.h"

enum { V4_BITS = 24, V6_BITS = 48 };

static char *network_of(const char *ip)
{
        return network_around(ip, V4_BITS, V6_BITS);
}

/* The client's address in "from helo (name [192.0.2.1]) by ...": the address literal there. A client may say what it likes
 * as its name, a literal too: where two differ, none is believed. NULL: it cannot be told. */
static char *client_of(const char *received)
{
        const char *by = strstr(received, " by ");
        const char *end = by ? by : received + strlen(received);
        char *client = NULL;
        if (g_ascii_strncasecmp(received, "from ", 5) != 0)
                return NULL;
        for (const char *at = strchr(received, '['); at && at < end; at = strchr(at + 1, '[')) {
                const char *ip = at + 1 + (g_ascii_strncasecmp(at + 1, "IPv6:", 5) == 0 ? 5 : 0);
                char *literal = g_strndup(ip, strcspn(ip, "]"));
                const bool differs = client && strcmp(client, literal) != 0;
                g_free(client);
                client = literal;
                if (differs) {
                        g_free(client);
                        return NULL;
                }
        }
        return client;
}

/* Whether a trusted client has told whose the message is (XFORWARD). */
static bool is_told(const struct envelope *envelope, char *const *trusted)
{
        char *network = network_of(envelope->client); /* NULL: a socket */
        const bool is_address = network != NULL;
        g_free(network);
        return is_address && !network_list_has(trusted, envelope->client);
}

/* Behind a private address stands a network address translator or an MTA that nobody told us of: not one sender, but many. */
char *origin_network(const struct message *message, const struct envelope *envelope, char *const *trusted)
{
        if (!envelope->trusted || is_told(envelope, trusted))
                return ip_is_private(envelope->client) ? NULL : network_of(envelope->client);
        for (guint i = 0; i < message->fields->len; i++) {
                const struct field *field = message->fields->pdata[i];
                if (g_ascii_strcasecmp(field->name, "Received") != 0)
                        continue;
                char *client = client_of(field->value);
                const bool is_ours = client && network_list_has(trusted, client);
                char *network = client && !is_ours && !ip_is_private(client) ? network_of(client) : NULL;
                g_free(client);
                if (!is_ours)
                        return network;
        }
        return NULL;
}
