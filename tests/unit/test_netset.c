/* test_netset.c - a set of networks: against a walk over all of them, and how much faster it is */
#include "unit.h"

#include "base/netset.h"

static struct network network_of(const char *text)
{
        struct network network;
        struct err err;
        if (!network_parse(&network, text, &err))
                fail_msg("%s", err.text);
        return network;
}

/* --- spelling ------------------------------------------------------------------------- */

static void test_text_and_mask(void **state)
{
        static const struct {
                const char *text, *want;
                bool had_bits, is_v4;
        } cases[] = {
                { "192.0.2.0/24", "192.0.2.0/24", false, true },       { "192.0.2.77/24", "192.0.2.0/24", true, true },
                { "192.0.2.77", "192.0.2.77/32", false, true },        { "0.0.0.0/0", "0.0.0.0/0", false, true },
                { "255.255.255.255/1", "128.0.0.0/1", true, true },    { "::ffff:192.0.2.77/120", "192.0.2.0/24", true, true },
                { "2001:DB8::1/32", "2001:db8::/32", true, false },    { "2001:db8::1", "2001:db8::1/128", false, false },
                { "::/0", "::/0", false, false },                      { "::ffff:0:0/95", "::fffe:0:0/95", true, false },
                { "2001:db8:ffff::/33", "2001:db8:8000::/33", true, false },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct network network = network_of(cases[i].text);
                const bool had_bits = network_mask(&network);
                char *text = network_text(&network);
                if (strcmp(text, cases[i].want) != 0 || had_bits != cases[i].had_bits || network_is_v4(&network) != cases[i].is_v4)
                        fail_msg("%s: %s %d", cases[i].text, text, had_bits);
                assert_false(network_mask(&network));
                g_free(text);
        }
        static const char *const bad[] = { "", "/", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/+8", "192.0.2.0/ 8", "1.2.3/8",
                                           "2001:db8::/129", "192.0.2.0/24/8", "192.0.2.01/32", "lists.example" };
        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
                struct network network;
                if (network_parse(&network, bad[i], NULL))
                        fail_msg("'%s' was taken", bad[i]);
        }
}

/* --- finding ---------------------------------------------------------------------------- */

static void test_find(void **state)
{
        static const char *const texts[] = {
                "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3", "192.0.2.0/25", "192.0.2.128/25", "255.255.255.255", "2001:db8::/32",
                "2001:db8::/128", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "10.1.0.0/16", "ffff::/16", "10.1.0.0/16", "0.0.0.0/9",
        };
        static const struct {
                const char *ip;
                int want[6]; /* all, the narrowest first; NETSET_NONE at the end */
        } cases[] = {
                { "10.1.2.3", { 3, 2, 12, 10, 1, 0 } },
                { "10.1.2.4", { 2, 12, 10, 1, 0, NETSET_NONE } },
                { "10.1.3.0", { 12, 10, 1, 0, NETSET_NONE } },
                { "10.0.0.0", { 0, NETSET_NONE } },
                { "10.255.255.255", { 0, NETSET_NONE } },
                { "9.255.255.255", { NETSET_NONE } },
                { "11.0.0.0", { NETSET_NONE } },
                { "192.0.2.127", { 4, NETSET_NONE } },
                { "192.0.2.128", { 5, NETSET_NONE } },
                { "192.0.3.0", { NETSET_NONE } },
                { "255.255.255.255", { 6, NETSET_NONE } },
                { "::1:0:0:0", { NETSET_NONE } }, /* right behind it */
                { "0.0.0.0", { 13, NETSET_NONE } },
                { "::", { NETSET_NONE } },
                { "2001:db8::", { 8, 7, NETSET_NONE } },
                { "2001:db8::1", { 7, NETSET_NONE } },
                { "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", { 9, 7, NETSET_NONE } },
                { "2001:db9::", { NETSET_NONE } },
                { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", { 11, NETSET_NONE } },
        };
        struct network networks[G_N_ELEMENTS(texts)];
        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
                networks[i] = network_of(texts[i]);
        struct netset *set = netset_new(networks, G_N_ELEMENTS(texts));
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct in6_addr address;
                assert_true(ip_parse(&address, cases[i].ip));
                int found = netset_find(set, &address);
                for (size_t n = 0; n < G_N_ELEMENTS(cases[i].want); n++) {
                        if (found != cases[i].want[n])
                                fail_msg("%s: number %zu is %d, want %d", cases[i].ip, n, found, cases[i].want[n]);
                        if (found == NETSET_NONE)
                                break;
                        found = netset_around(set, found);
                }
        }
        netset_free(set);
}

static void test_empty_and_all(void **state)
{
        struct in6_addr address;
        assert_true(ip_parse(&address, "192.0.2.1"));
        struct netset *set = netset_new(NULL, 0);
        assert_int_equal(netset_find(set, &address), NETSET_NONE);
        netset_free(set);
        struct network networks[129]; /* one in the other, as deep as can be */
        for (unsigned bits = 0; bits <= 128; bits++)
                networks[bits] = (struct network){ .address = address, .bits = bits };
        set = netset_new(networks, G_N_ELEMENTS(networks));
        int depth = 0;
        for (int found = netset_find(set, &address); found != NETSET_NONE; found = netset_around(set, found))
                assert_int_equal(found, 128 - depth++);
        assert_int_equal(depth, 129);
        memset(address.s6_addr, 0xff, sizeof address.s6_addr);
        assert_int_equal(netset_find(set, &address), 0);
        netset_free(set);
        netset_free(NULL);
}

/* --- against a walk over all of them ------------------------------------------------------ */

static void random_address(struct in6_addr *ret_address, GRand *dice, bool is_v4, int32_t clusters)
{
        static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
        for (size_t i = 0; i < sizeof ret_address->s6_addr; i++)
                ret_address->s6_addr[i] = (uint8_t) g_rand_int_range(dice, 0, clusters); /* few values: much lies in each other */
        if (is_v4)
                memcpy(ret_address->s6_addr, mapped, sizeof mapped);
}

static struct network *random_networks(GRand *dice, size_t count, int32_t clusters)
{
        struct network *networks = g_new(struct network, count);
        for (size_t i = 0; i < count; i++) {
                const bool is_v4 = g_rand_int_range(dice, 0, 3) > 0;
                random_address(&networks[i].address, dice, is_v4, clusters);
                networks[i].bits = is_v4 ? (unsigned) g_rand_int_range(dice, 104, 129) : (unsigned) g_rand_int_range(dice, 16, 129);
        }
        return networks;
}

/* As a careful reader of the definition would do it. */
static int walk(const struct network *networks, size_t count, const struct in6_addr *address)
{
        const struct network one = { .address = *address, .bits = 128 };
        int best = NETSET_NONE;
        for (size_t i = 0; i < count; i++)
                if (network_has(&networks[i], &one) && (best == NETSET_NONE || networks[i].bits >= networks[best].bits))
                        best = (int) i;
        return best;
}

static size_t holders(const struct network *networks, size_t count, const struct in6_addr *address)
{
        const struct network one = { .address = *address, .bits = 128 };
        size_t found = 0;
        for (size_t i = 0; i < count; i++)
                found += network_has(&networks[i], &one);
        return found;
}

static void test_random(void **state)
{
        GRand *dice = g_rand_new_with_seed(5);
        for (int round = 0; round < 60; round++) {
                const size_t count = (size_t) g_rand_int_range(dice, 0, 300);
                const int32_t clusters = round % 3 == 0 ? 2 : round % 3 == 1 ? 5 : 256;
                struct network *networks = random_networks(dice, count, clusters);
                struct netset *set = netset_new(networks, count);
                for (int probe = 0; probe < 300; probe++) {
                        struct in6_addr address;
                        random_address(&address, dice, probe % 3 > 0, clusters);
                        if (count > 0 && probe % 2) /* or at the very edge of one */
                                address = networks[g_rand_int_range(dice, 0, (gint32) count)].address;
                        int found = netset_find(set, &address);
                        assert_int_equal(found, walk(networks, count, &address));
                        size_t around = 0;
                        for (; found != NETSET_NONE; found = netset_around(set, found))
                                around++;
                        assert_int_equal(around, holders(networks, count, &address));
                }
                netset_free(set);
                g_free(networks);
        }
        g_rand_free(dice);
}

/* How long it takes is printed; that it is worth its code is a ratio. */
static void test_measured(void **state)
{
        enum { NETWORKS = 50000, WALKS = 20, FINDS = 200000 };
        GRand *dice = g_rand_new_with_seed(7);
        struct network *networks = random_networks(dice, NETWORKS, 256);
        struct in6_addr *addresses = g_new(struct in6_addr, FINDS);
        for (int i = 0; i < FINDS; i++)
                random_address(&addresses[i], dice, i % 3 > 0, 256);
        double start = worked();
        struct netset *set = netset_new(networks, NETWORKS);
        const double made = (worked() - start) * 1e6;
        int64_t sum = 0, walked_sum = 0;
        start = worked();
        for (int i = 0; i < FINDS; i++)
                sum += netset_find(set, &addresses[i]);
        const double found = (worked() - start) * 1e6 / FINDS;
        start = worked();
        for (int i = 0; i < WALKS; i++)
                walked_sum += walk(networks, NETWORKS, &addresses[i]);
        const double walked = (worked() - start) * 1e6 / WALKS;
        print_message("# %d networks: made in %.1f ms, %.1f MiB; found in %.3f us, walked in %.1f us\n", NETWORKS, made / 1000,
                      (double) netset_size(set) / (1 << 20), found, walked);
        assert_true(sum != 0 && walked_sum != 0); /* used, so that nothing is left out */
        assert_true(found * 100 < walked);
        netset_free(set);
        g_free(addresses);
        g_free(networks);
        g_rand_free(dice);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_text_and_mask), cmocka_unit_test(test_find),     cmocka_unit_test(test_empty_and_all),
                cmocka_unit_test(test_random),        cmocka_unit_test(test_measured),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
