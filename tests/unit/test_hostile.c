/* test_hostile.c - random command sequences in every state: whatever is said, in whatever pieces, a session keeps its promises
 * Each command has exactly one answer, or the session ends; each answer is one of the table; a message comes out only behind MAIL, RCPT
 * and DATA that were answered so, with the recipients that were; behind the end nothing is taken. The generator is seeded: a failure says
 * which session it was. */
#include "unit.h"

#include "base/log.h"
#include "receive/reply.h"
#include "receive/session.h"

enum { SESSIONS = 20000, COMMANDS = 40 };

struct play {
        GRand *random;
        guint32 seed;
        struct session *session;
        bool trusted, decoy;
        GString *heard;
        guint expected;       /* answers that are owed */
        GPtrArray *accepted;  /* recipients that were answered 250 since MAIL */
        GString *sent;        /* what the session was told, for a failure */
        struct envelope *waiting;
        guint messages;
};

#define FAIL(play, ...) fail_at(play, g_strdup_printf(__VA_ARGS__))

static void fail_at(const struct play *play, char *what)
{
        print_error("seed %u: %s\n%s\n", play->seed, what, play->sent->str);
        g_free(what);
        fail();
}

static bool chance(const struct play *play, int of)
{
        return g_rand_int_range(play->random, 0, of) == 0;
}

/* --- the owner ---------------------------------------------------------------------------- */

static void on_message(void *user, const uint8_t *id, struct envelope *envelope)
{
        struct play *play = user;
        if (play->waiting)
                FAIL(play, "a second message before the first was committed");
        play->waiting = envelope;
}

static size_t on_limit_of(void *user, const char *address)
{
        return 0;
}

static bool on_exists(void *user, const char *local, const char *domain)
{
        return local[0] != 'z';
}

static enum admission on_tried(void *user, const char *mail_from, const char *recipient)
{
        const struct play *play = user;
        const int dice = g_rand_int_range(play->random, 0, 12);
        return dice < 9 ? ADMIT : dice == 9 ? ADMIT_SLOWLY : dice == 10 ? ADMIT_NOT : chance(play, 4) ? ADMIT_LATER : ADMIT;
}

static bool on_may_mail(void *user)
{
        const struct play *play = user;
        return !chance(play, 60);
}

static void on_note(void *user, enum guard_part part, double points)
{
}

static bool on_became(void *user, const char *ip, bool is_trusted)
{
        struct play *play = user;
        play->trusted = is_trusted;
        return !chance(play, 10);
}

/* --- answers ------------------------------------------------------------------------------- */

static bool is_reply(const char *line)
{
        static const char *const greetings[] = { "220 mail.example ESMTP", "250 mail.example", "250 ENHANCEDSTATUSCODES" };
        for (size_t i = 0; i < G_N_ELEMENTS(greetings); i++)
                if (strcmp(line, greetings[i]) == 0)
                        return true;
        for (int i = 0; i < REPLIES; i++)
                if (strcmp(line, reply_text((enum reply) i, false)) == 0 || strcmp(line, reply_text((enum reply) i, true)) == 0)
                        return true;
        return false;
}

static bool is_closed(const struct play *play)
{
        return session_wish(play->session) == WISH_CLOSE;
}

/* Takes the one answer that is owed (its lines before the last are those of EHLO). NULL: the session ended without. The caller frees. */
static char *hear(struct play *play)
{
        GString *output = session_output(play->session);
        g_string_append_len(play->heard, output->str, (gssize) output->len);
        g_string_truncate(output, 0);
        for (;;) {
                char *end = strstr(play->heard->str, "\r\n");
                if (!end) {
                        if (!is_closed(play) || play->heard->len > 0)
                                FAIL(play, "no answer, but '%s'", play->heard->str);
                        return NULL;
                }
                char *line = g_strndup(play->heard->str, (gsize) (end - play->heard->str));
                g_string_erase(play->heard, 0, end + 2 - play->heard->str);
                if (g_str_has_prefix(line, "250-")) {
                        g_free(line);
                        continue;
                }
                if (!is_reply(line))
                        FAIL(play, "answered '%s'", line);
                return line;
        }
}

/* --- feeding --------------------------------------------------------------------------------- */

static void check_envelope(struct play *play)
{
        const GPtrArray *recipients = play->waiting->recipients;
        if (recipients->len != play->accepted->len)
                FAIL(play, "%u recipients, answered were %u", recipients->len, play->accepted->len);
        for (guint i = 0; i < recipients->len; i++)
                if (strcmp(recipients->pdata[i], play->accepted->pdata[i]) != 0)
                        FAIL(play, "recipient %s, answered was %s", (char *) recipients->pdata[i], (char *) play->accepted->pdata[i]);
}

static void commit(struct play *play)
{
        if (!play->waiting)
                FAIL(play, "waits for a commit without a message");
        check_envelope(play);
        g_clear_pointer(&play->waiting, envelope_free);
        play->messages++;
        session_committed(play->session, !chance(play, 8));
}

/* In one piece, in random ones, or octet by octet; what waits (a commit, a pause) is let wait for a while. */
static void feed(struct play *play, const char *bytes, size_t length)
{
        const int manner = g_rand_int_range(play->random, 0, 3);
        g_string_append_len(play->sent, bytes, (gssize) length);
        for (size_t taken = 0; taken < length;) {
                const size_t left = length - taken;
                const size_t piece = manner == 0 ? left : manner == 1 ? 1 : (size_t) g_rand_int_range(play->random, 1, (gint32) left + 1);
                char *block = exact(bytes + taken, piece);
                const size_t now = session_feed(play->session, block, piece);
                g_free(block);
                taken += now;
                if (session_wish(play->session) == WISH_COMMIT)
                        commit(play);
                else if (session_wish(play->session) == WISH_PAUSE)
                        session_resume(play->session);
                else if (now < piece)
                        FAIL(play, "took %zu of %zu octets and waits for nothing", now, piece);
        }
}

/* --- what is said ------------------------------------------------------------------------------ */

static const char *const LINES[] = {
        "EHLO c.example", "HELO c.example", "HELO", "EHLO", "LHLO x", "NOOP", "NOOP x", "RSET", "RSET x", "VRFY ml", "EXPN ml", "HELP", "DATA x",
        "AUTH PLAIN =", "BDAT 3 LAST", "STARTTLS", "STARTTLS x", "XFORWARD ADDR=198.51.100.9", "XFORWARD", "XCLIENT ADDR=198.51.100.9",
        "XCLIENT NAME=x", "MAIL", "MAIL FROM:", "MAIL FROM:<a@b.example> SIZE=99999999999999999999", "MAIL FROM:<a@b.example> FROB=1",
        "MAIL FROM:a@b.example", "RCPT", "RCPT TO:", "RCPT TO:<>", "RCPT TO:<ml>", "RCPT TO:<x@elsewhere.example>", "RCPT TO:<@a,@b:ml@lists.example>",
        "RCPT TO:<\"  \"@lists.example", "RCPT TO:<ml@lists.example> NOTIFY=NEVER", "", " ", "MA\xc3IL", "\x01", "NOOP \x7f",
};

/* Any line: one answer. */
static void say_line(struct play *play)
{
        const char *line = LINES[g_rand_int_range(play->random, 0, G_N_ELEMENTS(LINES))];
        char *text = g_strconcat(line, chance(play, 40) ? "\n" : "\r\n", NULL);
        feed(play, text, strlen(text));
        g_free(text);
        char *answer = hear(play);
        if (g_str_has_prefix(line, "RSET") || g_str_has_prefix(line, "EHLO c") || g_str_has_prefix(line, "HELO c") || strstr(line, "XCLIENT"))
                if (answer && answer[0] == '2')
                        g_ptr_array_set_size(play->accepted, 0);
        if (g_str_has_prefix(line, "RCPT TO:<") && answer && answer[0] == '2') /* the decoy takes what is elsewhere, and what is none */
                g_ptr_array_add(play->accepted, g_strndup(line + 9, (gsize) (strrchr(line, '>') - line - 9)));
        if (session_wish(play->session) == WISH_TLS)
                session_tls_started(play->session), g_ptr_array_set_size(play->accepted, 0);
        g_free(answer);
}

static void say_mail(struct play *play)
{
        feed(play, "MAIL FROM:<a@b.example>\r\n", strlen("MAIL FROM:<a@b.example>\r\n"));
        char *answer = hear(play);
        if (answer && answer[0] == '2')
                g_ptr_array_set_size(play->accepted, 0);
        g_free(answer);
}

static void say_rcpt(struct play *play)
{
        char *path = g_strdup_printf("%c%d@%s", "aylz"[g_rand_int_range(play->random, 0, 4)], g_rand_int_range(play->random, 0, 5),
                                     chance(play, 5) ? "other.example" : "lists.example");
        char *text = g_strdup_printf("RCPT TO:<%s>\r\n", path);
        feed(play, text, strlen(text));
        char *answer = hear(play);
        if (answer && answer[0] == '2')
                g_ptr_array_add(play->accepted, path);
        else
                g_free(path);
        g_free(answer);
        g_free(text);
}

/* A message, whole, odd or with bad octets; only behind a 354. */
static void say_data(struct play *play)
{
        static const char *const bodies[] = {
                "From: a@b.example\r\n\r\nHello\r\n.\r\n", "no header\r\n.\r\n", ".\r\n", "From: x\r\n\r\n..dot\r\n.\r\n",
                "From: x\r\n\r\na\nb\r\n.\r\n", "From: x\r\n\r\na\rb\r\n.\r\n",
        };
        const guint before = play->messages;
        const bool had = play->accepted->len > 0;
        feed(play, "DATA\r\n", strlen("DATA\r\n"));
        char *answer = hear(play);
        const bool is_go = answer && g_str_has_prefix(answer, "354");
        g_free(answer);
        if (!is_go)
                return;
        if (!had)
                FAIL(play, "354 without a recipient");
        const char *body = bodies[g_rand_int_range(play->random, 0, G_N_ELEMENTS(bodies))];
        feed(play, body, strlen(body));
        answer = hear(play);
        if (play->messages > before + 1)
                FAIL(play, "two messages of one DATA");
        if (answer && strcmp(answer, reply_text(REPLY_ACCEPTED, false)) == 0 && play->messages != before + 1)
                FAIL(play, "accepted, but there was no message");
        g_ptr_array_set_size(play->accepted, 0);
        g_free(answer);
}

/* Behind the end all is taken and nothing said. */
static void check_end(struct play *play)
{
        const guint before = play->messages;
        if (!is_closed(play))
                session_timeout(play->session);
        g_string_truncate(session_output(play->session), 0);
        feed(play, "EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<ml@lists.example>\r\nDATA\r\nFrom: x\r\n\r\n.\r\n",
             strlen("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<ml@lists.example>\r\nDATA\r\nFrom: x\r\n\r\n.\r\n"));
        if (session_output(play->session)->len > 0 || play->messages != before || !session_end_reason(play->session))
                FAIL(play, "it goes on behind its end: %s", session_output(play->session)->str);
}

static void play_one(const struct conf *conf, guint32 seed)
{
        struct play play = { .random = g_rand_new_with_seed(seed), .seed = seed, .heard = g_string_new(NULL), .sent = g_string_new(NULL),
                             .accepted = g_ptr_array_new_with_free_func(g_free) };
        const int who = g_rand_int_range(play.random, 0, 4);
        play.trusted = who == 0;
        play.decoy = who == 1;
        const struct session_peer peer = { .kind = play.decoy ? LISTENER_DECOY : LISTENER_SMTP, .trusted = play.trusted, .tls_offered = !play.decoy,
                                           .client = "192.0.2.7", .number = 1 };
        const struct session_owner owner = { .message = on_message, .limit_of = on_limit_of, .exists = on_exists, .note = on_note,
                                             .tried = on_tried, .may_mail = on_may_mail, .became = on_became, .user = &play };
        play.session = session_new(conf, &peer, &owner);
        session_greet(play.session, false);
        g_free(hear(&play));
        for (int i = 0; i < COMMANDS && !is_closed(&play); i++) {
                const int dice = g_rand_int_range(play.random, 0, 10);
                if (dice < 3)
                        say_line(&play);
                else if (dice < 5)
                        say_mail(&play);
                else if (dice < 8)
                        say_rcpt(&play);
                else
                        say_data(&play);
        }
        check_end(&play);
        session_gone(play.session);
        session_free(play.session);
        g_ptr_array_unref(play.accepted);
        g_string_free(play.heard, TRUE);
        g_string_free(play.sent, TRUE);
        g_rand_free(play.random);
}

static void test_random_sessions(void **state)
{
        static const char text[] = "[server]\nhostname = mail.example\ndomains = lists.example, other.example\nadmin = admin@home.example\n"
                                   "trusted_networks = 192.0.2.7\n";
        struct conf *conf;
        struct err err = { 0 };
        const char *first = g_getenv("SEED");
        const guint32 seed = first ? (guint32) g_ascii_strtoull(first, NULL, 10) : 1;
        if (!conf_parse(&conf, text, strlen(text), "test", &err))
                fail_msg("%s", err.text);
        for (guint32 i = 0; i < (first ? 1 : SESSIONS); i++)
                play_one(conf, seed + i);
        conf_free(conf);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_random_sessions) };
        log_open("test", LOG_LEVEL_ERROR, NULL);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
