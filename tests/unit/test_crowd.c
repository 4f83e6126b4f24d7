/* test_crowd.c - how many sessions a client and its network may have */
#include "unit.h"

#include "base/net.h"
#include "receive/crowd.h"

static void test_network_around(void **state)
{
        static const struct {
                const char *ip;
                unsigned v4, v6;
                const char *want; /* NULL: no address */
        } cases[] = {
                { "192.0.2.77", 24, 48, "192.0.2.0/24" },       { "192.0.2.77", 32, 48, "192.0.2.77/32" },
                { "192.0.2.77", 25, 48, "192.0.2.0/25" },       { "192.0.2.200", 25, 48, "192.0.2.128/25" },
                { "2001:db8:1:2::3", 24, 48, "2001:db8:1::/48" }, { "2001:db8:1:2::3", 24, 64, "2001:db8:1:2::/64" },
                { "2001:db8:ffff::1", 24, 33, "2001:db8:8000::/33" }, { "::", 0, 0, "::/0" },
                { "unix", 24, 48, NULL }, { "", 24, 48, NULL }, { "192.0.2", 24, 48, NULL },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                char *got = network_around(cases[i].ip, cases[i].v4, cases[i].v6);
                if (g_strcmp0(got, cases[i].want) != 0)
                        fail_msg("%s: %s, want %s", cases[i].ip, got ? got : "none", cases[i].want ? cases[i].want : "none");
                g_free(got);
        }
}

/* Clients and networks, in both families; who left makes room. */
static void test_crowd(void **state)
{
        static const struct {
                const char *ip, *full; /* NULL: is let in */
        } steps[] = {
                { "192.0.2.1", NULL }, { "192.0.2.1", NULL }, { "192.0.2.1", "client" }, { "192.0.2.2", NULL }, { "192.0.2.3", "network" },
                { "192.0.3.1", NULL }, { "2001:db8:1:1::1", NULL }, { "2001:db8:1:1::2", NULL }, { "2001:db8:1:1:ffff::3", "client" },
                { "2001:db8:1:2::1", NULL }, { "2001:db8:1:3::1", "network" }, { "2001:db8:2:1::1", NULL },
        };
        struct crowd *crowd = crowd_new(2, 3);
        for (int round = 0; round < 2; round++) {
                for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
                        const char *full = crowd_enter(crowd, steps[i].ip);
                        if (g_strcmp0(full, steps[i].full) != 0)
                                fail_msg("round %d, %s: %s", round, steps[i].ip, full ? full : "let in");
                }
                for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
                        if (!steps[i].full)
                                crowd_leave(crowd, steps[i].ip);
        }
        crowd_leave(crowd, ""); /* a trusted client was never counted */
        assert_null(crowd_enter(crowd, "192.0.2.1"));
        crowd_free(crowd);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_network_around), cmocka_unit_test(test_crowd) };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
