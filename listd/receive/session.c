/* session.c - the dialogue: states, input lines, and the commands that are about the session itself
 * Gives:     what session.h lists
 * Fails:     never; a client's mistakes are answered, and ended when they are too many
 * Standards: RFC 5321 3 and 4 (SMTP), RFC 2033 (LMTP), RFC 2920 (PIPELINING), RFC 3207 (STARTTLS), RFC 1870 (SIZE),
 *            RFC 6152 (8BITMIME), RFC 6531 (SMTPUTF8), RFC 2034 (ENHANCEDSTATUSCODES)
 *
 *   NEW --EHLO--> GREETED --MAIL--> MAIL --RCPT--> RCPT --DATA--> DATA --CRLF.CRLF--> COMMIT --session_committed()-->
 *   GREETED        EHLO, RSET in MAIL, RCPT: back to GREETED        a refused message: from DATA back to GREETED
 *   NEW, GREETED --XCLIENT--> NEW, as another client
 *   GREETED --STARTTLS--> TLS --session_tls_started()--> NEW         any --QUIT, 421, an offence--> CLOSED
 *
 * Only session_enter() writes the state. In COMMIT, and while it pauses, no input is taken; in CLOSED all of it is taken and
 * forgotten. */
#include "receive/inside.h"

#include "base/log.h"
#include "base/net.h"
#include "receive/xattr.h"

enum { HELO_MAX = 255 }; /* RFC 5321 4.5.3.1.2 */

static const struct {
        enum session_state from;
        unsigned to;
} TRANSITIONS[] = {
        { STATE_NEW, STATES_IDLE | STATE_CLOSED },
        { STATE_GREETED, STATE_NEW | STATE_GREETED | STATE_MAIL | STATE_TLS | STATE_CLOSED },
        { STATE_MAIL, STATE_GREETED | STATE_RCPT | STATE_CLOSED },
        { STATE_RCPT, STATE_GREETED | STATE_RCPT | STATE_DATA | STATE_CLOSED },
        { STATE_DATA, STATE_GREETED | STATE_COMMIT | STATE_CLOSED },
        { STATE_COMMIT, STATE_GREETED | STATE_CLOSED },
        { STATE_TLS, STATE_NEW | STATE_CLOSED },
        { STATE_CLOSED, STATE_CLOSED },
};

void session_enter(struct session *session, enum session_state state)
{
        size_t row = 0;
        while (TRANSITIONS[row].from != session->state)
                row++;
        g_assert(TRANSITIONS[row].to & state);
        session->state = state;
}

/* --- life ---------------------------------------------------------------------- */

struct session *session_new(const struct conf *conf, const struct session_peer *peer, const struct session_owner *owner)
{
        struct session *session = g_new0(struct session, 1);
        session->conf = conf;
        session->peer = *peer;
        session->client = g_strdup(peer->client);
        session->server = g_strdup(peer->server);
        session->peer.client = session->client;
        session->peer.server = session->server;
        session->owner = *owner;
        session->state = STATE_NEW;
        session->helo = g_strdup("");
        session->line = g_string_new(NULL);
        session->output = g_string_new(NULL);
        return session;
}

static void forget_forwarded(struct session *session)
{
        g_clear_pointer(&session->forwarded_client, g_free);
        g_clear_pointer(&session->forwarded_helo, g_free);
}

void session_free(struct session *session)
{
        if (!session)
                return;
        transaction_free(session->transaction);
        g_string_free(session->line, TRUE);
        g_string_free(session->output, TRUE);
        g_free(session->client);
        g_free(session->server);
        g_free(session->probed_helo);
        forget_forwarded(session);
        g_free(session->helo);
        g_free(session);
}

void session_reset(struct session *session)
{
        forget_forwarded(session);
        g_clear_pointer(&session->transaction, transaction_free);
        session_enter(session, session->state == STATE_NEW ? STATE_NEW : STATE_GREETED);
}

void session_close(struct session *session, const char *why)
{
        if (session->state != STATE_CLOSED)
                session->end = why;
        session->pausing = false;
        g_clear_pointer(&session->transaction, transaction_free);
        session_enter(session, STATE_CLOSED);
}

enum session_wish session_wish(const struct session *session)
{
        if (session->pausing)
                return WISH_PAUSE;
        switch (session->state) {
        case STATE_COMMIT:
                return WISH_COMMIT;
        case STATE_TLS:
                return WISH_TLS;
        case STATE_CLOSED:
                return WISH_CLOSE;
        default:
                return WISH_INPUT;
        }
}

GString *session_output(struct session *session)
{
        return session->output;
}

uint64_t session_progress(const struct session *session)
{
        return session->progress;
}

const char *session_end_reason(const struct session *session)
{
        return session->end;
}

bool session_is_under_way(const struct session *session)
{
        return (session->state & (STATES_TRANSACTION | STATE_DATA)) != 0;
}

int64_t session_messages(const struct session *session)
{
        return session->messages;
}

/* --- replies --------------------------------------------------------------------- */

static void put_reply(struct session *session, enum reply reply)
{
        g_string_append(session->output, reply_text(reply, session->peer.trusted));
        g_string_append(session->output, "\r\n");
}

void session_reply_end(struct session *session, enum reply reply, const char *why)
{
        if (session->state == STATE_CLOSED)
                return;
        put_reply(session, reply);
        session_close(session, why);
}

void session_note(const struct session *session, enum guard_part part, double points)
{
        if (session->owner.note && !session->peer.trusted)
                session->owner.note(session->owner.user, part, points);
}

/* What a refusal counts as. Who is refused already gets no points for coming back, and a try of an address has been counted, whether
 * it exists or not. */
static void note_refusal(const struct session *session, enum reply reply)
{
        if (reply == REPLY_RELAYING_DENIED)
                session_note(session, PART_RELAY, 0);
        else if (reply != REPLY_NOT_FROM_YOU && reply != REPLY_NO_SUCH_ADDRESS)
                session_note(session, PART_COMMANDS, 0);
}

void session_reply(struct session *session, enum reply reply)
{
        const bool is_refusal = reply_text(reply, false)[0] == '5' && !session->peer.trusted;
        if (is_refusal)
                note_refusal(session, reply);
        if (is_refusal && ++session->errors >= SESSION_ERRORS_MAX)
                session_reply_end(session, REPLY_TOO_MANY_ERRORS, "errors");
        else
                put_reply(session, reply);
}

void session_reply_message(struct session *session, enum reply reply)
{
        const struct transaction *transaction = session->transaction;
        if (session->peer.kind != LISTENER_LMTP) {
                put_reply(session, reply);
                return;
        }
        for (guint i = 0; i < transaction->recipients->len; i++)
                put_reply(session, transaction_recipient(transaction, i)->too_big ? REPLY_TOO_BIG : reply);
}

/* --- commands ----------------------------------------------------------------------- */

static void take_helo(struct session *session, const char *name, bool extended)
{
        g_free(session->helo);
        session->helo = g_strndup(name, HELO_MAX);
        session->extended = extended;
        g_clear_pointer(&session->transaction, transaction_free);
        session_enter(session, STATE_GREETED);
}

static void cmd_helo(struct session *session, const char *argument)
{
        if (!*argument) {
                session_reply(session, REPLY_NO_HELO_NAME);
                return;
        }
        take_helo(session, argument, false);
        g_string_append_printf(session->output, "250 %s\r\n", session->conf->hostname);
        session_probe_helo(session);
}

/* EHLO and LHLO. A trusted client is told no limit: an MTA that holds a larger message would bounce it on its own account,
 * to a sender who may be forged (requirement B5). */
static void cmd_ehlo(struct session *session, const char *argument)
{
        char limit[16] = "", *extensions = NULL;
        if (!*argument) {
                session_reply(session, REPLY_NO_HELO_NAME);
                return;
        }
        take_helo(session, argument, true);
        if (!session->peer.trusted)
                g_snprintf(limit, sizeof limit, " %d", session->conf->max_size);
        if (session->peer.trusted)
                extensions = g_strdup_printf("250-%s\r\n250-%s\r\n", XFORWARD_KEYWORD, XCLIENT_KEYWORD);
        g_string_append_printf(session->output,
                               "250-%s\r\n250-PIPELINING\r\n250-SIZE%s\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n%s%s"
                               "250 ENHANCEDSTATUSCODES\r\n",
                               session->conf->hostname, limit,
                               session->peer.tls_offered && !session->tls ? "250-STARTTLS\r\n" : "", extensions ? extensions : "");
        g_free(extensions);
        session_probe_helo(session);
}

static void cmd_starttls(struct session *session, const char *argument)
{
        if (*argument) {
                session_reply(session, REPLY_BAD_ARGUMENT);
        } else if (!session->peer.tls_offered) {
                session_reply(session, REPLY_NOT_IMPLEMENTED);
        } else if (session->tls) {
                session_reply(session, REPLY_BAD_SEQUENCE);
        } else {
                session_reply(session, REPLY_TLS_READY);
                session_enter(session, STATE_TLS);
        }
}

/* --- an MTA of ours speaks of its client ------------------------------------------------------ */

/* For the next message: whose it is. What is trusted, and what is answered, stays. */
static void cmd_xforward(struct session *session, const char *argument)
{
        struct xattrs xattrs;
        if (!session->peer.trusted) {
                session_reply(session, REPLY_UNKNOWN_COMMAND);
                return;
        }
        if (!xattrs_read(&xattrs, argument, XFORWARD_ALLOWED)) {
                session_reply(session, REPLY_BAD_ARGUMENT);
                return;
        }
        if (xattrs.values[XATTR_ADDR]) {
                g_free(session->forwarded_client);
                session->forwarded_client = *xattrs.values[XATTR_ADDR] ? g_strdup(xattrs.values[XATTR_ADDR]) : NULL;
        }
        if (xattrs.values[XATTR_HELO]) {
                g_free(session->forwarded_helo);
                session->forwarded_helo = g_strdup(xattrs.values[XATTR_HELO]);
        }
        xattrs_clear(&xattrs);
        session_reply(session, REPLY_OK);
}

/* From now on this is another client, who begins anew: trusted only if its own address is. */
static void become(struct session *session, const char *ip)
{
        log_event(LOG_LEVEL_INFO, "xclient", "session", log_number(session->peer.number), "client", ip, NULL);
        session_reset(session);
        g_free(session->client);
        session->client = g_strdup(ip);
        session->peer.client = session->client;
        session->peer.trusted = network_list_has(session->conf->trusted_networks, ip);
        g_free(session->helo);
        session->helo = g_strdup("");
        session->extended = false;
        session->messages = 0;
        session->errors = session->commands = 0;
        session->probed = (struct probe_memory){ 0 };
        g_clear_pointer(&session->probed_helo, g_free);
        session_enter(session, STATE_NEW);
}

static void cmd_xclient(struct session *session, const char *argument)
{
        struct xattrs xattrs;
        if (!session->peer.trusted) {
                session_reply(session, REPLY_UNKNOWN_COMMAND);
                return;
        }
        if (!xattrs_read(&xattrs, argument, XCLIENT_ALLOWED)) {
                session_reply(session, REPLY_BAD_ARGUMENT);
                return;
        }
        const char *ip = xattrs.values[XATTR_ADDR];
        if (ip && *ip)
                become(session, ip);
        if (ip && *ip && session->owner.became && !session->owner.became(session->owner.user, ip, session->peer.trusted))
                session_reply_end(session, REPLY_TOO_MUCH_FROM_YOU, "guard");
        else
                session_greet(session, false);
        xattrs_clear(&xattrs);
}

static void cmd_rset(struct session *session, const char *argument)
{
        if (*argument) {
                session_reply(session, REPLY_BAD_ARGUMENT);
                return;
        }
        session_reset(session);
        session_reply(session, REPLY_OK);
}

static void cmd_quit(struct session *session, const char *argument)
{
        if (*argument)
                session_reply(session, REPLY_BAD_ARGUMENT);
        else
                session_reply_end(session, REPLY_BYE, "quit");
}

static void cmd_noop(struct session *session, const char *argument)
{
        session_reply(session, REPLY_OK);
}

static void cmd_vrfy(struct session *session, const char *argument)
{
        session_reply(session, REPLY_NOT_VERIFIED);
}

static void cmd_help(struct session *session, const char *argument)
{
        session_reply(session, REPLY_HELP);
}

static void cmd_not_implemented(struct session *session, const char *argument)
{
        session_reply(session, REPLY_NOT_IMPLEMENTED);
}

/* A browser that was led here: the body of its request must not be read as commands. */
static void cmd_of_http(struct session *session, const char *argument)
{
        session_reply_end(session, REPLY_TOO_MANY_ERRORS, "http");
}

enum { SMTP = 1 << LISTENER_SMTP | 1 << LISTENER_DECOY, LMTP = 1 << LISTENER_LMTP, BOTH = SMTP | LMTP };

static const struct verb {
        const char *name;
        unsigned kinds;
        unsigned states; /* where it is legal */
        void (*run)(struct session *session, const char *argument);
} VERBS[] = {
        { "EHLO", SMTP, STATES_COMMAND, cmd_ehlo },                       /* RFC 5321 4.1.1.1 */
        { "HELO", SMTP, STATES_COMMAND, cmd_helo },                       /* RFC 5321 4.1.1.1 */
        { "LHLO", LMTP, STATES_COMMAND, cmd_ehlo },                       /* RFC 2033 4.1 */
        { "MAIL", BOTH, STATE_GREETED, session_mail },                    /* RFC 5321 4.1.1.2 */
        { "RCPT", BOTH, STATES_TRANSACTION, session_rcpt },               /* RFC 5321 4.1.1.3 */
        { "DATA", BOTH, STATE_RCPT, session_data },                       /* RFC 5321 4.1.1.4 */
        { "RSET", BOTH, STATES_COMMAND, cmd_rset },                       /* RFC 5321 4.1.1.5 */
        { "VRFY", BOTH, STATES_COMMAND, cmd_vrfy },                       /* RFC 5321 4.1.1.6, 7.3 */
        { "EXPN", BOTH, STATES_COMMAND, cmd_not_implemented },            /* RFC 5321 4.1.1.7 */
        { "HELP", BOTH, STATES_COMMAND, cmd_help },                       /* RFC 5321 4.1.1.8 */
        { "NOOP", BOTH, STATES_COMMAND, cmd_noop },                       /* RFC 5321 4.1.1.9 */
        { "QUIT", BOTH, STATES_COMMAND, cmd_quit },                       /* RFC 5321 4.1.1.10 */
        { "STARTTLS", BOTH, STATE_GREETED, cmd_starttls },                /* RFC 3207 4 */
        { "XFORWARD", BOTH, STATE_GREETED, cmd_xforward },                /* Postfix's XFORWARD_README */
        { "XCLIENT", BOTH, STATES_IDLE, cmd_xclient },                    /* Postfix's XCLIENT_README */
        { "AUTH", BOTH, STATES_COMMAND, cmd_not_implemented },            /* RFC 4954: not offered */
        { "BDAT", BOTH, STATES_COMMAND, cmd_not_implemented },            /* RFC 3030: not offered */
        { "GET", BOTH, STATES_COMMAND, cmd_of_http },                     /* RFC 9110 9.3 */
        { "POST", BOTH, STATES_COMMAND, cmd_of_http },
        { "PUT", BOTH, STATES_COMMAND, cmd_of_http },
        { "OPTIONS", BOTH, STATES_COMMAND, cmd_of_http },
        { "CONNECT", BOTH, STATES_COMMAND, cmd_of_http },
};

static const struct verb *find_verb(const struct session *session, const char *name)
{
        for (size_t i = 0; i < G_N_ELEMENTS(VERBS); i++)
                if ((VERBS[i].kinds & (1u << session->peer.kind)) && strcmp(VERBS[i].name, name) == 0)
                        return &VERBS[i];
        return NULL;
}

/* `line` ends with LF. Blanks before CRLF are tolerated (RFC 5321 4.1.1). */
static void run_line(struct session *session, GString *line)
{
        struct command command;
        if (!command_line_is_clean(line->str, line->len)) {
                session_reply(session, REPLY_BAD_LINE);
                return;
        }
        g_string_truncate(line, line->len - 2);
        g_strchomp(line->str);
        command_split(&command, line->str);
        const struct verb *verb = find_verb(session, command.verb);
        if (!verb)
                session_reply(session, REPLY_UNKNOWN_COMMAND);
        else if (!(verb->states & (unsigned) session->state))
                session_reply(session, REPLY_BAD_SEQUENCE);
        else
                verb->run(session, command.argument);
}

static void end_line(struct session *session)
{
        session->progress++;
        if (++session->commands > SESSION_COMMANDS_MAX && !session->peer.trusted)
                session_reply_end(session, REPLY_TOO_MANY_COMMANDS, "commands");
        else if (session->line_too_long)
                session_reply(session, REPLY_LONG_LINE);
        else
                run_line(session, session->line);
        g_string_truncate(session->line, 0);
        session->line_too_long = false;
}

/* --- input --------------------------------------------------------------------------- */

/* A line ends with LF; whether a CR stands before it as it must is seen when it is run. */
static size_t take_line(struct session *session, const char *bytes, size_t length)
{
        const char *newline = memchr(bytes, '\n', length);
        size_t taken = newline ? (size_t) (newline - bytes) + 1 : length;
        if (session->line->len + taken > COMMAND_LINE_MAX)
                session->line_too_long = true;
        if (!session->line_too_long)
                g_string_append_len(session->line, bytes, (gssize) taken);
        if (newline)
                end_line(session);
        return taken;
}

static size_t take(struct session *session, const char *bytes, size_t length)
{
        switch (session->state) {
        case STATE_DATA:
                return session_take_data(session, bytes, length);
        case STATE_CLOSED:
                return length;
        case STATE_TLS: /* leak X9: nothing that came in the clear may be taken for what comes inside TLS */
                session_close(session, "starttls-injection");
                return length;
        default:
                return take_line(session, bytes, length);
        }
}

static void end_when_drained(struct session *session)
{
        if (session->draining && (session->state & STATES_IDLE))
                session_reply_end(session, REPLY_SHUTDOWN, "shutdown");
}

size_t session_feed(struct session *session, const char *bytes, size_t length)
{
        size_t taken = 0;
        while (taken < length && session->state != STATE_COMMIT && !session->pausing) {
                taken += take(session, bytes + taken, length - taken);
                end_when_drained(session);
        }
        return taken;
}

/* --- what the owner tells ---------------------------------------------------------- */

void session_greet(struct session *session, bool client_spoke_early)
{
        if (client_spoke_early && !session->peer.trusted) {
                session_note(session, PART_PREGREET, 0);
                session_reply_end(session, REPLY_SPOKE_EARLY, "pregreet");
        } else {
                g_string_append_printf(session->output, "220 %s %s\r\n", session->conf->hostname,
                                       session->peer.kind == LISTENER_LMTP ? "LMTP" : "ESMTP");
        }
}

void session_committed(struct session *session, bool ok)
{
        const struct transaction *transaction = session->transaction;
        g_assert(session->state == STATE_COMMIT);
        log_event(ok ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, ok ? "accepted" : "not-stored", "msg", transaction->log_id, "session",
                  log_number(session->peer.number), "size", log_number((int64_t) data_size(transaction->data)), "recipients",
                  log_number(transaction->recipients->len), NULL);
        if (ok)
                session_reply_message(session, REPLY_ACCEPTED);
        else
                session_reply_message(session, session_has_room(session, 0) ? REPLY_TRY_LATER : REPLY_NO_ROOM);
        session_reset(session);
        end_when_drained(session);
}

/* RFC 3207 4.2: what was learned in the clear is forgotten. */
void session_tls_started(struct session *session)
{
        session->tls = true;
        session->extended = false;
        g_free(session->helo);
        session->helo = g_strdup("");
        session_enter(session, STATE_NEW);
        end_when_drained(session);
}

void session_resume(struct session *session)
{
        session->pausing = false;
        end_when_drained(session);
}

void session_timeout(struct session *session)
{
        session_reply_end(session, REPLY_TIMEOUT, "timeout");
}

void session_drain(struct session *session)
{
        session->draining = true;
        end_when_drained(session);
}

void session_cut(struct session *session)
{
        session->draining = true;
        if (session->state != STATE_COMMIT)
                session_reply_end(session, REPLY_SHUTDOWN, "shutdown");
}
