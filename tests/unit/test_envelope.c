/* test_envelope.c - what receive writes, handle reads; and nothing else */
#include "unit.h"

#include "mail/envelope.h"

#define HEAD                                                                                                              \
        "listd-envelope 1\nclient 192.0.2.7\nhelo mail.example.org\nprotocol ESMTPS\ntrusted 1\nflaw 2\nreceived 1772445600\n" \
        "mail-from anna@example.org\n"
#define GOOD HEAD "recipient ml@lists.example\nrecipient \"a b\"@lists.example\n\nFrom: anna@example.org\r\n\r\nhi\r\n"

static struct envelope *sample(void)
{
        static const char message[] = "From: anna@example.org\r\n\r\nhi\r\n";
        struct envelope *envelope = envelope_new();
        envelope->client = g_strdup("192.0.2.7");
        envelope->helo = g_strdup("mail.example.org");
        envelope->protocol = g_strdup("ESMTPS");
        envelope->trusted = true;
        envelope->flaw = FLAW_BYTES;
        envelope->received = 1772445600;
        envelope->mail_from = g_strdup("anna@example.org");
        g_ptr_array_add(envelope->recipients, g_strdup("ml@lists.example"));
        g_ptr_array_add(envelope->recipients, g_strdup("\"a b\"@lists.example"));
        envelope->message = g_bytes_new_static(message, strlen(message));
        return envelope;
}

static bool read_text(const char *text, size_t length, struct envelope **ret_envelope)
{
        struct err err = { 0 };
        char *copy = exact(text, length);
        bool ok = envelope_read(ret_envelope, copy, length, &err);
        g_free(copy);
        assert_true(ok == (*ret_envelope != NULL) && (ok || err.class == ERR_PERM));
        return ok;
}

static void test_write(void **state)
{
        struct envelope *envelope = sample();
        GBytes *bytes = envelope_write(envelope);
        gsize size;
        const char *text = g_bytes_get_data(bytes, &size);
        assert_int_equal(size, strlen(GOOD));
        assert_memory_equal(text, GOOD, size);
        g_bytes_unref(bytes);
        envelope_free(envelope);
}

static void test_read(void **state)
{
        struct envelope *envelope;
        assert_true(read_text(GOOD, strlen(GOOD), &envelope));
        assert_string_equal(envelope->client, "192.0.2.7");
        assert_string_equal(envelope->helo, "mail.example.org");
        assert_string_equal(envelope->protocol, "ESMTPS");
        assert_string_equal(envelope->mail_from, "anna@example.org");
        assert_true(envelope->trusted && envelope->flaw == FLAW_BYTES && envelope->received == 1772445600);
        assert_int_equal(envelope->recipients->len, 2);
        assert_string_equal(envelope->recipients->pdata[1], "\"a b\"@lists.example");
        assert_int_equal(g_bytes_get_size(envelope->message), 30);
        envelope_free(envelope);
}

/* Empty values, the ends of ranges, an empty message and one of any octets come back as they went. */
static void test_round_trip(void **state)
{
        static const int64_t times[] = { 0, -1, G_MAXINT64, G_MININT64 };
        for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
                struct envelope *envelope = sample(), *again;
                gsize size, size_again;
                g_free(envelope->mail_from);
                envelope->mail_from = g_strdup("");
                g_free(envelope->helo);
                envelope->helo = g_strnfill(i ? ENVELOPE_TEXT_MAX : 0, 'h');
                envelope->received = times[i];
                g_bytes_unref(envelope->message);
                envelope->message = i ? g_bytes_new("\n\0\r\xff\n\n", 6) : g_bytes_new(NULL, 0);
                GBytes *bytes = envelope_write(envelope);
                const char *text = g_bytes_get_data(bytes, &size);
                assert_true(read_text(text, size, &again));
                assert_string_equal(again->helo, envelope->helo);
                assert_string_equal(again->mail_from, "");
                assert_true(again->received == times[i] && g_bytes_equal(again->message, envelope->message));
                GBytes *bytes_again = envelope_write(again);
                assert_memory_equal(g_bytes_get_data(bytes_again, &size_again), text, size);
                assert_int_equal(size, size_again);
                g_bytes_unref(bytes);
                g_bytes_unref(bytes_again);
                envelope_free(envelope);
                envelope_free(again);
        }
}

/* What most messages do not have stands only where it is. */
static void test_optional(void **state)
{
        struct envelope *envelope = sample(), *again;
        envelope->probes = g_strdup("percent own-domain");
        envelope->is_decoy = true;
        GBytes *bytes = envelope_write(envelope);
        gsize size;
        const char *text = g_bytes_get_data(bytes, &size);
        assert_non_null(strstr(text, "\nprobes percent own-domain\ndecoy 1\nrecipient "));
        assert_true(read_text(text, size, &again));
        assert_string_equal(again->probes, "percent own-domain");
        assert_true(again->is_decoy);
        g_bytes_unref(bytes);
        envelope_free(again);
        g_free(envelope->probes);
        envelope->probes = g_strdup("");
        envelope->is_decoy = false;
        bytes = envelope_write(envelope);
        assert_memory_equal(g_bytes_get_data(bytes, NULL), GOOD, strlen(GOOD));
        g_bytes_unref(bytes);
        envelope_free(envelope);
}

/* Each row replaces one text of the good envelope. */
static const struct {
        const char *old, *new;
} BAD_CASES[] = {
        { "listd-envelope 1\n", "" },
        { "listd-envelope 1\n", "listd-envelope 2\n" },
        { "client 192.0.2.7\n", "" },                                  /* missing */
        { "client 192.0.2.7\n", "client 192.0.2.7\nclient 192.0.2.8\n" }, /* repeated */
        { "client 192.0.2.7\nhelo mail.example.org\n", "helo mail.example.org\nclient 192.0.2.7\n" }, /* out of order */
        { "trusted 1\n", "trusted 1\ncolour red\n" },                  /* unknown */
        { "trusted 1\n", "Trusted 1\n" },
        { "trusted 1\n", "trusted 2\n" },
        { "trusted 1\n", "trusted yes\n" },
        { "trusted 1\n", "trusted  1\n" },
        { "trusted 1\n", "trusted 1 \n" },
        { "trusted 1\n", "trusted 01\n" },
        { "trusted 1\n", "trusted\n" },
        { "flaw 2\n", "flaw 3\n" },
        { "flaw 2\n", "flaw -1\n" },
        { "flaw 2\n", "flaw +2\n" },
        { "received 1772445600\n", "received 9223372036854775808\n" },
        { "received 1772445600\n", "received 0x10\n" },
        { "received 1772445600\n", "received -0\n" },
        { "helo mail.example.org\n", "helo mail\r\n" },                /* control characters */
        { "helo mail.example.org\n", "helo mail\x01\n" },
        { "helo mail.example.org\n", "helo mail\x7f\n" },
        { "recipient ml@", "probes \nrecipient ml@" },                 /* what is empty is left out */
        { "recipient ml@", "decoy 0\nrecipient ml@" },
        { "recipient ml@", "decoy 1\nprobes percent\nrecipient ml@" },
        { "recipient ml@", "probes percent\nprobes bang\nrecipient ml@" },
        { "recipient ml@lists.example\nrecipient \"a b\"@lists.example\n", "" },
        { "recipient ml@lists.example\n", "recipient ml@lists.example\nhelo x\n" },
        { "lists.example\n\nFrom: ", "lists.example\nFrom: " },        /* no empty line */
        { "lists.example\n\nFrom: ", "lists.example\n\r\nFrom: " },
};

static void test_bad(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(BAD_CASES); i++) {
                struct envelope *envelope;
                GString *text = g_string_new(GOOD);
                assert_int_equal(g_string_replace(text, BAD_CASES[i].old, BAD_CASES[i].new, 1), 1);
                if (read_text(text->str, text->len, &envelope))
                        fail_msg("case %zu was taken", i);
                g_string_free(text, TRUE);
        }
}

static void test_nul_and_cuts(void **state)
{
        struct envelope *envelope;
        const size_t head = strlen(GOOD) - 30;
        for (size_t length = 0; length < head; length++)
                assert_false(read_text(GOOD, length, &envelope));
        for (size_t at = 0; at < head; at++) {
                char text[] = GOOD;
                text[at] = '\0';
                assert_false(read_text(text, strlen(GOOD), &envelope));
        }
}

static bool reads_with(size_t recipients, size_t helo)
{
        struct envelope *envelope;
        char *name = g_strnfill(helo, 'h');
        GString *text = g_string_new(HEAD);
        g_string_replace(text, "mail.example.org", name, 1);
        for (size_t i = 0; i < recipients; i++)
                g_string_append(text, "recipient ml@lists.example\n");
        g_string_append(text, "\nhi\r\n");
        bool ok = read_text(text->str, text->len, &envelope);
        envelope_free(envelope);
        g_string_free(text, TRUE);
        g_free(name);
        return ok;
}

static void test_ceilings(void **state)
{
        assert_true(reads_with(ENVELOPE_RECIPIENTS_MAX, ENVELOPE_TEXT_MAX));
        assert_false(reads_with(ENVELOPE_RECIPIENTS_MAX + 1, 10));
        assert_false(reads_with(1, ENVELOPE_TEXT_MAX + 1));
        assert_false(reads_with(1, 1024 * 1024));
}

/* What must not be written is not: the caller's bug shows at once. */
static void test_write_refuses(void **state)
{
        for (int flaw = 0; flaw < 6; flaw++) {
                struct envelope *envelope = sample();
                if (flaw == 0)
                        g_clear_pointer(&envelope->helo, g_free);
                else if (flaw == 1)
                        envelope->helo[0] = '\n';
                else if (flaw == 2)
                        ((char *) envelope->recipients->pdata[0])[0] = '\r';
                else if (flaw == 3)
                        g_ptr_array_set_size(envelope->recipients, 0);
                else if (flaw == 4)
                        g_clear_pointer(&envelope->message, g_bytes_unref);
                else
                        while (envelope->recipients->len <= ENVELOPE_RECIPIENTS_MAX)
                                g_ptr_array_add(envelope->recipients, g_strdup("ml@lists.example"));
                assert_null(envelope_write(envelope));
                envelope_free(envelope);
        }
}

static void test_log_id(void **state)
{
        uint8_t id[16] = { 0 };
        char text[LOG_ID_CHARS + 1], other[LOG_ID_CHARS + 1];
        envelope_log_id(id, text);
        assert_string_equal(text, "aaaaaaaaaaaa");
        id[7] = 0x10; /* the last bit that counts */
        envelope_log_id(id, text);
        assert_string_equal(text, "aaaaaaaaaaab");
        memset(id, 0xff, sizeof id);
        envelope_log_id(id, text);
        assert_string_equal(text, "777777777777");
        id[0] = 0;
        envelope_log_id(id, other);
        assert_string_not_equal(text, other);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_write),        cmocka_unit_test(test_read),     cmocka_unit_test(test_round_trip),
                cmocka_unit_test(test_optional),
                cmocka_unit_test(test_bad),          cmocka_unit_test(test_nul_and_cuts), cmocka_unit_test(test_ceilings),
                cmocka_unit_test(test_write_refuses), cmocka_unit_test(test_log_id),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
