/* test_relay_offers.c - what a relay offers, or must: TLS, addresses that are not ASCII, AUTH */
#include "unit.h"

#include <signal.h>

#include "mailing.h"

/* --- TLS ---------------------------------------------------------------------------------------- */

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
                mailing_run(relay, mailing);
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

/* --- SMTPUTF8 ----------------------------------------------------------------------------------- */

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
                mailing_run(relay, mailing);
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
                mailing_run(relay, mailing);
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

/* --- AUTH --------------------------------------------------------------------------------------- */

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
        mailing_session(&options, settings, &mailing, &sink);
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

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_tls),
                cmocka_unit_test(test_utf8),
                cmocka_unit_test(test_mail_within_a_message),
                cmocka_unit_test(test_auth),
        };
        signal(SIGPIPE, SIG_IGN);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
