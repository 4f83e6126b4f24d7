/* test_pickup.c - mail from mailboxes: what servers list, whom a message is for, and what is remembered */
#include "store.h"

#include "base/conf.h"
#include "fetch/answer.h"
#include "fetch/intake.h"

#define CONF "[server]\nhostname = mx.lists.example\ndomains = lists.example\nadmin = admin@example.org\n"

static const struct listed *at(const GArray *listed, guint i)
{
        assert_true(i < listed->len);
        return &g_array_index(listed, struct listed, i);
}

static void test_uidl(void **state)
{
        static const char uidl[] = "1 whqtswO00WBw418f9t5JxYwZ\r\n2 QhdPYR:00WBw1Ph7x7\r\n\r\nx y\r\n-1 a\r\n4 \r\n5 last";
        static const char list[] = "1 120\r\n2 200\r\n3 9\r\n5 77\r\n";
        GArray *listed = answer_uidl(uidl, strlen(uidl));
        assert_int_equal(listed->len, 3);
        assert_string_equal(at(listed, 1)->uid, "QhdPYR:00WBw1Ph7x7");
        assert_int_equal(at(listed, 2)->number, 5);
        answer_sizes(listed, list, strlen(list));
        assert_int_equal(at(listed, 0)->size, 120);
        assert_int_equal(at(listed, 1)->size, 200);
        assert_int_equal(at(listed, 2)->size, 77);
        g_array_unref(listed);
}

static void test_fetch(void **state)
{
        static const char text[] = "* 1 FETCH (UID 5 RFC822.SIZE 4711)\r\n* 2 FETCH (FLAGS (\\Seen) RFC822.SIZE 12 UID 9)\r\n"
                                   "* 3 FETCH (FLAGS ())\r\nA1 OK UID 77 done\r\n* 4 FETCH (XUID 8)\r\n* 5 FETCH (UID 99999999999999999999)\r\n";
        static const char status[] = "* STATUS \"INBOX\" (MESSAGES 2 UIDVALIDITY 1764201600)\r\n";
        GArray *listed = answer_fetch(text, strlen(text));
        assert_int_equal(listed->len, 2);
        assert_string_equal(at(listed, 0)->uid, "5");
        assert_int_equal(at(listed, 0)->size, 4711);
        assert_string_equal(at(listed, 1)->uid, "9");
        assert_int_equal(at(listed, 1)->size, 12);
        g_array_unref(listed);
        static const char search[] = "* SEARCH 2 84 x 882\r\n* search 9\r\nA1 OK\r\n";
        GArray *found = answer_search(search, strlen(search));
        assert_int_equal(found->len, 3);
        assert_int_equal(g_array_index(found, int64_t, 1), 84);
        assert_int_equal(g_array_index(found, int64_t, 2), 9);
        g_array_unref(found);
        char *validity = answer_validity(status, strlen(status)), *none = answer_validity("OK\r\n", 4);
        assert_string_equal(validity, "1764201600");
        assert_string_equal(none, "");
        g_free(validity);
        g_free(none);
}

/* --- whom it is for ------------------------------------------------------------------------------------------- */

static void test_envelope(void **state)
{
        static const struct {
                const char *header, *recipient, *mail_from;
        } cases[] = {
                { "Return-Path: <a@b.example>\nDelivered-To: ml+on@lists.example\nFrom: c@d.example\n", "ml+on@lists.example", "a@b.example" },
                { "Return-Path: <>\nDelivered-To: box@provider.example\nX-Original-To: ml@lists.example\nFrom: c@d.example\n",
                  "ml@lists.example", "" },
                { "Delivered-To: ml@lists.example\nDelivered-To: other@lists.example\nFrom: c@d.example\n", "ml@lists.example", "c@d.example" },
                { "To: x@elsewhere.example, The List <ml@lists.example>\nFrom: c@d.example\n", "ml@lists.example", "c@d.example" },
                { "To: x@elsewhere.example\nCc: ml@LISTS.example\nFrom: c@d.example\n", "ml@lists.example", "c@d.example" },
                { "To: x@elsewhere.example\nFrom: c@d.example\n", "box@lists.example", "c@d.example" },
                { "Return-Path: nonsense\nFrom: c@d.example\n", "box@lists.example", "" },
        };
        struct err err;
        struct conf *conf;
        OK(conf_parse(&conf, CONF, strlen(CONF), "conf", &err));
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                char *text = g_strconcat(cases[i].header, "Subject: x\n\nDelivered-To: body@lists.example\n", NULL);
                GBytes *bytes = g_bytes_new_take(text, strlen(text));
                struct envelope *envelope = intake_envelope(conf, "box", true, bytes, 1000);
                assert_non_null(envelope);
                if (strcmp(envelope->recipients->pdata[0], cases[i].recipient) != 0 || strcmp(envelope->mail_from, cases[i].mail_from) != 0)
                        fail_msg("case %zu: %s from %s", i, (char *) envelope->recipients->pdata[0], envelope->mail_from);
                gsize length;
                const char *kept = g_bytes_get_data(envelope->message, &length);
                assert_null(g_strstr_len(kept, (gssize) length, "X-Original-To"));
                assert_non_null(g_strstr_len(kept, (gssize) length, "Delivered-To: body@lists.example\r\n")); /* of the text */
                envelope_free(envelope);
                g_bytes_unref(bytes);
        }
        conf_free(conf);
}

/* --- what is remembered ------------------------------------------------------------------------------------------ */

static void put(struct spool *spool, const char *uid)
{
        struct err err;
        struct spool_item item = { .received = 1000, .box = g_bytes_new_static("box", 3) };
        memset(item.id, uid[0], SPOOL_ID_BYTES);
        OK(pickup_put(spool, "box", uid, &item, &err));
        g_bytes_unref(item.box);
}

static void test_memory(void **state)
{
        struct fixture *f = *state;
        struct err err;
        struct spool *spool;
        struct pickup_state now;
        int64_t count, oldest;
        bool has, changed;
        OK(spool_open(&spool, f->data, true, &err));
        OK(pickup_set_validity(spool, "box", "7", &err));
        put(spool, "1");
        put(spool, "2");
        OK(pickup_has(spool, "box", "1", &has, &err));
        assert_true(has);
        OK(pickup_has(spool, "other", "1", &has, &err));
        assert_false(has);
        OK(spool_depth(spool, &count, &oldest, &err));
        assert_int_equal(count, 2);
        /* one that is known is not put a second time, and nothing of it is */
        struct spool_item item = { .received = 1000, .box = g_bytes_new_static("box", 3), .id = { 9 } };
        assert_false(pickup_put(spool, "box", "1", &item, &err));
        g_bytes_unref(item.box);
        OK(spool_depth(spool, &count, &oldest, &err));
        assert_int_equal(count, 2);
        OK(pickup_set(spool, "box", "away", 2000, &changed, &err));
        assert_true(changed);
        OK(pickup_set(spool, "box", "away", 3000, &changed, &err));
        assert_false(changed);
        OK(pickup_get(spool, "box", &now, &err));
        assert_string_equal(now.error, "away");
        assert_int_equal(now.since, 2000);
        assert_int_equal(now.tried, 3000);
        assert_int_equal(now.taken, 2);
        pickup_clear(&now);
        OK(pickup_set_validity(spool, "box", "7", &err));
        OK(pickup_has(spool, "box", "2", &has, &err));
        assert_true(has);
        OK(pickup_set_validity(spool, "box", "8", &err));
        OK(pickup_has(spool, "box", "2", &has, &err));
        assert_false(has);
        spool_close(spool);
}

/* --- the configuration --------------------------------------------------------------------------------------------- */

static void test_sections(void **state)
{
        static const struct {
                const char *text, *complaint;
        } cases[] = {
                { "[pickup a]\nurl = imaps://h.example/INBOX\nuser = u\npassword_file = /p\n", NULL },
                { "[pickup a]\nurl = pop3://127.0.0.1:110\nuser = u\npassword_file = /p\nevery = 1m\nafter = keep\n", NULL },
                { "[pickup a]\nurl = pop3://h.example\nuser = u\npassword_file = /p\n", "pop3s://" },
                { "[pickup a]\nurl = imaps://h.example/;UID=1\nuser = u\npassword_file = /p\n", "imaps://" },
                { "[pickup a]\nurl = imaps://h.example\nuser = u\n", "password_file" },
                { "[pickup A]\nuser = u\n", "a-z 0-9" },
                { "[pickup a]\nusr = u\n", "no key 'usr'" },
                { "[pickup a]\nuser = u\nuser = v\n", "second time" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                char *text = g_strconcat(CONF, cases[i].text, NULL);
                struct conf *conf, *again;
                struct err err = { 0 };
                const bool ok = conf_parse(&conf, text, strlen(text), "conf", &err);
                if (ok != !cases[i].complaint || (!ok && !strstr(err.text, cases[i].complaint)))
                        fail_msg("case %zu: %s", i, err.text);
                if (ok) { /* and what a role is handed */
                        char *written = conf_text(conf);
                        OK(conf_parse(&again, written, strlen(written), "conf", &err));
                        assert_int_equal(again->pickup_count, 1);
                        assert_string_equal(again->pickups[0].url, conf->pickups[0].url);
                        assert_int_equal(again->pickups[0].after, conf->pickups[0].after);
                        conf_free(again);
                        conf_free(conf);
                        g_free(written);
                }
                g_free(text);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_uidl),
                cmocka_unit_test(test_fetch),
                cmocka_unit_test(test_envelope),
                cmocka_unit_test_setup_teardown(test_memory, store_set_up, store_tear_down),
                cmocka_unit_test(test_sections),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
