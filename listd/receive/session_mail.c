/* session_mail.c - MAIL, RCPT, DATA and the end of a message
 * Gives:     session_mail(), session_rcpt(), session_data(), session_take_data()
 * Fails:     never; what is refused is answered
 * Standards: RFC 5321 4.1.1.2-4, 4.5.1 (postmaster), 4.5.3.1 (limits), 6.3 (loops); RFC 1870 6 (SIZE);
 *            RFC 6152 2 (BODY); RFC 6531 3.4, 3.5 (SMTPUTF8)
 * Every recipient in our domains gets the same octets, and so does every sender: whether an address exists is neither
 * known here nor looked up (leaks O1, O9; requirement B1), but in a domain that an admin made tell it (no_bounce = off).
 * A stranger is refused in the session. A trusted client is an MTA that has taken the mail already: what it brings for
 * our domains is kept, with its flaw noted, and the rest is told with a 4xx (requirement B5). */
#include "receive/inside.h"

#include "base/domain.h"
#include "base/log.h"
#include "mail/address.h"
#include "mail/message.h"
#include "receive/screen.h"

enum {
        SIZE_DIGITS_MAX = 20,        /* RFC 1870 4 */
        ODD_PATH_MAX = 512,          /* an address of a trusted client that is none, or any that the decoy gets: kept as it is */
        DECOY_KEEP = 64 * 1024,      /* octets of a message to the decoy */
        DATA_PROGRESS = 16 * 1024    /* octets that count as one step: at least so many must come in each timeout */
};

/* A path as the log may have it: what stands behind its last @ may be shown only when it is a domain. */
static const char *shown(const char *path)
{
        const char *at = strrchr(path, '@');
        char *domain = at ? domain_to_ascii(at + 1) : NULL;
        const char *text = domain ? log_address(path) : "~";
        g_free(domain);
        return text;
}

static void log_refused(const struct session *session, enum reply reply, const char *recipient)
{
        log_event(LOG_LEVEL_INFO, "refused", "msg", session->transaction ? session->transaction->log_id : NULL, "session",
                  log_number(session->peer.number), "to", recipient ? shown(recipient) : NULL, "reply",
                  reply_text(reply, session->peer.trusted), NULL);
}

/* --- MAIL ------------------------------------------------------------------------ */

static bool is_value(const struct parameter *parameter, const char *text)
{
        return parameter->value && parameter->value_length == strlen(text)
               && g_ascii_strncasecmp(parameter->value, text, parameter->value_length) == 0;
}

static bool take_size(struct transaction *transaction, const struct parameter *parameter)
{
        if (parameter->value_length == 0 || parameter->value_length > SIZE_DIGITS_MAX)
                return false;
        for (size_t i = 0; i < parameter->value_length; i++)
                if (!g_ascii_isdigit(parameter->value[i]))
                        return false;
        transaction->declared_size = g_ascii_strtoull(parameter->value, NULL, 10); /* at its largest when too large */
        return true;
}

static bool take_body(struct transaction *transaction, const struct parameter *parameter)
{
        return is_value(parameter, "7BIT") || is_value(parameter, "8BITMIME");
}

static bool take_smtputf8(struct transaction *transaction, const struct parameter *parameter)
{
        transaction->smtputf8 = true;
        return !parameter->value;
}

static const struct {
        const char *name;
        bool (*take)(struct transaction *transaction, const struct parameter *parameter);
} PARAMETERS[] = {
        { "SIZE", take_size },         /* RFC 1870 3 */
        { "BODY", take_body },         /* RFC 6152 2 */
        { "SMTPUTF8", take_smtputf8 }, /* RFC 6531 3.4 */
};

static size_t find_parameter(const struct parameter *parameter)
{
        size_t i = 0;
        while (i < G_N_ELEMENTS(PARAMETERS)
               && (strlen(PARAMETERS[i].name) != parameter->name_length
                   || g_ascii_strncasecmp(PARAMETERS[i].name, parameter->name, parameter->name_length) != 0))
                i++;
        return i;
}

static enum reply take_parameters(struct session *session, struct transaction *transaction, const char *rest)
{
        struct parameter parameter;
        bool seen[G_N_ELEMENTS(PARAMETERS)] = { false };
        while (command_parameter(&rest, &parameter)) {
                size_t i = find_parameter(&parameter);
                if (i == G_N_ELEMENTS(PARAMETERS) || !session->extended)
                        return REPLY_BAD_PARAMETER;
                if (seen[i] || !PARAMETERS[i].take(transaction, &parameter))
                        return REPLY_BAD_ARGUMENT;
                seen[i] = true;
        }
        if (transaction->declared_size > (uint64_t) session->conf->max_size && !session->peer.trusted)
                return REPLY_TOO_BIG;
        return REPLY_SENDER_OK;
}

/* The return path as it goes into the envelope, or NULL with *ret_reply. One of a trusted client that cannot be read
 * becomes the null return path: nothing is ever sent there, and the mail counts as automatic. */
static char *take_sender(const struct session *session, const struct transaction *transaction, const char *path,
                         enum reply *ret_reply)
{
        struct address *address = NULL;
        char *sender = NULL;
        if (!*path || (session_is_decoy(session) && strlen(path) <= ODD_PATH_MAX))
                return g_strdup(path);
        if (!address_parse(&address, path, strlen(path), NULL)) {
                *ret_reply = REPLY_BAD_SENDER;
                return session->peer.trusted ? g_strdup("") : NULL;
        }
        if (g_str_is_ascii(path) || transaction->smtputf8 || session->peer.trusted)
                sender = g_strdup(path);
        else
                *ret_reply = REPLY_NEEDS_SMTPUTF8;
        address_free(address);
        return sender;
}

static struct transaction *begin(struct session *session, const char *argument, enum reply *ret_reply)
{
        const char *rest;
        char *path = command_path(argument, "FROM:", &rest);
        *ret_reply = REPLY_BAD_ARGUMENT;
        if (!path)
                return NULL;
        struct transaction *transaction = transaction_new();
        *ret_reply = take_parameters(session, transaction, rest);
        const uint64_t kept = MIN(transaction->declared_size, (uint64_t) session->conf->max_size);
        if (*ret_reply == REPLY_SENDER_OK && !session_has_room(session, kept))
                *ret_reply = REPLY_NO_ROOM; /* now, before the octets are sent (RFC 1870 6.1) */
        if (*ret_reply == REPLY_SENDER_OK)
                transaction->mail_from = take_sender(session, transaction, path, ret_reply);
        g_free(path);
        if (!transaction->mail_from)
                g_clear_pointer(&transaction, transaction_free);
        return transaction;
}

void session_mail(struct session *session, const char *argument)
{
        enum reply reply;
        if (session->messages >= SESSION_MESSAGES_MAX && !session->peer.trusted) {
                session_reply_end(session, REPLY_TOO_MANY_COMMANDS, "messages");
                return;
        }
        if (session->owner.may_mail && !session->peer.trusted && !session->owner.may_mail(session->owner.user)) {
                session_reply_end(session, REPLY_TOO_MUCH_FROM_YOU, "guard");
                return;
        }
        session->transaction = begin(session, argument, &reply);
        if (!session->transaction) {
                log_refused(session, reply, NULL);
                session_reply(session, reply);
                session_probe_mail(session, argument);
                return;
        }
        session_enter(session, STATE_MAIL);
        session_reply(session, REPLY_SENDER_OK);
        log_event(LOG_LEVEL_INFO, "mail-from", "msg", session->transaction->log_id, "session",
                  log_number(session->peer.number), "from", log_address(session->transaction->mail_from), "client",
                  session->forwarded_client, NULL);
        session_probe_mail(session, argument);
}

/* --- RCPT ------------------------------------------------------------------------ */

static bool is_bare_postmaster(const char *path)
{
        return g_ascii_strcasecmp(path, "postmaster") == 0;
}

/* Whoever is refused can still reach a person (RFC 2142; requirement C8). */
static bool is_for_a_person(const char *address)
{
        return g_str_has_prefix(address, "postmaster@") || g_str_has_prefix(address, "abuse@");
}

/* What the guard makes of a try of one of our domains; `address` is folded, "" when the path is none. */
static enum reply admit(struct session *session, const char *path, const char *address)
{
        enum admission admission = ADMIT;
        if (session->owner.witnessed && session->peer.trusted && session->forwarded_client)
                session->owner.witnessed(session->owner.user, session->forwarded_client, session->transaction->mail_from,
                                         *address ? address : path);
        if (session->owner.tried && !session->peer.trusted)
                admission = session->owner.tried(session->owner.user, session->transaction->mail_from, *address ? address : path);
        if (admission == ADMIT_NOT)
                return is_for_a_person(address) ? REPLY_RECIPIENT_OK : REPLY_NOT_FROM_YOU;
        session->pausing = admission == ADMIT_SLOWLY;
        return admission == ADMIT_LATER ? REPLY_TOO_MUCH_FROM_YOU : REPLY_RECIPIENT_OK;
}

static enum reply add_recipient(struct session *session, const char *path, const char *address)
{
        if (transaction_is_full(session->transaction))
                return REPLY_TOO_MANY_RECIPIENTS;
        transaction_add_recipient(session->transaction, path, address);
        return REPLY_RECIPIENT_OK;
}

/* Not an address at all. What a trusted client has taken for one of our domains is kept as it is: it will be misaddressed
 * and reach the admin, and no bounce goes out (requirements B5, C1). */
static enum reply take_odd_recipient(struct session *session, const char *path)
{
        const char *at = strrchr(path, '@');
        if (!session->peer.trusted || !at || strlen(path) > ODD_PATH_MAX)
                return REPLY_BAD_RECIPIENT;
        char *domain = domain_to_ascii(at + 1);
        bool ours = domain && conf_is_our_domain(session->conf, domain);
        g_free(domain);
        return ours ? add_recipient(session, path, "") : REPLY_BAD_RECIPIENT;
}

/* Only where an admin switched no-bounce mode off. A trusted client is never told: it would send a bounce. */
static bool is_told_unknown(const struct session *session, const struct address *address)
{
        return !session->peer.trusted && session->owner.exists
               && !session->owner.exists(session->owner.user, address->local, address->domain);
}

/* In one of our domains. The try counts before anybody asks whether the address exists. */
static enum reply take_ours(struct session *session, const char *path, const struct address *address)
{
        enum reply reply = admit(session, path, address->fold);
        if (reply != REPLY_RECIPIENT_OK)
                return reply;
        return is_told_unknown(session, address) ? REPLY_NO_SUCH_ADDRESS : add_recipient(session, path, address->fold);
}

static enum reply take_decoy_recipient(struct session *session, const char *path)
{
        return *path && strlen(path) <= ODD_PATH_MAX ? add_recipient(session, path, "") : REPLY_BAD_RECIPIENT;
}

static enum reply take_recipient(struct session *session, const char *path)
{
        struct address *address;
        enum reply reply;
        if (session_is_decoy(session))
                return take_decoy_recipient(session, path);
        if (!address_parse(&address, path, strlen(path), NULL))
                return take_odd_recipient(session, path);
        if (!conf_is_our_domain(session->conf, address->domain))
                reply = REPLY_RELAYING_DENIED;
        else if (!g_str_is_ascii(path) && !session->transaction->smtputf8 && !session->peer.trusted)
                reply = REPLY_NEEDS_SMTPUTF8;
        else
                reply = take_ours(session, path, address);
        address_free(address);
        return reply;
}

/* *ret_path is what is logged, and the caller's to free; NULL when there is no path. */
static enum reply read_recipient(struct session *session, const char *argument, char **ret_path)
{
        const char *rest;
        *ret_path = command_path(argument, "TO:", &rest);
        if (!*ret_path)
                return REPLY_BAD_ARGUMENT;
        if (*rest)
                return REPLY_BAD_PARAMETER; /* none is offered: no DSN (leaks L8) */
        if (is_bare_postmaster(*ret_path)) { /* RFC 5321 4.5.1 */
                g_free(*ret_path);
                *ret_path = g_strconcat("postmaster@", session->conf->domains[0], NULL);
        }
        return take_recipient(session, *ret_path);
}

void session_rcpt(struct session *session, const char *argument)
{
        char *path;
        enum reply reply = read_recipient(session, argument, &path);
        if (reply == REPLY_RECIPIENT_OK) {
                session_enter(session, STATE_RCPT);
                log_event(LOG_LEVEL_INFO, "rcpt-to", "msg", session->transaction->log_id, "session",
                          log_number(session->peer.number), "to", shown(path), NULL);
        } else {
                log_refused(session, reply, path);
        }
        if (reply == REPLY_TOO_MUCH_FROM_YOU)
                session_reply_end(session, reply, "guard");
        else
                session_reply(session, reply);
        session_probe_rcpt(session, path, reply == REPLY_RELAYING_DENIED);
        g_free(path);
}

/* --- DATA ------------------------------------------------------------------------- */

static struct size_rule size_rule(const struct session *session)
{
        return (struct size_rule){ (size_t) session->conf->max_size, session->owner.limit_of, session->owner.user };
}

/* Told now, so that the octets need not be sent. */
static bool is_declared_too_big(const struct session *session)
{
        const struct transaction *transaction = session->transaction;
        const struct size_rule rule = size_rule(session);
        return !session->peer.trusted && transaction->declared_size > 0
               && transaction_is_too_big(transaction, transaction->declared_size, &rule);
}

/* Whether a message is kept with its flaws noted, instead of being refused for them. */
static bool takes_anything(const struct session *session)
{
        return session->peer.trusted || session_is_decoy(session);
}

static size_t kept_octets(const struct session *session)
{
        const size_t limit = (size_t) session->conf->max_size;
        return session_is_decoy(session) ? MIN(limit, (size_t) DECOY_KEEP) : limit;
}

void session_data(struct session *session, const char *argument)
{
        struct transaction *transaction = session->transaction;
        if (*argument) {
                session_reply(session, REPLY_BAD_ARGUMENT);
                return;
        }
        if (is_declared_too_big(session)) {
                log_refused(session, REPLY_TOO_BIG, NULL);
                session_reset(session);
                session_reply(session, REPLY_TOO_BIG);
                return;
        }
        session->messages++;
        session->commands = 0;
        transaction->data = data_new(kept_octets(session), takes_anything(session) ? DATA_LENIENT : DATA_STRICT);
        session_enter(session, STATE_DATA);
        session_reply(session, REPLY_SEND_DATA);
}

/* "SMTP", "ESMTP", "ESMTPS", "LMTP", "LMTPS", "UTF8SMTP" ...: RFC 3848, RFC 6531 4.3. */
static char *protocol(const struct session *session)
{
        const bool lmtp = session->peer.kind == LISTENER_LMTP;
        const char *before = "";
        if (session->transaction->smtputf8)
                before = "UTF8";
        else if (session->extended && !lmtp)
                before = "E";
        return g_strconcat(before, lmtp ? "LMTP" : "SMTP", session->tls && session->extended ? "S" : "", NULL);
}

static enum envelope_flaw flaw(const struct session *session)
{
        const struct data *data = session->transaction->data;
        if (data_has_bad_bytes(data))
                return FLAW_BYTES;
        return data_size(data) > kept_octets(session) ? FLAW_OVERSIZE : FLAW_NONE;
}

static enum reply screen(const struct session *session, const struct envelope *envelope)
{
        gsize length;
        const char *bytes = g_bytes_get_data(envelope->message, &length);
        struct screen seen = screen_header(bytes, length);
        if (seen.received > MESSAGE_RECEIVED_MAX)
                return REPLY_LOOP;
        return seen.has_from ? REPLY_ACCEPTED : REPLY_NO_FROM;
}

/* By SMTP a message is taken or refused as a whole; by LMTP each recipient has an answer (RFC 2033 4.2). */
static enum reply judge_data(const struct session *session)
{
        struct transaction *transaction = session->transaction;
        const struct size_rule rule = size_rule(session);
        const size_t size = data_size(transaction->data);
        if (data_has_bad_bytes(transaction->data))
                return REPLY_BAD_BYTES;
        if (transaction_is_too_big(transaction, size, &rule))
                return REPLY_TOO_BIG;
        if (session->peer.kind == LISTENER_LMTP)
                transaction_mark_too_big(transaction, size, &rule);
        return REPLY_ACCEPTED;
}

/* After bad bytes nothing that follows is worth reading: the client, or the MTA that it speaks through, sees the end of
 * a message elsewhere than we do (leaks X8). */
static void refuse_message(struct session *session, enum reply reply)
{
        log_refused(session, reply, NULL);
        session_reply_message(session, reply);
        if (reply == REPLY_BAD_BYTES)
                session_close(session, "bad-bytes");
        else
                session_reset(session);
}

static void give_away(struct session *session, struct envelope *envelope)
{
        const char *helo = session->forwarded_helo ? session->forwarded_helo : session->helo;
        envelope->client = g_strdup(session->forwarded_client ? session->forwarded_client : session->client);
        envelope->helo = g_utf8_make_valid(helo, -1); /* it may have been cut */
        envelope->protocol = protocol(session);
        envelope->trusted = session->peer.trusted;
        envelope->flaw = flaw(session);
        envelope->is_decoy = session_is_decoy(session);
        if (envelope->is_decoy)
                session_note(session, PART_DECOY, 0);
        session_probe_message(session, envelope);
        session_enter(session, STATE_COMMIT);
        session->owner.message(session->owner.user, session->transaction->id, envelope);
}

static void end_data(struct session *session)
{
        enum reply reply = takes_anything(session) ? REPLY_ACCEPTED : judge_data(session);
        session->progress++;
        if (reply != REPLY_ACCEPTED) {
                refuse_message(session, reply);
                return;
        }
        struct envelope *envelope = transaction_envelope(session->transaction);
        if (!takes_anything(session))
                reply = screen(session, envelope);
        if (reply == REPLY_ACCEPTED) {
                give_away(session, envelope);
        } else {
                envelope_free(envelope);
                refuse_message(session, reply);
        }
}

/* A stranger's message of many times the limit: its end is not waited for. */
static void end_flood(struct session *session)
{
        enum reply reply = data_has_bad_bytes(session->transaction->data) ? REPLY_BAD_BYTES : REPLY_TOO_BIG;
        log_refused(session, reply, NULL);
        session_reply_message(session, reply);
        session_close(session, "flood");
}

size_t session_take_data(struct session *session, const char *bytes, size_t length)
{
        struct data *data = session->transaction->data;
        const size_t before = data_size(data);
        const size_t flood = (size_t) session->conf->max_size * SESSION_FLOOD_FACTOR;
        /* one octet too many and no more, so that the end of a flood is seen at the same octet whatever the chunks */
        if (!session->peer.trusted)
                length = MIN(length, flood + 1 - before);
        size_t taken = data_feed(data, bytes, length);
        session->progress += data_size(data) / DATA_PROGRESS - before / DATA_PROGRESS;
        if (data_ended(data))
                end_data(session);
        else if (!session->peer.trusted && data_size(data) > flood)
                end_flood(session);
        return taken;
}
