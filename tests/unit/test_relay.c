/* test_relay.c - sessions of libESMTP with a scripted relay: what it gets, what it answers, and how long that takes */
#include "unit.h"

#include <signal.h>

#include "mailing.h"

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
        mailing_run(relay, mailing);
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
                mailing_session(&options, (struct relay_settings){ .timeout_ms = 1000 }, &mailing, &sink);
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
        mailing_session(&options, (struct relay_settings){ 0 }, &mailing, &sink);
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
        mailing_run(relay, mailing);
        assert_int_equal(mailing->answered, 1);
        mailing_run(relay, mailing);
        assert_int_equal(mailing->answered, 3);
        assert_int_equal(sink_count(sink), 2);
        mailing_run(relay, mailing); /* nothing to do: it does not even connect */
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
        mailing_run(relay, mailing);
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

/* --- time ------------------------------------------------------------------------------------- */

/* Without TCP_NODELAY each message waits for the other side's delayed acknowledgement, 40 ms. */
static void test_no_stall(void **state)
{
        const double stalled = COPIES_MAX * 0.040;
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
        mailing_run(relay, mailing);
        double seconds = (double) (g_get_monotonic_time() - start) / G_USEC_PER_SEC;
        print_message("# %d messages of 4 KiB over one connection in %.3f s: %.0f/s\n", COPIES_MAX, seconds, COPIES_MAX / seconds);
        assert_int_equal(mailing->report.end, RELAY_OK);
        assert_int_equal(sink_count(sink), COPIES_MAX);
        assert_int_equal(sink_sessions(sink), 1);
        assert_true(seconds < stalled / 2);
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
        mailing_run(relay, mailing);
        g_thread_join(thread);
        assert_int_equal(mailing->report.end, RELAY_DROPPED);
        assert_int_equal(mailing->answered, 1);
        assert_int_equal(mailing->answers[0].code, 0);
        mailing_run(relay, mailing); /* nor does a new one start */
        assert_int_equal(mailing->report.end, RELAY_AWAY);
        assert_int_equal(mailing->answered, 1);
        mailing_free(mailing);
        relay_free(relay);
        sink_stop(sink);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_octets),
                cmocka_unit_test(test_answers),
                cmocka_unit_test(test_several),
                cmocka_unit_test(test_words),
                cmocka_unit_test(test_left_over),
                cmocka_unit_test(test_nobody_there),
                cmocka_unit_test(test_settings),
                cmocka_unit_test(test_no_stall),
                cmocka_unit_test(test_abort),
        };
        signal(SIGPIPE, SIG_IGN);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
