/* test_watch.c - what is read along with a relay before the first mail */
#include "unit.h"

#include "deliver/watch.h"

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

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_watch),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
