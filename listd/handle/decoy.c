/* decoy.c - what the decoy was given
 * Gives:  decoy_take()
 * A tester sends itself a mail through us, and uses whom it came through. Who turns decoy_forward_first on lets that one test
 * succeed, so that what follows comes to the decoy too. It is a way to send one mail to anybody, so it is narrow: once a network,
 * a few a day, small, to one address, nothing in our own name, and bounces come to us. */
#include "handle/decoy.h"

#include "base/keyring.h"
#include "base/log.h"
#include "base/net.h"
#include "mail/address.h"
#include "mail/date.h"
#include "mail/message.h"
#include "store/decoy.h"
#include "store/queue.h"

enum { DAY = 86400, V4_BITS = 24, V6_BITS = 48, ID_BYTES = 16 };

/* Ours, or a name below. */
static bool is_ours(const struct conf *conf, const char *domain)
{
        for (char **ours = conf->domains; *ours; ours++)
                if (strcmp(domain, *ours) == 0
                    || (g_str_has_suffix(domain, *ours) && domain[strlen(domain) - strlen(*ours) - 1] == '.'))
                        return true;
        return false;
}

/* The relay may sign what says to be from us. */
static bool is_in_our_name(const struct work *work)
{
        struct address *author;
        struct err flaw;
        if (!message_author(work->message, &author, NULL, &flaw))
                return true; /* nobody's: whose name it is cannot be told */
        bool is = is_ours(work->conf, author->domain);
        address_free(author);
        return is;
}

/* The caller frees. NULL: to nobody else. */
static struct address *recipient_of(const struct work *work)
{
        const char *text = work->envelope->recipients->pdata[0];
        struct address *address;
        if (!address_parse(&address, text, strlen(text), NULL))
                return NULL;
        if (is_ours(work->conf, address->domain) || address->domain[0] == '[' || address->is_utf8)
                g_clear_pointer(&address, address_free);
        return address;
}

/* NULL: it may go. */
static const char *why_not(const struct work *work, int64_t forwards_today)
{
        if (!work->conf->decoy_forward_first)
                return "decoy_forward_first is off";
        if (forwards_today >= DECOY_FORWARDS_A_DAY)
                return "there were enough today";
        if (!work->message || work->envelope->flaw != FLAW_NONE || g_bytes_get_size(work->envelope->message) > DECOY_FORWARD_OCTETS_MAX)
                return "it is too large, or broken";
        return is_in_our_name(work) ? "it says to be from us" : NULL;
}

/* As it came, with the two fields that an MTA adds where they are missing (RFC 5321 6.4). The caller unrefs. */
static GBytes *copy_of(const struct work *work)
{
        GString *copy = g_string_new(NULL);
        gsize length;
        const char *bytes = g_bytes_get_data(work->envelope->message, &length);
        if (!message_get(work->message, "Message-ID")) {
                uint8_t random[ID_BYTES];
                g_string_append(copy, "Message-ID: <");
                random_bytes(random, sizeof random);
                for (size_t i = 0; i < sizeof random; i++)
                        g_string_append_printf(copy, "%02x", random[i]);
                g_string_append_printf(copy, "@%s>\r\n", work->conf->hostname);
        }
        if (!message_get(work->message, "Date")) {
                char *date = date_in_zone(NULL, work->conf->timezone, work->now);
                g_string_append_printf(copy, "Date: %s\r\n", date);
                g_free(date);
        }
        g_string_append_len(copy, bytes, (gssize) length);
        return g_string_free_to_bytes(copy);
}

static bool send_on(const struct work *work, const char *network, const struct address *to, struct err *ret_err)
{
        const struct queue_recipient recipient = { .address = to->text };
        GBytes *copy = copy_of(work);
        int64_t id;
        bool ok = queue_add_direct(work->store, 0, work->log_id, copy, &recipient, 1, &id, ret_err)
                  && decoy_forwarded(work->store, network, ret_err);
        g_bytes_unref(copy);
        return ok;
}

/* *ret_reason: what became of it, for people. */
static bool maybe_send_on(const struct work *work, const char **ret_reason, struct err *ret_err)
{
        char *network = network_around(work->envelope->client, V4_BITS, V6_BITS);
        int64_t today = 0;
        bool first = false;
        *ret_reason = "somebody took the decoy for an open relay";
        if (!network)
                return true;
        bool ok = decoy_network_seen(work->store, network, work->now, &first, ret_err)
                  && decoy_forwards(work->store, work->now - DAY, &today, ret_err);
        struct address *to = ok && first && !why_not(work, today) ? recipient_of(work) : NULL;
        if (to) {
                ok = send_on(work, network, to, ret_err);
                *ret_reason = "the first message of its network: sent on to its first recipient";
                log_event(LOG_LEVEL_WARN, "decoy-forward", "msg", work->log_id, "to", log_address(to->text), NULL);
        }
        address_free(to);
        g_free(network);
        return ok;
}

bool decoy_take(struct work *work, struct err *ret_err)
{
        const char *reason;
        char id[HELD_ID_CHARS + 1];
        if (!maybe_send_on(work, &reason, ret_err))
                return false;
        GBytes *bytes = envelope_write(work->envelope);
        bool ok = held_add(work->store, HELD_DECOY, 0, reason, work->log_id, bytes, id, ret_err);
        g_bytes_unref(bytes);
        log_event(LOG_LEVEL_INFO, "decoy", "msg", work->log_id, "client", work->envelope->client, "recipients",
                  log_number(work->envelope->recipients->len), NULL);
        return ok;
}
