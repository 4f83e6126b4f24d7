/* test_session.c - the parts of a session: the octets of DATA, command lines, the look at a header; every way to smuggle;
 * and the sameness of every reply (requirement B1, leak O1) */
#include "unit.h"

#include "base/log.h"
#include "corpus.h"
#include "receive/command.h"
#include "receive/data.h"
#include "receive/screen.h"
#include "receive/session.h"

/* --- the octets of DATA ------------------------------------------------------------- */

struct data_case {
        const char *in;
        size_t length;
        size_t taken; /* length: it has not ended */
        bool ended, bad;
        const char *kept;
};

#define IN(text) text, sizeof text - 1

static const struct data_case DATA_CASES[] = {
        { IN(".\r\n"), 3, true, false, "" },
        { IN("a\r\n.\r\nMAIL"), 6, true, false, "a\r\n" },
        { IN("a\r\n..\r\n.b\r\n.\r\n"), 14, true, false, "a\r\n.\r\nb\r\n" },
        { IN("\r\n\r\n.\r\n"), 7, true, false, "\r\n\r\n" },
        { IN("a.\r\nb.\r\n"), 8, false, false, "a.\r\nb.\r\n" },
        { IN("a\r"), 2, false, false, "a\r" },
        { IN("a\r\n."), 4, false, false, "a\r\n" },
        { IN("a\r\n.\r"), 5, false, false, "a\r\n" },
        { IN("a\n.\nb"), 5, false, true, "a\n.\nb" },
        { IN("a\n.\r\nb"), 6, false, true, "a\n.\r\nb" },
        { IN("a\r.\rb"), 5, false, true, "a\r.\rb" },
        { IN("a\r.\r\nb"), 6, false, true, "a\r.\r\nb" },
        { IN("a\r\n.\nb"), 6, false, true, "a\r\n\nb" },
        { IN("a\r\n.\rb"), 6, false, true, "a\r\n\rb" },
        { IN("a\r\n.\r\r\nb"), 8, false, true, "a\r\n\r\r\nb" },
        { IN("a\r\n.\r\r\n.\r\n"), 10, true, true, "a\r\n\r\r\n" },
        { IN("\r\r\n.\r\n"), 6, true, true, "\r\r\n" },
        { IN("\n.\r\n"), 4, false, true, "\n.\r\n" },
};

static void check_data(const struct data_case *c, enum data_manner manner, size_t split)
{
        struct data *data = data_new(1000, manner);
        char *first = exact(c->in, split);
        char *second = exact(c->in + split, c->length - split);
        size_t taken = data_feed(data, first, split);
        taken += data_feed(data, second, c->length - split);
        g_free(first);
        g_free(second);
        size_t size = data_size(data);
        bool ended = data_ended(data), bad = data_has_bad_bytes(data);
        GBytes *kept = data_take(data);
        const char *want = manner == DATA_STRICT && c->bad ? "" : c->kept;
        if (taken != c->taken || ended != c->ended || bad != c->bad || size != strlen(c->kept)
            || g_bytes_get_size(kept) != strlen(want) || memcmp(g_bytes_get_data(kept, NULL) ?: "", want, strlen(want)) != 0)
                fail_msg("case %zu, split at %zu: taken %zu, ended %d, bad %d, size %zu, kept %zu", c - DATA_CASES, split, taken,
                         ended, bad, size, g_bytes_get_size(kept));
        g_bytes_unref(kept);
        data_free(data);
}

static void test_data(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(DATA_CASES); i++)
                for (size_t split = 0; split <= DATA_CASES[i].length; split++) {
                        check_data(&DATA_CASES[i], DATA_LENIENT, split);
                        check_data(&DATA_CASES[i], DATA_STRICT, split);
                }
}

static void test_data_with_nul(void **state)
{
        static const struct {
                const char *in;
                size_t length;
                bool ended;
        } cases[] = {
                { IN("a\0\r\n.\r\n"), true },        { IN("a\r\n\0.\r\n"), false },   { IN("a\r\0\n.\r\n"), false },
                { IN("a\r\n.\0\r\n"), false },       { IN("a\r\n.\r\0\n"), false },   { IN("\0"), false },
                { IN("a\r\n.\0\r\n.\r\n"), true },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct data *data = data_new(1000, DATA_STRICT);
                char *in = exact(cases[i].in, cases[i].length);
                assert_int_equal(data_feed(data, in, cases[i].length), cases[i].length);
                assert_int_equal(data_ended(data), cases[i].ended);
                assert_true(data_has_bad_bytes(data));
                g_free(in);
                data_free(data);
        }
}

/* A message beyond the limit takes no memory, or that of the limit. */
static void test_data_keeps_no_more(void **state)
{
        static const char line[] = "0123456789012345678901234567890123456789\r\n";
        for (int manner = DATA_STRICT; manner <= DATA_LENIENT; manner++) {
                struct data *data = data_new(100, (enum data_manner) manner);
                for (int i = 0; i < 1000; i++)
                        assert_int_equal(data_feed(data, line, strlen(line)), strlen(line));
                assert_int_equal(data_size(data), 1000 * strlen(line));
                GBytes *kept = data_take(data);
                assert_int_equal(g_bytes_get_size(kept), manner == DATA_STRICT ? 0 : 100);
                g_bytes_unref(kept);
                data_free(data);
        }
}

/* --- the look at a header --------------------------------------------------------------- */

static void test_screen(void **state)
{
        static const struct {
                const char *in;
                bool has_from;
                size_t received;
        } cases[] = {
                { "", false, 0 },
                { "From: a\r\n", true, 0 },
                { "FROM \t: a", true, 0 },
                { "Fromm: a\r\nX-From: b\r\n From: c\r\nFrom\r\n", false, 0 },
                { "Received: a\r\nreceived:\r\n b\r\nReceived-SPF: c\r\nFrom:", true, 2 },
                { "\r\nFrom: a\r\nReceived: b\r\n", false, 0 },
                { "From", false, 0 },
                { "Subject: a\r", false, 0 },
                { "Subject: a\r\n\r", false, 0 },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                char *in = exact(cases[i].in, strlen(cases[i].in));
                struct screen screen = screen_header(in, strlen(cases[i].in));
                g_free(in);
                if (screen.has_from != cases[i].has_from || screen.received != cases[i].received)
                        fail_msg("case %zu: from %d, received %zu", i, screen.has_from, screen.received);
        }
}

/* --- command lines ------------------------------------------------------------------------ */

static void test_command_path(void **state)
{
        static const struct {
                const char *argument, *path, *rest;
        } cases[] = {
                { "FROM:<>", "", "" },
                { "from:<a@b>", "a@b", "" },
                { "FROM:<a@b> SIZE=1", "a@b", " SIZE=1" },
                { "FROM:<\"a>b\\\"> c\"@d> X", "\"a>b\\\"> c\"@d", " X" },
                { "FROM:<<a@b>", "<a@b", "" },
                { "FROM:<a@b>SIZE=1", NULL, NULL },
                { "FROM:<a@b>>", NULL, NULL },
                { "FROM: <a@b>", NULL, NULL },
                { "FROM :<a@b>", NULL, NULL },
                { "FROM:a@b", NULL, NULL },
                { "FROM:<a@b", NULL, NULL },
                { "FROM:<\"a@b>", NULL, NULL },
                { "FROM:<\"a\\", NULL, NULL },
                { "FROM:", NULL, NULL },
                { "TO:<a@b>", NULL, NULL },
                { "", NULL, NULL },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                char *argument = exact(cases[i].argument, strlen(cases[i].argument) + 1);
                const char *rest = NULL;
                char *path = command_path(argument, "FROM:", &rest);
                if (g_strcmp0(path, cases[i].path) != 0 || (path && strcmp(rest, cases[i].rest) != 0))
                        fail_msg("'%s' gives '%s' and '%s'", argument, path, rest);
                g_free(path);
                g_free(argument);
        }
}

static void test_command_split(void **state)
{
        static const struct {
                const char *line, *verb, *argument;
        } cases[] = {
                { "NOOP", "NOOP", "" },       { "noop  a b ", "NOOP", "a b " },   { "", "", "" },
                { " NOOP", "", "NOOP" },      { "STARTTLSX y", "STARTTLSX", "y" }, { "STARTTLSXX y", "", "y" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct command command;
                char *line = exact(cases[i].line, strlen(cases[i].line) + 1);
                command_split(&command, line);
                assert_string_equal(command.verb, cases[i].verb);
                assert_string_equal(command.argument, cases[i].argument);
                g_free(line);
        }
}

static void test_command_parameters(void **state)
{
        const char *rest = "  SIZE=12  SMTPUTF8 X= =Y A=b=c ";
        static const struct {
                const char *name, *value;
        } want[] = { { "SIZE", "12" }, { "SMTPUTF8", NULL }, { "X", "" }, { "", "Y" }, { "A", "b=c" } };
        struct parameter got;
        for (size_t i = 0; i < G_N_ELEMENTS(want); i++) {
                assert_true(command_parameter(&rest, &got));
                assert_int_equal(got.name_length, strlen(want[i].name));
                assert_memory_equal(got.name, want[i].name, got.name_length);
                assert_int_equal(got.value != NULL, want[i].value != NULL);
                assert_int_equal(got.value_length, want[i].value ? strlen(want[i].value) : 0);
                if (got.value_length)
                        assert_memory_equal(got.value, want[i].value, got.value_length);
        }
        assert_false(command_parameter(&rest, &got));
}

/* --- whole sessions ---------------------------------------------------------------------------- */

struct house {
        struct conf *conf;
        struct session *session;
        GString *heard;
        size_t messages;
        GBytes *last; /* the last message; NULL: none yet */
};

static void on_message(void *user, const uint8_t *id, struct envelope *envelope)
{
        struct house *house = user;
        house->messages++;
        g_clear_pointer(&house->last, g_bytes_unref);
        house->last = g_steal_pointer(&envelope->message);
        envelope_free(envelope);
}

static size_t on_limit_of(void *user, const char *address)
{
        return 0;
}

static struct house *house_new(const struct session_peer *peer, bool spoke_early)
{
        static const char text[] = "[server]\nhostname = mail.example\ndomains = lists.example\nadmin = admin@home.example\n";
        struct house *house = g_new0(struct house, 1);
        const struct session_owner owner = { .message = on_message, .limit_of = on_limit_of, .user = house };
        struct err err = { 0 };
        if (!conf_parse(&house->conf, text, strlen(text), "test", &err))
                fail_msg("%s", err.text);
        house->heard = g_string_new(NULL);
        house->session = session_new(house->conf, peer, &owner);
        session_greet(house->session, spoke_early);
        return house;
}

static void house_free(struct house *house)
{
        session_free(house->session);
        conf_free(house->conf);
        g_string_free(house->heard, TRUE);
        g_clear_pointer(&house->last, g_bytes_unref);
        g_free(house);
}

static void send_bytes(struct house *house, const char *bytes, size_t length)
{
        size_t taken = 0;
        while (taken < length) {
                taken += session_feed(house->session, bytes + taken, length - taken);
                if (session_wish(house->session) == WISH_COMMIT)
                        session_committed(house->session, true);
        }
        GString *output = session_output(house->session);
        g_string_append_len(house->heard, output->str, (gssize) output->len);
        g_string_truncate(output, 0);
}

static void send_text(struct house *house, const char *text)
{
        send_bytes(house, text, strlen(text));
}

/* What was heard since the last call, to be exactly that. */
static void assert_heard(struct house *house, const char *what, const char *want)
{
        if (strcmp(house->heard->str, want) != 0)
                fail_msg("%s: heard '%s', want '%s'", what, house->heard->str, want);
        g_string_truncate(house->heard, 0);
}

#define REFUSED "550 5.6.0 bare CR, bare LF or NUL\r\n"
static const struct session_peer STRANGER = { .kind = LISTENER_SMTP, .client = "192.0.2.7", .tls_offered = true };

/* Up to the 354. */
static struct house *house_in_data(void)
{
        struct house *house = house_new(&STRANGER, false);
        send_text(house, "HELO c.example\r\nMAIL FROM:<a@home.example>\r\nRCPT TO:<ml@lists.example>\r\nDATA\r\n");
        g_string_truncate(house->heard, 0);
        return house;
}

/* --- smuggling: one way to play a row for each class of what is expected ---------------------------- */

/* The end; the message is taken. */
static void play_end(const char *id, const char *bytes, size_t length)
{
        struct house *house = house_in_data();
        send_text(house, "From: a\r\n\r\nb");
        send_bytes(house, bytes, length);
        assert_heard(house, id, "250 2.0.0 accepted\r\n");
        assert_int_equal(house->messages, 1);
        house_free(house);
}

/* No end: what follows is text. At the real one the message is refused, and the session is over. */
static void play_refused(const char *id, const char *bytes, size_t length)
{
        struct house *house = house_in_data();
        send_text(house, "From: a\r\n\r\nb");
        send_bytes(house, bytes, length);
        send_text(house, "MAIL FROM:<smuggled@home.example>\r\nRCPT TO:<ml@lists.example>\r\nDATA\r\nFrom: smuggled\r\n\r\nc");
        assert_heard(house, id, "");
        send_text(house, "\r\n.\r\nNOOP\r\n");
        assert_heard(house, id, REFUSED);
        assert_int_equal(session_wish(house->session), WISH_CLOSE);
        assert_int_equal(house->messages, 0);
        house_free(house);
}

/* The end, of a message that is refused; nothing is taken for text that follows it. */
static void play_refused_at_end(const char *id, const char *bytes, size_t length)
{
        struct house *house = house_in_data();
        send_text(house, "From: a\r\n\r\nb");
        send_bytes(house, bytes, length);
        assert_heard(house, id, REFUSED);
        assert_int_equal(session_wish(house->session), WISH_CLOSE);
        assert_int_equal(house->messages, 0);
        house_free(house);
}

static void play_end_and_bad_command(const char *id, const char *bytes, size_t length)
{
        struct house *house = house_in_data();
        send_text(house, "From: a\r\n\r\nb");
        send_bytes(house, bytes, length);
        send_text(house, "MAIL FROM:<smuggled@home.example>\r\n");
        assert_heard(house, id, "250 2.0.0 accepted\r\n500 5.5.2 not a command line\r\n");
        assert_int_equal(house->messages, 1);
        house_free(house);
}

/* No end, and nothing wrong: one dot is taken away. */
static void play_unstuffed(const char *id, const char *bytes, size_t length)
{
        struct house *house = house_in_data();
        send_text(house, "From: a\r\n\r\nb");
        send_bytes(house, bytes, length);
        assert_heard(house, id, "");
        send_text(house, ".\r\n");
        assert_heard(house, id, "250 2.0.0 accepted\r\n");
        GString *want = g_string_new("From: a\r\n\r\nb");
        g_string_append_len(want, bytes, (gssize) length);
        g_string_erase(want, (gssize) (want->len - length) + 2, 1);
        assert_int_equal(g_bytes_get_size(house->last), want->len);
        assert_memory_equal(g_bytes_get_data(house->last, NULL), want->str, want->len);
        g_string_free(want, TRUE);
        house_free(house);
}

static void play_empty(const char *id, const char *bytes, size_t length)
{
        struct house *house = house_in_data();
        send_bytes(house, bytes, length);
        send_text(house, "NOOP\r\n");
        assert_heard(house, id, "550 5.6.0 no From field\r\n250 2.0.0 ok\r\n");
        assert_int_equal(house->messages, 0);
        house_free(house);
}

static void play_bad_command(const char *id, const char *bytes, size_t length)
{
        struct house *house = house_new(&STRANGER, false);
        send_bytes(house, bytes, length);
        assert_heard(house, id, "220 mail.example ESMTP\r\n500 5.5.2 not a command line\r\n");
        house_free(house);
}

static void play_waiting(const char *id, const char *bytes, size_t length)
{
        struct house *house = house_new(&STRANGER, false);
        send_bytes(house, bytes, length);
        assert_heard(house, id, "220 mail.example ESMTP\r\n");
        session_timeout(house->session);
        send_text(house, "\n");
        assert_heard(house, id, "421 4.4.2 timed out\r\n");
        house_free(house);
}

/* PIPELINING is announced, so this is legal. */
static void play_pipelined(const char *id, const char *bytes, size_t length)
{
        struct house *house = house_in_data();
        send_text(house, "From: a\r\n\r\nb");
        send_bytes(house, bytes, length);
        assert_heard(house, id, "250 2.0.0 accepted\r\n501 5.1.7 bad sender address\r\n"); /* <a> has no domain */
        house_free(house);
}

static void play_early(const char *id, const char *bytes, size_t length)
{
        struct house *house = house_new(&STRANGER, true);
        send_bytes(house, bytes, length);
        assert_heard(house, id, "554 5.5.1 wait for the greeting\r\n");
        assert_int_equal(session_wish(house->session), WISH_CLOSE);
        house_free(house);
}

static void play_injection(const char *id, const char *bytes, size_t length)
{
        struct house *house = house_new(&STRANGER, false);
        send_text(house, "HELO c.example\r\n");
        g_string_truncate(house->heard, 0);
        send_bytes(house, bytes, length);
        assert_heard(house, id, "220 2.0.0 ready\r\n");
        assert_int_equal(session_wish(house->session), WISH_CLOSE);
        house_free(house);
}

static const struct {
        const char *id;
        void (*play)(const char *id, const char *bytes, size_t length);
} ROWS[] = {
        { "ok", play_end },
        { "lflf", play_refused },
        { "lfcrlf", play_refused },
        { "crcr", play_refused },
        { "crcrlf", play_refused },
        { "crlflf", play_refused },
        { "crlfcr", play_refused },
        { "crlf_mix", play_refused },
        { "lfcr", play_refused },
        { "nulprefix", play_refused_at_end },
        { "nulbeforedot", play_refused },
        { "nulinterm", play_refused },
        { "nulafterdot", play_refused },
        { "nulintrail", play_refused },
        { "nulsuffix", play_end_and_bad_command },
        { "crcrlfdot", play_refused },
        { "crlfdotcrcrlf", play_refused },
        { "dotstuffed", play_unstuffed },
        { "dottext", play_unstuffed },
        { "firstline", play_empty },
        { "barelf_body", play_refused },
        { "barecr_body", play_refused },
        { "barelf_cmd", play_bad_command },
        { "barecr_cmd", play_waiting },
        { "pipeline_after_dot", play_pipelined },
        { "pregreet", play_early },
        { "starttls_inject", play_injection },
};

static char *from_hex(const char *hex, size_t *ret_length)
{
        *ret_length = strlen(hex) / 2;
        char *bytes = g_malloc(*ret_length ? *ret_length : 1);
        for (size_t i = 0; i < *ret_length; i++)
                bytes[i] = (char) (g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]));
        return bytes;
}

/* Leak X8: every row of the shared corpus, also one that is added to it. */
static void test_smuggling_corpus(void **state)
{
        GPtrArray *rows = corpus_rows("smtp-smuggling/eod-variants.tsv");
        assert_true(rows->len > 0);
        for (guint r = 0; r < rows->len; r++) {
                char **row = rows->pdata[r];
                size_t i = 0, length;
                while (i < G_N_ELEMENTS(ROWS) && strcmp(ROWS[i].id, row[0]) != 0)
                        i++;
                if (i == G_N_ELEMENTS(ROWS))
                        fail_msg("the row '%s' is not known here", row[0]);
                char *bytes = from_hex(row[1], &length);
                ROWS[i].play(row[0], bytes, length);
                g_free(bytes);
        }
        g_ptr_array_unref(rows);
}

/* --- sameness ------------------------------------------------------------------------------------ */

static char *whole_dialogue(const struct session_peer *peer, const char *sender, const char *local)
{
        struct house *house = house_new(peer, false);
        char *text = g_strdup_printf("%s c.example\r\nMAIL FROM:<%s>\r\nRCPT TO:<%s@lists.example>\r\nRCPT TO:<%s@x.example>\r\n"
                                     "VRFY %s@lists.example\r\nEXPN %s\r\nDATA\r\nFrom: %s\r\n\r\n%s\r\n.\r\nHELP %s\r\nQUIT\r\n",
                                     peer->kind == LISTENER_LMTP ? "LHLO" : "EHLO", sender, local, local, local, local, sender,
                                     local, local);
        send_text(house, text);
        g_free(text);
        char *heard = g_strdup(house->heard->str);
        assert_int_equal(house->messages, 1);
        house_free(house);
        return heard;
}

/* Whoever sends, to whomever of ours: the same octets. No local part is on one side of a difference. */
static void test_every_reply_is_the_same(void **state)
{
        static const char *const senders[] = { "", "anna@home.example", "ml@lists.example", "x@[192.0.2.9]",
                                               "\"odd one\"@a.example" };
        static const char *const locals[] = { "ml", "ML", "no-such-list", "ml-owner", "ml-on", "postmaster", "abuse",
                                              "ml-bounce+abcdefghijklmnopqrstuvwxyz234567", "ml+off", "\"                   \"",
                                              "a%b", "a!b", "\"a@b\"", "x",
                                              "0123456789012345678901234567890123456789012345678901234567890123" };
        for (int kind = 0; kind < 4; kind++) {
                struct session_peer peer = STRANGER;
                peer.kind = kind & 1 ? LISTENER_LMTP : LISTENER_SMTP;
                peer.trusted = kind & 2;
                char *first = whole_dialogue(&peer, senders[0], locals[0]);
                for (size_t s = 0; s < G_N_ELEMENTS(senders); s++)
                        for (size_t l = 0; l < G_N_ELEMENTS(locals); l++) {
                                char *other = whole_dialogue(&peer, senders[s], locals[l]);
                                if (strcmp(first, other) != 0)
                                        fail_msg("<%s> to <%s> hears '%s', not '%s'", senders[s], locals[l], other, first);
                                g_free(other);
                        }
                g_free(first);
        }
}

/* --- ceilings ---------------------------------------------------------------------------------------- */

static void send_posts(struct house *house, int count)
{
        static const char post[] = "MAIL FROM:<>\r\nRCPT TO:<ml@lists.example>\r\nDATA\r\nFrom: a\r\n.\r\n";
        send_text(house, "HELO c.example\r\n");
        for (int i = 0; i < count; i++)
                send_text(house, post);
        assert_int_equal(house->messages, count);
        g_string_truncate(house->heard, 0);
}

static void test_messages_of_a_session(void **state)
{
        struct house *house = house_new(&STRANGER, false);
        send_posts(house, SESSION_MESSAGES_MAX);
        send_text(house, "MAIL FROM:<>\r\nRCPT TO:<ml@lists.example>\r\n");
        assert_heard(house, "one more", "421 4.7.0 too much for one session\r\n");
        house_free(house);
}

/* An MTA keeps its connection for as long as there is mail. */
static void test_no_ceilings_for_a_trusted_client(void **state)
{
        const struct session_peer mta = { .kind = LISTENER_SMTP, .client = "unix", .trusted = true };
        struct house *house = house_new(&mta, false);
        send_posts(house, SESSION_MESSAGES_MAX + 1);
        for (int i = 0; i <= SESSION_COMMANDS_MAX; i++)
                send_text(house, "RSET\r\n");
        assert_int_equal(session_wish(house->session), WISH_INPUT);
        house_free(house);
}

/* 64 MB without a line's end are one error, answered once. */
static void test_input_without_end(void **state)
{
        struct house *house = house_new(&STRANGER, false);
        char *block = g_strnfill(64 * 1024, 'a');
        for (int i = 0; i < 1000; i++)
                send_bytes(house, block, 64 * 1024);
        assert_heard(house, "no line yet", "220 mail.example ESMTP\r\n");
        send_text(house, "\r\n");
        assert_heard(house, "one line", "500 5.5.2 line too long\r\n");
        g_free(block);
        house_free(house);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_data),
                cmocka_unit_test(test_data_with_nul),
                cmocka_unit_test(test_data_keeps_no_more),
                cmocka_unit_test(test_screen),
                cmocka_unit_test(test_command_path),
                cmocka_unit_test(test_command_split),
                cmocka_unit_test(test_command_parameters),
                cmocka_unit_test(test_smuggling_corpus),
                cmocka_unit_test(test_every_reply_is_the_same),
                cmocka_unit_test(test_messages_of_a_session),
                cmocka_unit_test(test_no_ceilings_for_a_trusted_client),
                cmocka_unit_test(test_input_without_end),
        };
        log_open("test", LOG_LEVEL_ERROR, NULL);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
