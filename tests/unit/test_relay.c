/* test_relay.c - what is read along, and sessions of libESMTP with a scripted relay */
#include "unit.h"

#include <signal.h>

#include "copies.h"
#include "deliver/relay.h"
#include "deliver/watch.h"
#include "sink.h"

/* --- reading along -------------------------------------------------------------------------- */

static void test_watch(void **state)
{
        struct watch watch = { 0 };
        watch_read(&watch, "220-a\r\n220 b\r\n", 14);
        assert_string_equal(watch.last, "220 b");
        watch_wrote(&watch, "EHLO x\r\n", 8);
        static const char offers[] = "250-x\r\n250-8bitmime\r\n250-AUTH=PLAIN\r\n250-AUTHOR\r\n250-STARTTLS\r\n250 HELP\r\n";
        for (size_t i = 0; i < strlen(offers); i++) { /* in pieces */
                assert_false(watch.has_ehlo);
                watch_read(&watch, offers + i, 1);
        }
        assert_true(watch.has_ehlo && watch.offers_8bitmime && watch.offers_auth && watch.offers_starttls);
        assert_false(watch.offers_chunking);
        assert_int_equal(watch.replies, 2);
        watch_wrote(&watch, "STARTTLS\r\n", 10);
        watch_read(&watch, "220-x\r\n220 y\r\n", 14);
        assert_int_equal(watch.replies, 3);
        watch_wrote(&watch, "EHLO x\r\n", 8);
        assert_false(watch.has_ehlo || watch.offers_8bitmime || watch.offers_auth);
        watch_wrote(&watch, "AUTH PLAIN x\r\n", 14);
        watch_read(&watch, "334 \r\n", 6);
        assert_false(watch.is_authenticated);
        watch_read(&watch, "235 ok\r\n", 8);
        assert_true(watch.is_authenticated);
        watch_wrote(&watch, "QUIT\r\n", 6);
        watch_read(&watch, "221 bye\r\n", 9);
        assert_string_equal(watch.last, "235 ok");
        char *line = g_strnfill(3 * WATCH_LINE_MAX, 'x');
        watch_read(&watch, line, 3 * WATCH_LINE_MAX); /* cut, not overrun */
        g_free(line);
}

/* --- sessions ------------------------------------------------------------------------------- */

enum { COPIES_MAX = 300 };

/* The caller's side of a session: hands out copies and keeps the answers. */
struct mailing {
        struct relay_copy copies[COPIES_MAX];
        size_t count, given, answered;
        struct relay_answer answers[COPIES_MAX];
        struct gate_message message;
        struct relay_report report;
};

static const struct relay_copy *next_copy(void *user)
{
        struct mailing *mailing = user;
        assert_int_equal(mailing->given, mailing->answered); /* one under way at a time */
        return mailing->given < mailing->count ? &mailing->copies[mailing->given++] : NULL;
}

static void take_answer(void *user, size_t recipient, const struct relay_answer *answer)
{
        struct mailing *mailing = user;
        assert_int_equal(recipient, 0);
        assert_int_equal(mailing->given, mailing->answered + 1);
        mailing->answers[mailing->answered++] = *answer;
}

static struct mailing *mailing_new(const char *text, size_t length, const char *head, const char *const *recipients)
{
        struct mailing *mailing = g_new0(struct mailing, 1);
        GBytes *bytes = g_bytes_new(text, length);
        struct err err;
        if (!gate_message(&mailing->message, bytes, &err))
                fail_msg("%s", err.text);
        g_bytes_unref(bytes);
        for (; *recipients; recipients++)
                mailing->copies[mailing->count++] = (struct relay_copy){ .from = "ml-bounce+t@lists.example",
                                                                         .to = recipients,
                                                                         .count = 1,
                                                                         .head = head,
                                                                         .head_length = strlen(head),
                                                                         .message = &mailing->message };
        return mailing;
}

static void mailing_free(struct mailing *mailing)
{
        gate_message_clear(&mailing->message);
        g_free(mailing);
}

static struct relay *relay_to(const char *endpoint, struct relay_settings settings)
{
        struct relay *relay;
        struct err err;
        settings.endpoint = endpoint;
        settings.hostname = "lists.example";
        if (!relay_new(&relay, &settings, &err))
                fail_msg("%s", err.text);
        return relay;
}

static void run(struct relay *relay, struct mailing *mailing)
{
        const struct relay_calls calls = { next_copy, take_answer, mailing };
        relay_run(relay, &calls, &mailing->report);
        mailing->given = mailing->answered; /* what has no answer is handed out again */
}

static const char MESSAGE[] = FIELDS "\r\nHello\r\n";
static const char *const THREE[] = { "anna@a.example", "ben@b.example", "carla@c.example", NULL };

static void one_session(const struct sink_options *options, struct relay_settings settings, struct mailing **ret_mailing,
                        struct sink **ret_sink)
{
        *ret_sink = sink_start(options);
        struct relay *relay = relay_to(sink_endpoint(*ret_sink), settings);
        *ret_mailing = mailing_new(MESSAGE, strlen(MESSAGE), "", THREE);
        run(relay, *ret_mailing);
        relay_free(relay);
}

/* --- octets --------------------------------------------------------------------------------- */

static const char *const BODIES[] = {
        "Hello\r\n",
        "",
        ".\r\n",
        "..\r\n.\r\n.dots\r\nend\r\n",
        "\r\n\r\n",
        "From a line that mbox would quote\r\nReturn-Path: in the body\r\n",
        "\xe3\x81\x82\xe3\x82\x8a\xe3\x81\x8c\r\n\xff\xfe\x80\r\n",
        X998 "\r\n." X200 X200 X200 X200 X50 X50 X50 "\r\n",
        "trailing white space \t\r\n \r\n",
};

static void check_octets(const char *offers, const char *body, const char *head)
{
        char *text = g_strconcat(FIELDS "To: ml@lists.example\r\nSubject: =?UTF-8?Q?=C3=BC?=\r\n folded\r\n"
                                        "List-Id: <ml.lists.example>\r\nX-ML-Name: ml\r\nResent-From: a@b\r\n"
                                        "Received: from a\r\nReceived: from b\r\n\r\n",
                                 body, NULL);
        char *want = g_strconcat(head, text, NULL);
        struct sink_options options = { .offers = offers };
        struct sink *sink = sink_start(&options);
        struct relay *relay = relay_to(sink_endpoint(sink), (struct relay_settings){ 0 });
        struct mailing *mailing = mailing_new(text, strlen(text), head, THREE);
        run(relay, mailing);
        assert_int_equal(mailing->report.end, RELAY_OK);
        assert_int_equal(sink_count(sink), 3);
        for (size_t i = 0; i < 3; i++) {
                const struct sink_mail *mail = sink_mail(sink, i);
                gsize size;
                const char *data = g_bytes_get_data(mail->data, &size);
                if (size != strlen(want) || memcmp(data, want, size) != 0)
                        fail_msg("'%s' arrived as '%.*s'", want, (int) size, data);
                assert_string_equal(mail->to, THREE[i]);
                assert_string_equal(mail->from, "ml-bounce+t@lists.example");
                assert_true(relay_took(&mailing->answers[i]));
                bool is_8bit = mailing->message.is_8bit, offered = strstr(offers, "8BITMIME") != NULL;
                assert_true((strstr(mail->parameters, "BODY=8BITMIME") != NULL) == (is_8bit && offered));
                assert_true(mailing->report.lacks_8bitmime == (is_8bit && !offered));
                char *size_parameter = g_strdup_printf("SIZE=%zu", strlen(want));
                assert_true((strstr(mail->parameters, size_parameter) != NULL) == (strstr(offers, "SIZE") != NULL));
                g_free(size_parameter);
        }
        assert_int_equal(sink_sessions(sink), 1);
        mailing_free(mailing);
        relay_free(relay);
        sink_stop(sink);
        g_free(want);
        g_free(text);
}

static void test_octets(void **state)
{
        static const char *const offers[] = { "PIPELINING|8BITMIME|SIZE 0|ENHANCEDSTATUSCODES", "CHUNKING|8BITMIME|SIZE",
                                              "PIPELINING|CHUNKING|8BITMIME|DSN|XUSR", "HELP" };
        for (size_t i = 0; i < G_N_ELEMENTS(offers); i++)
                for (size_t j = 0; j < G_N_ELEMENTS(BODIES); j++)
                        check_octets(offers[i], BODIES[j], j % 2 ? "List-Unsubscribe: <mailto:ml-off+t@lists.example>\r\n" : "");
}

/* --- answers -------------------------------------------------------------------------------- */

struct answer_case {
        const char *name;
        const char *offers; /* NULL: the usual */
        struct sink_rule rules[3];
        enum relay_end end;
        size_t answered;
        int codes[3]; /* 0: unknown */
        enum relay_step step; /* of the first that was not taken */
        size_t taken;         /* by the sink */
        const char *why;
};

static const struct answer_case ANSWER_CASES[] = {
        { "all well", NULL, { { 0 } }, RELAY_OK, 3, { 250, 250, 250 }, 0, 3, "" },
        { "first refused", NULL, { { "RCPT", "anna@", "550 5.1.1 no such" } }, RELAY_OK, 3, { 550, 250, 250 }, RELAY_RCPT, 2, "" },
        { "second refused", NULL, { { "RCPT", "ben@", "550-5.1.1 no\r\n550 5.1.1 such" } }, RELAY_OK, 3, { 250, 550, 250 }, RELAY_RCPT, 2, "" },
        { "last refused", NULL, { { "RCPT", "carla@", "450 4.2.0 later" } }, RELAY_OK, 3, { 250, 250, 450 }, RELAY_RCPT, 2, "" },
        { "all refused", NULL, { { "RCPT", NULL, "550 no" } }, RELAY_OK, 3, { 550, 550, 550 }, RELAY_RCPT, 0, "" },
        { "refused, CHUNKING", "PIPELINING|CHUNKING", { { "RCPT", "ben@", "550 no" } }, RELAY_OK, 3, { 250, 550, 250 }, RELAY_RCPT, 2, "" },
        { "message refused", NULL, { { ".", "ben@", "554 5.6.0 not this" } }, RELAY_OK, 3, { 250, 554, 250 }, RELAY_DATA, 2, "" },
        { "message put off", NULL, { { ".", "anna@", "451 4.3.0 later" } }, RELAY_OK, 3, { 451, 250, 250 }, RELAY_DATA, 2, "" },
        { "message refused, CHUNKING", "CHUNKING", { { ".", "ben@", "554 no" } }, RELAY_OK, 2, { 250, 554 }, RELAY_DATA, 1, "" },
        { "BDAT refused", "PIPELINING|CHUNKING", { { "BDAT", "ben@", "452 full" } }, RELAY_OK, 2, { 250, 452 }, RELAY_DATA, 1, "" },
        { "sender refused", NULL, { { "MAIL", NULL, "553 5.1.7 no", .times = 1 } }, RELAY_OK, 3, { 553, 250, 250 }, RELAY_MAIL, 2, "" },
        { "DATA refused", NULL, { { "DATA", "ben@", "451 4.3.0 later" } }, RELAY_OK, 2, { 250, 451 }, RELAY_DATA, 1, "" },
        { "DATA taken at once", NULL, { { "DATA", "ben@", "250 2.0.0 what?" } }, RELAY_DROPPED, 2, { 250, 0 }, RELAY_DATA, 1, "at data" },
        { "421 to MAIL", NULL, { { "MAIL", NULL, "421 4.3.2 leaving", .closes = true } }, RELAY_DROPPED, 0, { 0 }, 0, 0, "at mail" },
        { "421 to RCPT", NULL, { { "RCPT", "ben@", "421 4.7.0 too much", .closes = true } }, RELAY_DROPPED, 2, { 250, 0 }, RELAY_RCPT, 1, "421 at rcpt" },
        { "421 to RCPT, and it stays", NULL, { { "RCPT", "ben@", "421 too much" } }, RELAY_DROPPED, 2, { 250, 0 }, RELAY_RCPT, 1, "421 at rcpt" },
        { "sender put off", NULL, { { "MAIL", NULL, "451 4.3.0 later" } }, RELAY_DROPPED, 0, { 0 }, 0, 0, "451 at mail" },
        { "dropped at MAIL", NULL, { { "MAIL", NULL, NULL, .closes = true } }, RELAY_DROPPED, 0, { 0 }, RELAY_MAIL, 0, "closed the connection at mail" },
        { "dropped at RCPT", NULL, { { "RCPT", "ben@", NULL, .closes = true } }, RELAY_DROPPED, 2, { 250, 0 }, RELAY_RCPT, 1, "at rcpt" },
        { "dropped at DATA", NULL, { { "DATA", "ben@", NULL, .closes = true } }, RELAY_DROPPED, 2, { 250, 0 }, RELAY_DATA, 1, "at data" },
        { "dropped after the message", NULL, { { ".", "ben@", NULL, .closes = true } }, RELAY_DROPPED, 2, { 250, 0 }, RELAY_DATA, 1, "at data" },
        { "dropped after BDAT", "CHUNKING", { { ".", "ben@", NULL, .closes = true } }, RELAY_DROPPED, 2, { 250, 0 }, RELAY_DATA, 1, "at data" },
        { "garbage", NULL, { { ".", "ben@", "what?" } }, RELAY_DROPPED, 2, { 250, 0 }, RELAY_DATA, 1, "at data" },
        { "silent", NULL, { { ".", "ben@", "250 late", .delay_ms = 60000 } }, RELAY_DROPPED, 2, { 250, 0 }, RELAY_DATA, 1, "in time" },
        { "turned away", NULL, { { "220", NULL, "554 5.7.1 not you", .closes = true } }, RELAY_AWAY, 0, { 0 }, 0, 0, "554 5.7.1 not you" },
        { "busy", NULL, { { "220", NULL, "421 4.7.0 later", .closes = true } }, RELAY_AWAY, 0, { 0 }, 0, 0, "421" },
        { "no greeting", NULL, { { "220", NULL, NULL, .closes = true } }, RELAY_AWAY, 0, { 0 }, 0, 0, "closed the connection at the greeting" },
        { "mute", NULL, { { "220", NULL, "220 late", .delay_ms = 60000 } }, RELAY_AWAY, 0, { 0 }, 0, 0, "in time at the greeting" },
        { "EHLO refused", NULL, { { "EHLO", NULL, "550 no" } }, RELAY_AWAY, 0, { 0 }, 0, 0, "550 no" },
        { "EHLO put off", NULL, { { "EHLO", NULL, "421 4.3.2 leaving" } }, RELAY_AWAY, 0, { 0 }, 0, 0, "421" },
        { "EHLO garbled", NULL, { { "EHLO", NULL, "hello there" } }, RELAY_AWAY, 0, { 0 }, 0, 0, "Invalid SMTP syntax" },
        { "HELO does", NULL, { { "EHLO", NULL, "502 what?" } }, RELAY_OK, 3, { 250, 250, 250 }, 0, 3, "" },
};

static void test_answers(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(ANSWER_CASES); i++) {
                const struct answer_case *c = &ANSWER_CASES[i];
                struct sink_options options = { .rules = c->rules, .offers = c->offers };
                struct mailing *mailing;
                struct sink *sink;
                one_session(&options, (struct relay_settings){ .timeout_ms = 1000 }, &mailing, &sink);
                if (mailing->report.end != c->end || mailing->answered != c->answered || sink_count(sink) != c->taken
                    || !strstr(mailing->report.why, c->why))
                        fail_msg("%s: end %d, %zu answers, %zu taken, '%s'", c->name, mailing->report.end, mailing->answered,
                                 sink_count(sink), mailing->report.why);
                bool first = true;
                for (size_t j = 0; j < c->answered; j++) {
                        const struct relay_answer *answer = &mailing->answers[j];
                        if (answer->code != c->codes[j])
                                fail_msg("%s: answer %zu is %d %s", c->name, j, answer->code, answer->text);
                        assert_true(relay_took(answer) == (c->codes[j] == 250));
                        if (first && c->codes[j] != 250) {
                                assert_int_equal(answer->step, c->step);
                                first = false;
                        }
                }
                mailing_free(mailing);
                sink_stop(sink);
        }
}

/* --- several recipients of one copy ------------------------------------------------------------ */

/* A copy of three and one of one behind it. */
struct several {
        struct gate_message message;
        struct relay_copy copies[2];
        bool is_one_first; /* the other way round */
        size_t given, answered;
        bool has_answer[4];
        struct relay_answer answers[4];
};

static const struct relay_copy *next_of_several(void *user)
{
        struct several *several = user;
        const size_t first = several->is_one_first ? 1 : 3;
        assert_int_equal(several->answered, several->given == 0 ? 0 : several->given == 1 ? first : 4);
        return several->given < 2 ? &several->copies[several->given++] : NULL;
}

static void take_of_several(void *user, size_t recipient, const struct relay_answer *answer)
{
        struct several *several = user;
        const size_t place = several->is_one_first ? recipient + several->given - 1 : several->given == 1 ? recipient : 3;
        assert_true(place < 4 && !several->has_answer[place]);
        several->has_answer[place] = true;
        several->answers[place] = *answer;
        several->answered++;
}

static const struct several_case {
        const char *name, *offers;
        struct sink_rule rules[4];
        int codes[4]; /* -1: no answer */
        enum relay_end end;
        const char *taken; /* recipients of the first mail that was taken, NULL: none */
} SEVERAL_CASES[] = {
        { "all taken", NULL, { { 0 } }, { 250, 250, 250, 250 }, RELAY_OK, "anna@a.example ben@b.example carla@c.example" },
        { "all taken, CHUNKING", "PIPELINING|CHUNKING", { { 0 } }, { 250, 250, 250, 250 }, RELAY_OK,
          "anna@a.example ben@b.example carla@c.example" },
        { "no PIPELINING", "SIZE", { { 0 } }, { 250, 250, 250, 250 }, RELAY_OK, "anna@a.example ben@b.example carla@c.example" },
        { "one refused", NULL, { { "RCPT", "ben@", "550 no" } }, { 250, 550, 250, 250 }, RELAY_OK, "anna@a.example carla@c.example" },
        { "one refused, CHUNKING", "PIPELINING|CHUNKING", { { "RCPT", "ben@", "550 no" } }, { 250, 550, 250, 250 }, RELAY_OK,
          "anna@a.example carla@c.example" },
        { "last refused", NULL, { { "RCPT", "carla@", "450 later" } }, { 250, 250, 450, 250 }, RELAY_OK, "anna@a.example ben@b.example" },
        { "all refused", NULL, { { "RCPT", "@a.", "550 no" }, { "RCPT", "@b.", "450 later" }, { "RCPT", "@c.", "550 no" } },
          { 550, 450, 550, 250 }, RELAY_OK, "dora@d.example" },
        { "all refused, CHUNKING", "PIPELINING|CHUNKING",
          { { "RCPT", "@a.", "550 no" }, { "RCPT", "@b.", "450 later" }, { "RCPT", "@c.", "550 no" } }, { 550, 450, 550, -1 }, RELAY_OK, NULL },
        { "message refused", NULL, { { ".", "anna@", "554 not this" } }, { 554, 554, 554, 250 }, RELAY_OK, "dora@d.example" },
        { "sender refused", NULL, { { "MAIL", NULL, "553 no", .times = 1 } }, { 553, 553, 553, 250 }, RELAY_OK, "dora@d.example" },
        { "dropped in the middle", NULL, { { "RCPT", "ben@", NULL, .closes = true } }, { 0, 0, 0, -1 }, RELAY_DROPPED, NULL },
        { "refused, then dropped", NULL, { { "RCPT", "anna@", "550 no" }, { ".", NULL, NULL, .closes = true } }, { 550, 0, 0, -1 },
          RELAY_DROPPED, NULL },
        { "garbage to one", NULL, { { "RCPT", "anna@", "what?" } }, { 0, 0, 0, -1 }, RELAY_DROPPED, NULL },
        { "garbage to one, CHUNKING", "PIPELINING|CHUNKING", { { "RCPT", "anna@", "what?" } }, { 0, 0, 0, -1 }, RELAY_DROPPED,
          "ben@b.example carla@c.example" },
        { "an answer too much", NULL, { { "RCPT", "anna@", "250 ok\r\n250 ok" } }, { 0, 0, 0, -1 }, RELAY_DROPPED, NULL },
        { "a long answer", NULL, { { "RCPT", "anna@", "250-" X998 "\r\n250-" X998 X998 "\r\n250 ok" } }, { 0, 0, 0, -1 }, RELAY_DROPPED, NULL },
        { "silent in the middle", NULL, { { "RCPT", "ben@", "250 late", .delay_ms = 60000 } }, { 0, 0, 0, -1 }, RELAY_DROPPED, NULL },
        { "421 to one", NULL, { { "RCPT", "ben@", "421 leaving" } }, { 0, 0, 0, -1 }, RELAY_DROPPED, NULL },
        { "421 to the message", NULL, { { ".", NULL, "421 leaving" } }, { 0, 0, 0, -1 }, RELAY_DROPPED, NULL },
};

static void check_several(const struct several_case *c)
{
        static const char *const last[] = { "dora@d.example" };
        const struct sink_options options = { .rules = c->rules, .offers = c->offers };
        struct sink *sink = sink_start(&options);
        struct relay *relay = relay_to(sink_endpoint(sink), (struct relay_settings){ .timeout_ms = 1000 });
        struct several several = { 0 };
        struct relay_report report;
        struct err err;
        GBytes *bytes = g_bytes_new_static(MESSAGE, strlen(MESSAGE));
        assert_true(gate_message(&several.message, bytes, &err));
        several.copies[0] = (struct relay_copy){ "ml-bounce+t@lists.example", THREE, 3, "", 0, &several.message };
        several.copies[1] = (struct relay_copy){ "ml-bounce+u@lists.example", last, 1, "", 0, &several.message };
        relay_run(relay, &(struct relay_calls){ next_of_several, take_of_several, &several }, &report);
        for (size_t i = 0; i < 4; i++)
                if ((several.has_answer[i] ? several.answers[i].code : -1) != c->codes[i])
                        fail_msg("%s: answer %zu is %d; %s", c->name, i, several.has_answer[i] ? several.answers[i].code : -1, report.why);
        const size_t taken = (size_t) (c->taken != NULL) + (c->taken && strchr(c->taken, ' ') && c->end == RELAY_OK);
        if (report.end != c->end || sink_count(sink) != taken)
                fail_msg("%s: end %d, %zu mails", c->name, report.end, sink_count(sink));
        if (c->taken)
                assert_string_equal(sink_mail(sink, 0)->to, c->taken);
        gate_message_clear(&several.message);
        g_bytes_unref(bytes);
        relay_free(relay);
        sink_stop(sink);
}

/* One recipient, who is refused, and then three, of whom one is. */
static void check_one_then_several(const char *offers)
{
        static const char *const first[] = { "dora@d.example", NULL };
        const struct sink_rule rules[] = { { "RCPT", "dora@", "550 no" }, { "RCPT", "ben@", "550 no" }, { 0 } };
        const struct sink_options options = { .rules = rules, .offers = offers };
        struct sink *sink = sink_start(&options);
        struct relay *relay = relay_to(sink_endpoint(sink), (struct relay_settings){ .timeout_ms = 1000 });
        struct mailing *mailing = mailing_new(MESSAGE, strlen(MESSAGE), "", first);
        struct several several = { 0 };
        struct relay_report report;
        several.copies[0] = mailing->copies[0];
        several.copies[1] = (struct relay_copy){ "ml-bounce+t@lists.example", THREE, 3, "", 0, &mailing->message };
        several.is_one_first = true;
        relay_run(relay, &(struct relay_calls){ next_of_several, take_of_several, &several }, &report);
        assert_int_equal(report.end, RELAY_OK);
        assert_int_equal(several.answered, 4);
        static const int codes[] = { 550, 250, 550, 250 };
        for (size_t i = 0; i < 4; i++)
                assert_int_equal(several.answers[i].code, codes[i]);
        assert_int_equal(sink_count(sink), 1);
        assert_string_equal(sink_mail(sink, 0)->to, "anna@a.example carla@c.example");
        mailing_free(mailing);
        relay_free(relay);
        sink_stop(sink);
}

static void test_several(void **state)
{
        check_one_then_several(NULL);
        check_one_then_several("PIPELINING|CHUNKING");

        for (size_t i = 0; i < G_N_ELEMENTS(SEVERAL_CASES); i++)
                check_several(&SEVERAL_CASES[i]);
}

/* A relay's words come as one clean line, its status code apart. */
static void test_words(void **state)
{
        const struct sink_rule rules[] = { { "RCPT", "anna@", "550-5.1.1 <anna@a.example>:\xff\r\n550 5.1.1 \x1b[2Jno such" }, { 0 } };
        struct sink_options options = { .rules = rules };
        struct mailing *mailing;
        struct sink *sink;
        one_session(&options, (struct relay_settings){ 0 }, &mailing, &sink);
        assert_string_equal(mailing->answers[0].status, "5.1.1");
        assert_string_equal(mailing->answers[0].text, "<anna@a.example>:\xef\xbf\xbd   [2Jno such");
        mailing_free(mailing);
        sink_stop(sink);
}

/* A session that ended in order with copies left goes on in the next one. */
static void test_left_over(void **state)
{
        const struct sink_rule rules[] = { { "DATA", "anna@", "451 4.3.0 later" }, { 0 } };
        struct sink_options options = { .rules = rules };
        struct sink *sink = sink_start(&options);
        struct relay *relay = relay_to(sink_endpoint(sink), (struct relay_settings){ 0 });
        struct mailing *mailing = mailing_new(MESSAGE, strlen(MESSAGE), "", THREE);
        run(relay, mailing);
        assert_int_equal(mailing->answered, 1);
        run(relay, mailing);
        assert_int_equal(mailing->answered, 3);
        assert_int_equal(sink_count(sink), 2);
        run(relay, mailing); /* nothing to do: it does not even connect */
        assert_int_equal(mailing->report.end, RELAY_OK);
        assert_int_equal(sink_sessions(sink), 2);
        mailing_free(mailing);
        relay_free(relay);
        sink_stop(sink);
}

static void test_nobody_there(void **state)
{
        struct sink *sink = sink_start(NULL);
        char *endpoint = g_strdup(sink_endpoint(sink));
        sink_stop(sink);
        struct relay *relay = relay_to(endpoint, (struct relay_settings){ 0 });
        struct mailing *mailing = mailing_new(MESSAGE, strlen(MESSAGE), "", THREE);
        run(relay, mailing);
        assert_int_equal(mailing->report.end, RELAY_AWAY);
        assert_non_null(strstr(mailing->report.why, "Connection refused"));
        assert_int_equal(mailing->answered, 0);
        mailing_free(mailing);
        relay_free(relay);
        g_free(endpoint);
}

static void test_settings(void **state)
{
        static const struct {
                struct relay_settings settings;
                const char *complaint;
        } cases[] = {
                { { .endpoint = "[::1]:25" }, "IPv4 address" },
                { { .endpoint = "unix:/run/x" }, "IPv4 address" },
                { { .endpoint = "relay" }, "HOST:PORT" },
                { { .endpoint = "a:25", .password = "p" }, "needs a user" },
                { { .endpoint = "a:25", .user = X200 X200, .password = "p" }, "255 octets" },
                { { .endpoint = "a:25", .tls = TLS_MUST, .tls_ca = "no PEM" }, "no certificate" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct relay *relay;
                struct err err = { 0 };
                assert_false(relay_new(&relay, &cases[i].settings, &err));
                assert_int_equal(err.class, ERR_USAGE);
                if (!strstr(err.text, cases[i].complaint))
                        fail_msg("case %zu: '%s'", i, err.text);
        }
}

/* --- TLS and AUTH ----------------------------------------------------------------------------- */

enum ca { CA_OWN, CA_OTHER, CA_SYSTEM };

static const struct tls_case {
        const char *name;
        bool offered;
        const char *dns; /* in the certificate */
        bool has_ip;
        bool by_name; /* the relay is "localhost", else 127.0.0.1 */
        enum ca ca;
        enum conf_tls tls;
        const char *inject;
        struct sink_rule rules[2];
        enum relay_end end;
        bool is_encrypted;
        const char *why;
        bool at_once; /* the relay speaks TLS from the first octet on */
} TLS_CASES[] = {
        { "off", true, "localhost", true, true, CA_OWN, TLS_OFF, NULL, { { 0 } }, RELAY_OK, false, "" },
        { "may, not offered", false, "localhost", true, true, CA_OWN, TLS_MAY, NULL, { { 0 } }, RELAY_OK, false, "" },
        { "may, good", true, "localhost", true, true, CA_OWN, TLS_MAY, NULL, { { 0 } }, RELAY_OK, true, "" },
        { "may, unknown", true, "other.example", false, true, CA_SYSTEM, TLS_MAY, NULL, { { 0 } }, RELAY_OK, true, "" },
        { "may, refused", true, "localhost", true, true, CA_OWN, TLS_MAY, NULL, { { "STARTTLS", NULL, "454 4.7.0 not now" } }, RELAY_OK, false, "" },
        { "may, broken", true, "localhost", true, true, CA_OWN, TLS_MAY, NULL, { { "STARTTLS", NULL, "220 no TLS", .closes = true } }, RELAY_OK, false, "" },
        { "must, good name", true, "localhost", false, true, CA_OWN, TLS_MUST, NULL, { { 0 } }, RELAY_OK, true, "" },
        { "must, good IP", true, "other.example", true, false, CA_OWN, TLS_MUST, NULL, { { 0 } }, RELAY_OK, true, "" },
        { "must, wrong name", true, "other.example", true, true, CA_OWN, TLS_MUST, NULL, { { 0 } }, RELAY_AWAY, false, "ostname mismatch" },
        { "must, wrong IP", true, "localhost", false, false, CA_OWN, TLS_MUST, NULL, { { 0 } }, RELAY_AWAY, false, "IP address mismatch" },
        { "must, other CA", true, "localhost", true, true, CA_OTHER, TLS_MUST, NULL, { { 0 } }, RELAY_AWAY, false, "certificate is not good" },
        { "must, unknown", true, "localhost", true, true, CA_SYSTEM, TLS_MUST, NULL, { { 0 } }, RELAY_AWAY, false, "certificate is not good" },
        { "must, not offered", false, "localhost", true, true, CA_OWN, TLS_MUST, NULL, { { 0 } }, RELAY_AWAY, false, "does not offer STARTTLS" },
        { "must, no EHLO", true, "localhost", true, true, CA_OWN, TLS_MUST, NULL, { { "EHLO", NULL, "502 what?" } }, RELAY_AWAY, false, "does not offer STARTTLS" },
        { "must, refused", true, "localhost", true, true, CA_OWN, TLS_MUST, NULL, { { "STARTTLS", NULL, "454 4.7.0 not now" } }, RELAY_AWAY, false, "454 4.7.0 not now" },
        { "must, injected", true, "localhost", true, true, CA_OWN, TLS_MUST, "250 me", { { 0 } }, RELAY_AWAY, false, "behind its answer to STARTTLS" },
        { "may, no TLS from the first octet", true, "localhost", true, true, CA_OWN, TLS_MAY, NULL, { { "220", NULL, "554 5.3.2 go away", true } }, RELAY_AWAY, false, "turned us away: 554" },
        { "must, broken", true, "localhost", true, true, CA_OWN, TLS_MUST, NULL, { { "STARTTLS", NULL, "220 no TLS", .closes = true } }, RELAY_AWAY, false, "TLS does not come about" },
        { "must, silent", true, "localhost", true, true, CA_OWN, TLS_MUST, NULL, { { "220", NULL, "", true } }, RELAY_AWAY, false, "at the greeting" },
        { "implicit, good", true, "localhost", true, true, CA_OWN, TLS_IMPLICIT, NULL, { { 0 } }, RELAY_OK, true, "", true },
        { "implicit, good IP", true, "other.example", true, false, CA_OWN, TLS_IMPLICIT, NULL, { { 0 } }, RELAY_OK, true, "", true },
        { "implicit, wrong name", true, "other.example", true, true, CA_OWN, TLS_IMPLICIT, NULL, { { 0 } }, RELAY_AWAY, false, "ostname mismatch", true },
        { "implicit, unknown", true, "localhost", true, true, CA_SYSTEM, TLS_IMPLICIT, NULL, { { 0 } }, RELAY_AWAY, false, "certificate is not good", true },
        { "implicit, but it speaks in clear", true, "localhost", true, true, CA_OWN, TLS_IMPLICIT, NULL, { { 0 } }, RELAY_AWAY, false, "TLS does not come about" },
        { "implicit, turned away", true, "localhost", true, true, CA_OWN, TLS_IMPLICIT, NULL, { { "220", NULL, "421 4.3.2 busy", true } }, RELAY_AWAY, true, "421 4.3.2 busy", true },
};

static void check_tls(const struct tls_case *c, const char *other_pem)
{
        char *pem;
        SSL_CTX *tls = sink_tls(c->dns, c->has_ip, &pem);
        struct sink_options options = { .tls = c->offered ? tls : NULL, .inject = c->inject, .rules = c->rules, .is_tls_at_once = c->at_once };
        struct sink *sink = sink_start(&options);
        char *endpoint = g_strconcat(c->by_name ? "localhost" : "127.0.0.1", strchr(sink_endpoint(sink), ':'), NULL);
        const char *ca = c->ca == CA_OWN ? pem : c->ca == CA_OTHER ? other_pem : NULL;
        struct relay *relay = relay_to(endpoint, (struct relay_settings){ .tls = c->tls, .tls_ca = ca, .timeout_ms = 5000 });
        for (int round = 0; round < 2; round++) { /* libESMTP's own context crashed at the second session */
                struct mailing *mailing = mailing_new(MESSAGE, strlen(MESSAGE), "", THREE);
                run(relay, mailing);
                if (mailing->report.end != c->end || !strstr(mailing->report.why, c->why))
                        fail_msg("%s: end %d, '%s'", c->name, mailing->report.end, mailing->report.why);
                assert_int_equal(mailing->answered, c->end == RELAY_OK ? 3 : 0);
                assert_true(c->is_encrypted == (*mailing->report.tls != '\0'));
                mailing_free(mailing);
        }
        assert_int_equal(sink_count(sink), c->end == RELAY_OK ? 6 : 0);
        for (size_t i = 0; i < sink_count(sink); i++)
                assert_int_equal(sink_mail(sink, i)->is_encrypted, c->is_encrypted);
        if (c->end == RELAY_AWAY)
                assert_int_equal(sink_commands(sink, "MAIL"), 0);
        char *name = sink_server_name(sink);
        if (c->is_encrypted && c->by_name)
                assert_string_equal(name, "localhost");
        g_free(name);
        relay_free(relay);
        sink_stop(sink);
        SSL_CTX_free(tls);
        g_free(endpoint);
        g_free(pem);
}

static void test_tls(void **state)
{
        char *other_pem;
        SSL_CTX_free(sink_tls("localhost", true, &other_pem));
        for (size_t i = 0; i < G_N_ELEMENTS(TLS_CASES); i++)
                check_tls(&TLS_CASES[i], other_pem);
        g_free(other_pem);
}

/* Addresses that are not ASCII: SMTPUTF8 stands behind MAIL for their copies alone, in TLS as well; a relay that does not offer it is not
 * asked, whether such a copy is the first of a session or a later one. */
static void check_utf8(const char *offers, enum conf_tls tls, const bool *kinds, const int *codes, size_t mails)
{
        static const char *const recipients[] = { "a@a.example", "b@b.example", "c@c.example", "d@d.example", NULL };
        static const char *const joerg[] = { "j\xc3\xb6rg@b.example" };
        char *pem;
        SSL_CTX *context = sink_tls("localhost", true, &pem);
        const struct sink_options options = { .offers = offers, .tls = context };
        struct sink *sink = sink_start(&options);
        struct relay *relay = relay_to(sink_endpoint(sink), (struct relay_settings){ .tls = tls, .tls_ca = pem, .timeout_ms = 5000 });
        struct mailing *mailing = mailing_new(MESSAGE, strlen(MESSAGE), "", recipients);
        for (size_t i = 0; i < mailing->count; i++)
                if ((mailing->copies[i].is_utf8 = kinds[i]))
                        mailing->copies[i].to = joerg;
        for (int session = 0; session < 4 && mailing->answered < mailing->count; session++) {
                run(relay, mailing);
                assert_int_equal(mailing->report.end, RELAY_OK);
        }
        assert_int_equal(mailing->answered, mailing->count);
        for (size_t i = 0; i < mailing->count; i++) {
                assert_int_equal(mailing->answers[i].code, codes[i]);
                assert_int_equal(mailing->answers[i].is_ours, codes[i] == 553);
        }
        assert_int_equal(sink_count(sink), mails);
        for (size_t i = 0; i < mails; i++) {
                const struct sink_mail *mail = sink_mail(sink, i);
                assert_int_equal(g_str_has_suffix(mail->parameters, "SMTPUTF8"), !g_str_is_ascii(mail->to));
                assert_int_equal(mail->is_encrypted, tls != TLS_OFF);
        }
        mailing_free(mailing);
        relay_free(relay);
        sink_stop(sink);
        SSL_CTX_free(context);
        g_free(pem);
}

static void test_utf8(void **state)
{
        static const bool first[] = { true, false, true, false }, later[] = { false, true, true, false };
        static const int taken[] = { 250, 250, 250, 250 }, first_not[] = { 553, 250, 553, 250 }, later_not[] = { 250, 553, 553, 250 };
        static const char *const with = "PIPELINING|8BITMIME|SMTPUTF8|SIZE 0", *const without = "PIPELINING|8BITMIME";
        for (enum conf_tls tls = TLS_OFF; tls <= TLS_MUST; tls++) {
                check_utf8(with, tls, first, taken, 4);
                check_utf8(with, tls, later, taken, 4);
                check_utf8(without, tls, first, first_not, 2);
                check_utf8(without, tls, later, later_not, 2);
        }
}

/* Nothing of a message is taken for a command, wherever libESMTP's pieces of it begin. */
static void test_mail_within_a_message(void **state)
{
        enum { LINE = 16, LINES = 1000 }; /* so that of LINE messages, each longer by one, one has lines at the beginnings of pieces */
        static const char line[] = "MAIL FROM:<ab>\r\n";
        assert_int_equal(strlen(line), LINE);
        const struct sink_options options = { .offers = "PIPELINING|8BITMIME|SMTPUTF8" };
        struct sink *sink = sink_start(&options);
        struct relay *relay = relay_to(sink_endpoint(sink), (struct relay_settings){ 0 });
        static const char *const recipients[] = { "j\xc3\xb6rg@b.example", NULL };
        for (size_t i = 0; i < LINE; i++) {
                char *pad = g_strnfill(i, 'x');
                GString *text = g_string_new(FIELDS);
                g_string_append_printf(text, "Subject: %s\r\n\r\n", pad);
                for (int n = 0; n < LINES; n++)
                        g_string_append(text, line);
                struct mailing *mailing = mailing_new(text->str, text->len, "", recipients);
                mailing->copies[0].is_utf8 = true;
                run(relay, mailing);
                assert_int_equal(mailing->answers[0].code, 250);
                const struct sink_mail *mail = sink_mail(sink, i);
                gsize size;
                const char *data = g_bytes_get_data(mail->data, &size);
                assert_int_equal(size, text->len);
                assert_memory_equal(data, text->str, size);
                mailing_free(mailing);
                g_string_free(text, TRUE);
                g_free(pad);
        }
        relay_free(relay);
        sink_stop(sink);
}

#define ANNA_PLAIN "AGFubmEAc2VjcmV0" /* \0anna\0secret */

static const struct auth_case {
        const char *password;
        const char *plain; /* what the relay takes; NULL: it does not offer AUTH */
        const char *offers;
        enum relay_end end;
        bool is_authenticated;
        const char *why;
        struct sink_rule rules[2];
} AUTH_CASES[] = {
        { "secret", ANNA_PLAIN, NULL, RELAY_OK, true, "" },
        { NULL, ANNA_PLAIN, NULL, RELAY_OK, false, "" },
        { "wrong", ANNA_PLAIN, NULL, RELAY_AWAY, false, "did not take user and password (535 5.7.8 no)" },
        { "secret", NULL, NULL, RELAY_AWAY, false, "does not offer AUTH" },
        { "secret", NULL, "AUTH GSSAPI X-OWN", RELAY_AWAY, false, "did not take user and password" },
        { "secret", NULL, NULL, RELAY_AWAY, false, "does not offer AUTH", /* answers beforehand change nothing */
          { { "EHLO", NULL, "250 x\r\n250 ok\r\n250 ok\r\n354 go on\r\n250 taken" } } },
};

static void check_auth(const struct auth_case *c, SSL_CTX *tls, const char *pem)
{
        struct sink_options options = { .plain = c->plain, .offers = c->offers, .rules = c->rules, .tls = tls, .is_tls_at_once = tls };
        const struct relay_settings settings = { .user = "anna", .password = c->password, .tls = tls ? TLS_IMPLICIT : TLS_OFF, .tls_ca = pem };
        struct mailing *mailing;
        struct sink *sink;
        one_session(&options, settings, &mailing, &sink);
        if (mailing->report.end != c->end || !strstr(mailing->report.why, c->why))
                fail_msg("'%s': end %d, '%s'", c->why, mailing->report.end, mailing->report.why);
        assert_int_equal(mailing->answered, c->end == RELAY_OK ? 3 : 0);
        assert_int_equal(sink_count(sink), mailing->answered);
        assert_true((sink_commands(sink, "MAIL") > 0) == (c->end == RELAY_OK));
        if (c->end == RELAY_OK)
                assert_int_equal(sink_mail(sink, 0)->is_authenticated, c->is_authenticated);
        mailing_free(mailing);
        sink_stop(sink);
}

static void test_auth(void **state)
{
        char *pem;
        SSL_CTX *tls = sink_tls("localhost", true, &pem);
        for (size_t i = 0; i < G_N_ELEMENTS(AUTH_CASES); i++) {
                check_auth(&AUTH_CASES[i], NULL, NULL);
                check_auth(&AUTH_CASES[i], tls, pem);
        }
        SSL_CTX_free(tls);
        g_free(pem);
}

/* --- time ------------------------------------------------------------------------------------- */

/* Done 4 of the issue: without TCP_NODELAY each message waits 40 ms, which makes 12 s. */
static void test_no_stall(void **state)
{
        GString *text = g_string_new(FIELDS "\r\n");
        while (text->len < 4096)
                g_string_append(text, "a line of the usual length, as people write them to a list\r\n");
        const char *recipients[COPIES_MAX + 1] = { NULL };
        for (size_t i = 0; i < COPIES_MAX; i++)
                recipients[i] = "anna@a.example";
        struct sink *sink = sink_start(NULL);
        struct relay *relay = relay_to(sink_endpoint(sink), (struct relay_settings){ 0 });
        struct mailing *mailing = mailing_new(text->str, text->len, "", recipients);
        gint64 start = g_get_monotonic_time();
        run(relay, mailing);
        double seconds = (double) (g_get_monotonic_time() - start) / G_USEC_PER_SEC;
        print_message("# %d messages of 4 KiB over one connection in %.3f s: %.0f/s\n", COPIES_MAX, seconds, COPIES_MAX / seconds);
        assert_int_equal(mailing->report.end, RELAY_OK);
        assert_int_equal(sink_count(sink), COPIES_MAX);
        assert_int_equal(sink_sessions(sink), 1);
        assert_true(seconds < 2);
        mailing_free(mailing);
        relay_free(relay);
        sink_stop(sink);
        g_string_free(text, TRUE);
}

static gpointer abort_soon(gpointer relay)
{
        g_usleep(50 * 1000);
        relay_abort(relay);
        return NULL;
}

static void test_abort(void **state)
{
        const struct sink_rule rules[] = { { ".", NULL, "250 late", .delay_ms = 60000 }, { 0 } };
        struct sink_options options = { .rules = rules };
        struct sink *sink = sink_start(&options);
        struct relay *relay = relay_to(sink_endpoint(sink), (struct relay_settings){ 0 });
        struct mailing *mailing = mailing_new(MESSAGE, strlen(MESSAGE), "", THREE);
        GThread *thread = g_thread_new("abort", abort_soon, relay);
        run(relay, mailing);
        g_thread_join(thread);
        assert_int_equal(mailing->report.end, RELAY_DROPPED);
        assert_int_equal(mailing->answered, 1);
        assert_int_equal(mailing->answers[0].code, 0);
        run(relay, mailing); /* nor does a new one start */
        assert_int_equal(mailing->report.end, RELAY_AWAY);
        assert_int_equal(mailing->answered, 1);
        mailing_free(mailing);
        relay_free(relay);
        sink_stop(sink);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_watch),        cmocka_unit_test(test_octets),       cmocka_unit_test(test_answers),
                cmocka_unit_test(test_words),
                cmocka_unit_test(test_several),        cmocka_unit_test(test_left_over),    cmocka_unit_test(test_nobody_there),
                cmocka_unit_test(test_settings),     cmocka_unit_test(test_tls),          cmocka_unit_test(test_auth),
                cmocka_unit_test(test_utf8),
                cmocka_unit_test(test_mail_within_a_message),
                cmocka_unit_test(test_no_stall),     cmocka_unit_test(test_abort),
        };
        signal(SIGPIPE, SIG_IGN);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
