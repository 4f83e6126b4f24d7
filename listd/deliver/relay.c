/* relay.c - one SMTP session with the relay, by libESMTP
 * Gives:     relay_run(), relay_took(); the only file that includes libesmtp.h
 * Fails:     never: a session's report says how it went
 * Standards: RFC 5321 3.3 (one transaction for each copy), 4.5.3.2 (timeouts); RFC 1870 (SIZE=); RFC 6152 (BODY=8BITMIME);
 *            RFC 6531 (SMTPUTF8); RFC 4954 (AUTH)
 *
 * What libESMTP 1.1.0 does not do right, and the cure (in brackets: where in its source):
 *   connects without TCP_NODELAY and without a limit     wire.c
 *   writes pieces of 2 KiB, a packet each                wire.c
 *   passes on whatever it is given                       gate.c
 *   returns success for a session that broke             a copy counts as taken by its own two answers only
 *   answers DATA with 2xx and the copy counts as sent    ... and only when its bytes were read to the end [rsp_data]
 *   does STARTTLS badly (opening.h), no implicit TLS     opening.c before it, wire.c below it
 *   does not say SMTPUTF8                                wire.c behind its MAIL
 *   goes on without AUTH                                 cut() before MAIL is written
 *   BDAT goes out behind a refused RCPT                  smtp_option_require_all_recipients(), for a copy of one recipient
 *   DATA does, too                                       that saves a wait for each copy; what is answered to it is passed over
 *   a refused BDAT leaves the next command in disorder   no copy follows it in that session [cmd_bdat2]
 *   BDAT keeps what was not read of a message for the next one [msg_source_set_cb]     read_copy() breaks at the body
 *   goes on behind an answer that is none, when commands were sent ahead, and crashes     goes_on()
 *   BODY=8BITMIME makes 8BITMIME a must                  it is asked for when the answer to EHLO has it */
#include "deliver/relay_inside.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/socket.h>

#include "deliver/opening.h"
#include "deliver/watch.h"
#include "deliver/wire.h"

#include <auth-client.h>
#include <libesmtp.h>

enum { CONNECT_TIMEOUT_MS = 30 * 1000, ANSWER_TIMEOUT_MS = 5 * 60 * 1000 }; /* RFC 5321 4.5.3.2.1 */

const char *const RELAY_STEP_WORDS[] = { "mail", "rcpt", "data", NULL };

enum copy_part { PART_HEAD, PART_HEADER, PART_BODY, PART_END };

struct session {
        struct relay *relay;
        const struct relay_calls *calls;
        struct relay_report *report;
        smtp_session_t smtp;
        enum conf_tls tls; /* of this attempt */
        struct watch watch;
        int entry; /* of relay_enter(); -1: none */
        SSL *ssl; /* of the connection that was made last; NULL: it is in the clear */
        bool is_connected, is_tls_broken, is_ready, is_cut;
        /* the copy under way */
        const struct relay_copy *copy;
        smtp_message_t message;
        size_t asked; /* recipients whose RCPT was answered: the first ones */
        size_t heard; /* replies that were read before them */
        size_t open;  /* recipients without an answer for certain */
        bool is_open[RELAY_RECIPIENTS_MAX];
        enum relay_step step;
        enum copy_part part;
        struct wire wire;
};

bool relay_took(const struct relay_answer *answer)
{
        return answer->step == RELAY_DATA && answer->code / 100 == 2;
}

/* One line of valid UTF-8: words of a relay stand in logs and JSON. */
static void clean_text(char *ret_text, size_t size, const char *text)
{
        char *valid = g_utf8_make_valid(text ? text : "", -1);
        for (char *p = valid; *p; p++)
                if ((unsigned char) *p < ' ' || *p == 0x7f)
                        *p = ' ';
        g_strstrip(valid);
        g_strlcpy(ret_text, valid, size);
        const char *end;
        if (!g_utf8_validate(ret_text, -1, &end)) /* it was cut within a character */
                ret_text[end - ret_text] = '\0';
        g_free(valid);
}

/* --- why, and the end --------------------------------------------------------------------- */

static void set_why(struct session *session, const char *format, ...) PRINTF_LIKE(2, 3);
static void set_why(struct session *session, const char *format, ...)
{
        if (*session->report->why)
                return; /* the first reason is the reason */
        va_list args;
        va_start(args, format);
        g_vsnprintf(session->report->why, sizeof session->report->why, format, args);
        va_end(args);
}

/* libESMTP has no way to be stopped, but its socket has; whatever it writes next goes nowhere. */
static void cut(struct session *session)
{
        session->is_cut = true;
        shutdown(session->wire.fd, SHUT_RDWR);
}

/* A host with several addresses connects more than once. */
static void enter(struct session *session)
{
        relay_leave(session->relay, session->entry);
        session->entry = relay_enter(session->relay, session->wire.fd);
        session->is_connected = true;
        session->watch = (struct watch){ 0 };
        session->wire.ssl = NULL;
        g_clear_pointer(&session->ssl, SSL_free);
        if (relay_aborted(session->relay))
                cut(session);
}

/* Before libESMTP knows of the connection. */
static bool on_connected(void *user)
{
        struct session *session = user;
        const struct relay *relay = session->relay;
        enter(session);
        if (session->is_cut || session->tls == TLS_OFF)
                return !session->is_cut;
        struct opening opening = { .context = relay->context, .hostname = relay->hostname, .tls = session->tls, .wire = &session->wire,
                                   .timeout_ms = relay->timeout_ms ? relay->timeout_ms : ANSWER_TIMEOUT_MS };
        const bool ok = opening_run(&opening);
        session->ssl = opening.ssl;
        session->is_tls_broken = opening.is_broken;
        if (!ok) {
                char words[RELAY_TEXT_MAX];
                clean_text(words, sizeof words, opening.why);
                set_why(session, "%s", words);
        } else if (opening.ssl) {
                g_strlcpy(session->report->tls, SSL_get_version(opening.ssl), sizeof session->report->tls);
        }
        return ok;
}

/* --- copies ------------------------------------------------------------------------------- */

/* libESMTP's reader: one part at a time, no octet at the end. The header is a part of its own because of BDAT. */
static const char *read_copy(void **unused, int *ret_length, void *user)
{
        struct session *session = user;
        if (!ret_length) {
                session->part = PART_HEAD;
                return NULL;
        }
        *ret_length = 0;
        if (!session->copy) /* a refused BDAT was answered already */
                return NULL;
        const struct gate_message *message = session->copy->message;
        gsize size;
        const char *bytes = g_bytes_get_data(message->bytes, &size);
        const struct {
                const char *bytes;
                size_t length;
        } parts[] = {
                [PART_HEAD] = { session->copy->head, session->copy->head_length },
                [PART_HEADER] = { bytes, message->body },
                [PART_BODY] = { bytes + message->body, size - message->body },
        };
        while (session->part < PART_END && parts[session->part].length == 0)
                session->part++;
        if (session->part == PART_END)
                return NULL;
        *ret_length = (int) parts[session->part].length;
        return parts[session->part++].bytes;
}

/* "Just send 8": a relay without 8BITMIME gets the octets all the same, as from every MTA in use; to recode them here
 * would break signatures, and to keep them would stop the list. */
static void declare_body(struct session *session)
{
        if (!session->copy || !session->copy->message->is_8bit)
                return;
        if (session->watch.offers_8bitmime)
                smtp_8bitmime_set_body(session->message, E8bitmime_8BITMIME);
        else
                session->report->lacks_8bitmime = true;
}

/* Hands the copy under way to libESMTP. */
static void add_copy(struct session *session)
{
        const struct relay_copy *copy = session->copy;
        session->step = RELAY_MAIL;
        session->part = PART_HEAD;
        session->asked = 0;
        session->open = copy->count;
        session->wire.mail_parameter = copy->is_utf8 ? " SMTPUTF8" : NULL;
        session->message = smtp_add_message(session->smtp);
        smtp_set_reverse_path(session->message, copy->from);
        smtp_set_messagecb(session->message, read_copy, session);
        smtp_size_set_estimate(session->message, copy->head_length + g_bytes_get_size(copy->message->bytes));
        for (size_t i = 0; i < copy->count; i++) {
                session->is_open[i] = true;
                smtp_add_recipient(session->message, copy->to[i]);
        }
        if (session->watch.has_ehlo)
                declare_body(session);
}

static void read_status(const struct session *session, const smtp_status_t *status, struct relay_answer *ret_answer)
{
        *ret_answer = (struct relay_answer){ .step = session->step };
        if (!status)
                return;
        ret_answer->code = status->code;
        if (status->enh_class)
                g_snprintf(ret_answer->status, sizeof ret_answer->status, "%d.%d.%d", status->enh_class, status->enh_subject,
                           status->enh_detail);
        clean_text(ret_answer->text, sizeof ret_answer->text, status->text);
}

/* The last open recipient's answer ends the copy. */
static void give_answer(struct session *session, size_t recipient, const struct relay_answer *answer)
{
        session->is_open[recipient] = false;
        if (--session->open == 0)
                session->copy = NULL;
        session->calls->answer(session->calls->user, recipient, answer);
}

/* To all that are open; status NULL: nobody knows. */
static void give_all(struct session *session, const smtp_status_t *status)
{
        struct relay_answer answer;
        const size_t count = session->copy->count;
        read_status(session, status, &answer);
        for (size_t i = 0; i < count; i++)
                if (session->is_open[i])
                        give_answer(session, i, &answer);
}

/* RFC 6531 3.5: who sends to such an address by a relay without SMTPUTF8 has an answer of its own for it. */
static void keep_back(struct session *session)
{
        const struct relay_copy *copy = session->copy;
        const struct relay_answer answer = { .step = RELAY_RCPT, .code = 553, .status = "5.6.7", .is_ours = true,
                                             .text = "the relay does not offer SMTPUTF8" };
        const size_t count = copy->count;
        session->copy = NULL;
        for (size_t i = 0; i < count; i++)
                session->calls->answer(session->calls->user, i, &answer);
}

/* A copy that the relay cannot take, as its answer to EHLO says. */
static bool is_beyond_it(const struct session *session)
{
        return session->copy && session->copy->is_utf8 && session->watch.has_ehlo && !session->watch.offers_smtputf8;
}

static void next_copy(struct session *session)
{
        session->copy = session->calls->next(session->calls->user);
        while (is_beyond_it(session)) {
                keep_back(session);
                session->copy = session->calls->next(session->calls->user);
        }
        if (session->copy)
                add_copy(session);
}

/* --- libESMTP's events -------------------------------------------------------------------- */

/* The relay will not go on, whatever the copy: it says nothing of who it is for. */
static void take_leave(struct session *session, const smtp_status_t *status)
{
        struct relay_answer answer;
        read_status(session, status, &answer);
        set_why(session, "it answered %d at %s: %s", answer.code, RELAY_STEP_WORDS[session->step], answer.text);
        cut(session);
}

/* DATA may follow RCPT at once, BDAT must not: a refused BDAT ends the session; but of many recipients one is taken, almost always.
 * Said here and not when the copy is handed over: libESMTP looks at it once more after the last answer to RCPT of the copy before. */
static void order_bodies(struct session *session)
{
        smtp_option_require_all_recipients(session->smtp, session->watch.offers_chunking && session->copy->count == 1);
}

static void on_mail(struct session *session)
{
        const smtp_status_t *status = smtp_reverse_path_status(session->message);
        session->wire.mail_parameter = NULL;
        if (status->code / 100 == 2) {
                session->step = RELAY_RCPT;
                session->heard = session->wire.replies;
                order_bodies(session);
        } else if (status->code / 100 == 4) {
                take_leave(session, status);
        } else {
                give_all(session, status);
                next_copy(session);
        }
}

static void on_rcpt(struct session *session, const smtp_status_t *status)
{
        const size_t recipient = session->asked, count = session->copy ? session->copy->count : 0;
        if (recipient >= count)
                return;
        if (status->code == 421) {
                take_leave(session, status);
                return;
        }
        session->asked++;
        if (status->code / 100 != 2) {
                struct relay_answer answer;
                read_status(session, status, &answer);
                give_answer(session, recipient, &answer);
        }
        if (session->copy && session->asked == count)
                session->step = RELAY_DATA;
        else if (!session->copy && (count == 1 || !session->watch.offers_chunking))
                next_copy(session); /* but behind a BDAT that nobody wants: see above */
}

static void on_sent(struct session *session, smtp_message_t message)
{
        if (!session->copy || message != session->message) /* DATA or BDAT behind refused recipients, who have their answers */
                return;
        const smtp_status_t *status = smtp_message_transfer_status(session->message);
        if (status->code == 421) {
                take_leave(session, status);
                return;
        }
        int class = status->code / 100;
        bool is_whole = session->part == PART_END;
        bool is_final = class == 4 || class == 5 || (class == 2 && is_whole);
        if (!is_final) /* it stays under way: conclude() tells what became of it */
                return;
        give_all(session, status);
        /* behind a refused DATA libESMTP has decided to quit already, behind a refused BDAT it had better */
        if (is_whole && (class == 2 || !session->watch.offers_chunking))
                next_copy(session);
}

/* An answer to RCPT of which libESMTP told nothing was none: it would read the ones behind it for the answers to other commands. */
static bool goes_on(void *user)
{
        const struct session *session = user;
        return session->step != RELAY_RCPT || session->wire.replies == session->heard + session->asked;
}

static void on_event(smtp_session_t smtp, int event, void *user, ...)
{
        struct session *session = user;
        if (session->is_cut) /* an answer that was read before belongs to nothing any more */
                return;
        va_list args;
        va_start(args, user);
        switch (event) {
        case SMTP_EV_MAILSTATUS:
                on_mail(session);
                break;
        case SMTP_EV_RCPTSTATUS:
                va_arg(args, const char *); /* the address */
                on_rcpt(session, smtp_recipient_status(va_arg(args, smtp_recipient_t)));
                break;
        case SMTP_EV_MESSAGESENT:
                on_sent(session, va_arg(args, smtp_message_t));
                break;
        default:
                break;
        }
        va_end(args);
}

/* --- what is said before the first mail --------------------------------------------------- */

/* Why the first mail must not be sent; NULL: it may. */
static const char *flaw_before_mail(const struct session *session)
{
        if (session->tls >= TLS_MUST && !session->ssl)
                return "it goes on without TLS";
        if (session->relay->password && !session->watch.is_authenticated)
                return session->watch.offers_auth ? "it did not take user and password" : "it does not offer AUTH";
        return NULL;
}

static void on_written(struct session *session, const char *bytes, size_t length)
{
        watch_wrote(&session->watch, bytes, length);
        if (session->watch.phase != WATCH_MAIL)
                return;
        const char *flaw = flaw_before_mail(session);
        if (flaw) {
                char words[RELAY_TEXT_MAX];
                clean_text(words, sizeof words, session->watch.last);
                set_why(session, "%s (%s)", flaw, words);
                cut(session);
        }
        session->is_ready = !flaw;
        if (session->is_ready && is_beyond_it(session)) { /* it is libESMTP's already, so the others have a session of their own */
                keep_back(session);
                cut(session);
        }
}

static void on_read(struct session *session, const char *bytes, size_t length)
{
        watch_read(&session->watch, bytes, length);
        if (session->watch.phase == WATCH_EHLO && session->watch.has_ehlo)
                declare_body(session);
}

/* libESMTP shows what it reads, and what it is about to write. */
static void on_traffic(const char *bytes, int length, int writing, void *user)
{
        struct session *session = user;
        if (session->is_ready || session->is_cut || length <= 0)
                return;
        if (writing)
                on_written(session, bytes, (size_t) length);
        else
                on_read(session, bytes, (size_t) length);
}

bool relay_load_mechanisms(void)
{
        static const char *const names[] = { "PLAIN", "LOGIN" };
        bool found = false;
        auth_context_t auth = auth_create_context();
        auth_set_mechanism_flags(auth, AUTH_PLUGIN_PLAIN, 0);
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                found = auth_set_mechanism(auth, names[i]) || found;
        auth_destroy_context(auth);
        return found;
}

static int on_login(auth_client_request_t requests, char **ret_values, int count, void *user)
{
        struct relay *relay = user;
        for (int i = 0; i < count; i++) {
                if (requests[i].flags & AUTH_USER)
                        ret_values[i] = relay->user;
                else if (requests[i].flags & AUTH_PASS)
                        ret_values[i] = relay->password;
                else
                        return 0;
        }
        return 1;
}

/* --- a session ---------------------------------------------------------------------------- */

static void set_timeouts(smtp_session_t smtp, int timeout_ms)
{
        static const int steps[] = { Timeout_GREETING, Timeout_ENVELOPE, Timeout_DATA, Timeout_TRANSFER, Timeout_DATA2 };
        for (size_t i = 0; i < G_N_ELEMENTS(steps) && timeout_ms; i++)
                smtp_set_timeout(smtp, steps[i] | Timeout_OVERRIDE_RFC2822_MINIMUM, timeout_ms);
}

static auth_context_t set_auth(struct session *session)
{
        if (!session->relay->password)
                return NULL;
        auth_context_t auth = auth_create_context();
        auth_set_mechanism_flags(auth, AUTH_PLUGIN_PLAIN, 0);
        auth_set_interact_cb(auth, on_login, session->relay);
        smtp_auth_set_context(session->smtp, auth);
        return auth;
}

static void set_up(struct session *session)
{
        const struct relay *relay = session->relay;
        smtp_set_server(session->smtp, relay->endpoint);
        smtp_set_hostname(session->smtp, relay->hostname);
        smtp_set_eventcb(session->smtp, on_event, session);
        smtp_set_monitorcb(session->smtp, on_traffic, session, 0);
        set_timeouts(session->smtp, relay->timeout_ms);
}

/* Whether the other side has closed the connection, or was silent for too long. */
static void explain_break(struct session *session, const char *where)
{
        char octet;
        ssize_t got = recv(session->entry, &octet, 1, MSG_PEEK | MSG_DONTWAIT);
        bool is_closed = got == 0 || (got < 0 && errno != EAGAIN);
        set_why(session, "%s at %s", is_closed ? "it closed the connection" : "no answer came in time", where);
}

static void explain_away(struct session *session)
{
        const struct watch *watch = &session->watch;
        char words[RELAY_TEXT_MAX];
        if (!session->is_connected) {
                smtp_strerror(smtp_errno(), words, sizeof words);
                set_why(session, "no connection: %s", words);
        } else if (watch->last[0] == '4' || watch->last[0] == '5') {
                clean_text(words, sizeof words, watch->last);
                set_why(session, "it turned us away: %s", words);
        } else if (watch->phase == WATCH_QUIT) { /* libESMTP's own wish */
                smtp_strerror(smtp_errno(), words, sizeof words);
                set_why(session, "its answer cannot be understood: %s", words);
        } else {
                explain_break(session, WATCH_PHASE_WORDS[watch->phase]);
        }
}

static enum relay_end conclude(struct session *session)
{
        if (!session->is_ready) {
                explain_away(session);
                return RELAY_AWAY;
        }
        if (!session->copy)
                return RELAY_OK;
        explain_break(session, RELAY_STEP_WORDS[session->step]);
        /* a copy whose MAIL was taken may be what the relay broke over; told as unknown, it does not come first again */
        if (session->step != RELAY_MAIL)
                give_all(session, NULL);
        return RELAY_DROPPED;
}

static enum relay_end attempt(struct session *session, enum conf_tls tls)
{
        session->tls = tls;
        session->entry = -1;
        session->watch = (struct watch){ 0 };
        session->is_connected = session->is_tls_broken = session->is_ready = session->is_cut = false;
        session->wire.connected = on_connected;
        session->wire.goes_on = goes_on;
        session->wire.user = session;
        session->wire.timeout_ms = session->relay->timeout_ms ? session->relay->timeout_ms : CONNECT_TIMEOUT_MS;
        session->smtp = smtp_create_session();
        auth_context_t auth = set_auth(session);
        set_up(session);
        add_copy(session);
        wire_set(&session->wire);
        smtp_start_session(session->smtp); /* what it returns says nothing */
        wire_set(NULL);
        enum relay_end end = conclude(session);
        relay_leave(session->relay, session->entry);
        smtp_destroy_session(session->smtp);
        session->wire.ssl = NULL;
        g_clear_pointer(&session->ssl, SSL_free);
        if (auth)
                auth_destroy_context(auth);
        return end;
}

void relay_run(struct relay *relay, const struct relay_calls *calls, struct relay_report *ret_report)
{
        *ret_report = (struct relay_report){ 0 };
        struct session session = { .relay = relay, .calls = calls, .report = ret_report };
        session.copy = calls->next(calls->user);
        if (!session.copy)
                return;
        ret_report->end = attempt(&session, relay->tls);
        /* "may": better in clear than not at all, when TLS was offered but does not work */
        if (ret_report->end == RELAY_AWAY && relay->tls == TLS_MAY && session.is_tls_broken && !relay_aborted(relay)) {
                *ret_report = (struct relay_report){ 0 };
                ret_report->end = attempt(&session, TLS_OFF);
        }
}
