/* test_resolver.c - asking a name server: what is remembered, what fails, and how much is under way */
#include "nameserver.h"

#include "base/log.h"

enum { PATIENCE_SECONDS = 30 };

/* Who asks together, or again, costs one question. */
static void test_remembers(void **state)
{
        struct server server;
        server_start(&server);
        struct resolver *resolver = resolver_at(&server);
        static const struct {
                const char *name;
                enum resolver_status want;
                int seconds;
        } cases[] = {
                { "x.short.example", RESOLVER_FOUND, RESOLVER_KEPT_SECONDS_MIN },
                { "x.long.example", RESOLVER_FOUND, RESOLVER_KEPT_SECONDS_MAX },
                { "9.2.0.192.good.example", RESOLVER_FOUND, 300 },
                { "nothing.example", RESOLVER_NONE, RESOLVER_NONE_SECONDS },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
                for (int round = 0; round < 3; round++) {
                        if (round == 2)
                                resolver_forget(resolver, RESOLVER_A, cases[i].name);
                        const struct heard heard = ask(resolver, cases[i].name, 20);
                        assert_int_equal(heard.by_status[cases[i].want], 20);
                        assert_int_equal(heard.last.seconds, cases[i].seconds);
                        assert_int_equal(server_asked(&server), round != 1);
                }
        const struct heard heard = ask(resolver, "9.2.0.192.good.example", 1);
        assert_int_equal(heard.last.count, 1);
        assert_memory_equal(heard.last.addresses[0].s6_addr, ((const uint8_t[]){ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 2 }), 16);
        resolver_free(resolver);
        server_stop(&server);
}

/* No answer, none that can be read, and one from elsewhere: each has an end, and is asked anew. */
static void test_fails(void **state)
{
        struct server server;
        server_start(&server);
        struct resolver *resolver = resolver_at(&server);
        struct heard heard = { 0 };
        static const char *const names[] = { "a.broken.example", "a.cut.example", "bad..name" };
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                assert_int_equal(ask(resolver, names[i], 2).by_status[RESOLVER_FAILED], 2);
        server_asked(&server);
        assert_int_equal(ask(resolver, names[0], 1).by_status[RESOLVER_FAILED], 1);
        assert_true(server_asked(&server) > 0);
        const gint64 start = g_get_monotonic_time();
        resolver_ask(resolver, RESOLVER_A, "a.silent.example", on_heard, &heard);
        resolver_ask(resolver, RESOLVER_A, "a.stray.example", on_heard, &heard);
        while (resolver_wait(resolver))
                ;
        assert_int_equal(heard.by_status[RESOLVER_SILENT], 2);
        assert_in_range(g_get_monotonic_time() - start, 2 * G_USEC_PER_SEC, PATIENCE_SECONDS * G_USEC_PER_SEC);
        resolver_free(resolver);
        server_stop(&server);
}

/* So much is under way at most; who waits at the end is told. */
static void test_has_ceilings(void **state)
{
        struct server server;
        struct heard heard = { 0 };
        server_start(&server);
        struct resolver *resolver = resolver_at(&server);
        for (int i = 0; i < RESOLVER_ASKED_MAX + 5; i++) {
                char name[32];
                g_snprintf(name, sizeof name, "n%d.silent.example", i);
                resolver_ask(resolver, RESOLVER_A, name, on_heard, &heard);
        }
        assert_int_equal(heard.by_status[RESOLVER_BUSY], 5);
        for (int i = 0; i < RESOLVER_WAITERS_MAX; i++)
                resolver_ask(resolver, RESOLVER_A, "n1.silent.example", on_heard, &heard);
        assert_int_equal(heard.by_status[RESOLVER_BUSY], 5 + RESOLVER_ASKED_MAX);
        resolver_free(resolver);
        assert_int_equal(heard.by_status[RESOLVER_BUSY], heard.count);
        assert_int_equal(heard.count, RESOLVER_ASKED_MAX + 5 + RESOLVER_WAITERS_MAX);
        server_stop(&server);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_remembers),
                cmocka_unit_test(test_fails),
                cmocka_unit_test(test_has_ceilings),
        };
        log_open("test", LOG_LEVEL_ERROR, NULL);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
