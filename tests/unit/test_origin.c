/* test_origin.c - the network that a message came from, and who may say so */
#include "unit.h"

#include "mail/origin.h"

static void test_cases(void **state)
{
        static char *const trusted[] = { (char *) "203.0.113.0/28", (char *) "127.0.0.1", NULL };
        static const struct {
                const char *client;
                bool is_trusted;
                const char *header;
                const char *want; /* NULL: it cannot be told */
        } cases[] = {
                { "192.0.2.77", false, "", "192.0.2.0/24" },
                { "2001:db8:1:2::3", false, "", "2001:db8:1::/48" },
                { "192.0.2.77", false, "Received: from x (y [198.51.100.1]) by z; now\r\n", "192.0.2.0/24" },
                { "127.0.0.1", false, "", NULL }, /* behind an MTA that nobody told us of: everybody comes from there */
                { "10.1.2.3", false, "", NULL },
                { "fe80::1", false, "", NULL },
                { "unix", true, "", NULL },
                { "127.0.0.1", true, "Received: from helo.example (name.example [192.0.2.77]) by mx.example with ESMTP id x; now\r\n",
                  "192.0.2.0/24" },
                { "127.0.0.1", true, "Received: from [IPv6:2001:db8:9::1] (unknown [IPv6:2001:db8:9::1]) by mx.example; now\r\n",
                  "2001:db8:9::/48" },
                { "127.0.0.1", true, "Received: from ours (ours [203.0.113.5]) by mx; now\r\nReceived: from x (y [192.0.2.1]) by ours; now\r\n",
                  "192.0.2.0/24" },
                { "127.0.0.1", true, "Received: from x (y [192.0.2.1]) by ours; now\r\nReceived: from z (z [198.51.100.1]) by x; now\r\n",
                  "192.0.2.0/24" },
                /* a client that names itself after somebody else's network is nobody */
                { "127.0.0.1", true, "Received: from [198.51.100.1] (y [192.0.2.1]) by ours; now\r\n", NULL },
                { "127.0.0.1", true, "Received: from a([198.51.100.1]) (y [192.0.2.1]) by ours; now\r\n", NULL },
                { "127.0.0.1", true, "Received: by ours (Postfix, from userid 0); now\r\n", NULL },
                { "127.0.0.1", true, "Received: from x by ours; now\r\n", NULL },
                { "127.0.0.1", true, "Received: from x (y [nonsense]) by ours; now\r\n", NULL },
                { "127.0.0.1", true, "Received: from x (y [10.0.0.1]) by ours; now\r\n", NULL },
                { "127.0.0.1", true, "", NULL },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct err err;
                struct message *message;
                struct envelope envelope = { .client = (char *) cases[i].client, .trusted = cases[i].is_trusted };
                char *text = g_strconcat(cases[i].header, "From: a@b.example\r\n\r\n", NULL);
                GBytes *bytes = g_bytes_new_take(text, strlen(text));
                assert_true(message_parse(&message, bytes, &err));
                char *got = origin_network(message, &envelope, trusted);
                if (g_strcmp0(got, cases[i].want) != 0)
                        fail_msg("%s, %s: got %s, want %s", cases[i].client, cases[i].header, got ? got : "none",
                                 cases[i].want ? cases[i].want : "none");
                g_free(got);
                message_free(message);
                g_bytes_unref(bytes);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases) };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
