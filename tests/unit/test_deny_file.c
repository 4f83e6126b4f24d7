/* test_deny_file.c - what may be on the deny list, and the file of a list */
#include "unit.h"

#include "policy/deny.h"

enum { NOW = 1800000000, DAY = 86400 };

/* --- what may be denied ------------------------------------------------------------------ */

static const struct conf *some_conf(void)
{
        static char *trusted[] = { (char *) "10.1.0.0/16", (char *) "2001:db8:1::/48", NULL };
        static const struct conf conf = { .trusted_networks = trusted };
        return &conf;
}

static void test_may(void **state)
{
        static const struct {
                const char *network;
                const char *why_not; /* NULL: it may */
        } cases[] = {
                { "192.0.2.0/24", NULL },         { "192.0.2.7", NULL },           { "8.0.0.0/8", NULL },           { "2002::/16", NULL },
                { "10.2.0.0/16", NULL },          { "2001:db8:2::1", NULL },       { "8.0.0.0/7", "too wide" },     { "0.0.0.0/0", "too wide" },
                { "2000::/15", "too wide" },      { "::/0", "too wide" },          { "::/16", "too wide" },         { "::ffff:0:0/95", "too wide" },
                { "::ffff:192.0.2.0/120", NULL }, { "127.0.0.1", "machine" },      { "127.0.0.0/8", "machine" },    { "127.9.0.0/16", "machine" },
                { "::1", "machine" },             { "10.1.2.3", "10.1.0.0/16" },   { "10.0.0.0/8", "10.1.0.0/16" }, { "2001:db8:1:1::/64", "2001:db8:1::/48" },
                { "2001:db8::/32", "2001:db8:1::/48" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct network network;
                struct err err = { 0 };
                assert_true(network_parse(&network, cases[i].network, &err));
                const bool may = deny_may(some_conf(), &network, &err);
                if (may != !cases[i].why_not || (!may && !strstr(err.text, cases[i].why_not)))
                        fail_msg("%s: %d %s", cases[i].network, may, err.text);
        }
}

static void test_label(void **state)
{
        static const char *const good[] = { "admin", "a", "drop-v4", "a23456789012345678901234567890" };
        static const char *const bad[] = { "", "A", "1x", "-x", "x y", "x@y", "a:b", "a2345678901234567890123456789012" };
        struct err err;
        for (size_t i = 0; i < G_N_ELEMENTS(good); i++)
                assert_true(deny_label_check(good[i], &err));
        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
                if (deny_label_check(bad[i], &err))
                        fail_msg("'%s' was taken", bad[i]);
}

static void test_matter(void **state)
{
        static const struct {
                int64_t added, until, last_hit;
                enum deny_matter want;
        } cases[] = {
                { NOW - DAY, 0, 0, DENY_MATTER_NONE },          { NOW - 91 * DAY, 0, 0, DENY_MATTER_IDLE },
                { NOW - 91 * DAY, 0, NOW - DAY, DENY_MATTER_NONE }, { NOW - 200 * DAY, 0, NOW - 91 * DAY, DENY_MATTER_IDLE },
                { NOW - DAY, NOW + 8 * DAY, 0, DENY_MATTER_NONE }, { NOW - DAY, NOW + 7 * DAY, 0, DENY_MATTER_ENDS },
                { NOW - DAY, NOW, 0, DENY_MATTER_PROBATION },    { NOW - DAY, NOW - 29 * DAY, 0, DENY_MATTER_PROBATION },
                { NOW - 60 * DAY, NOW - 30 * DAY, 0, DENY_MATTER_NONE },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                const struct deny_entry entry = { .added = cases[i].added, .until = cases[i].until, .last_hit = cases[i].last_hit };
                if (deny_matter(&entry, NOW) != cases[i].want)
                        fail_msg("case %zu: %s", i, DENY_MATTER_WORDS[deny_matter(&entry, NOW)]);
        }
}

/* --- the file of a list --------------------------------------------------------------------- */

static struct deny_file *parse(const char *text, size_t length, const char *want_error)
{
        struct deny_file *file;
        struct err err = { 0 };
        char *copy = exact(text, length);
        const bool ok = deny_file_parse(&file, some_conf(), copy, length, &err);
        if (ok != !want_error || (!ok && !strstr(err.text, want_error)))
                fail_msg("%.60s: %d %s", text, ok, err.text);
        g_free(copy);
        return file;
}

static void test_lines(void **state)
{
        static const struct {
                const char *line;
                const char *network; /* NULL: none, and that is right; "!...": a problem */
                const char *reason;
        } cases[] = {
                { "192.0.2.0/24", "192.0.2.0/24", "" },
                { "192.0.2.0/24 ; SBL1", "192.0.2.0/24", "SBL1" },
                { "192.0.2.0/24;SBL1", "192.0.2.0/24", "SBL1" },
                { "  192.0.2.7\t# a harvester  ", "192.0.2.7/32", "a harvester" },
                { "192.0.2.77/24,DE,Example", "192.0.2.0/24", "DE,Example" },
                { "2001:DB9::/32 any text", "2001:db9::/32", "any text" },
                { "192.0.2.0/24 \xe6\x97\xa5\xe6\x9c\xac", "192.0.2.0/24", "\xe6\x97\xa5\xe6\x9c\xac" },
                { "192.0.2.0/24 caf\xe9", "192.0.2.0/24", "" }, /* nobody's text is shown raw */
                { "192.0.2.0/24 \x1b[31mred", "192.0.2.0/24", "" },
                { "192.0.2.0/24 \xe2\x80\xaegnol", "192.0.2.0/24", "" }, /* nor one that turns the line round */
                { "192.0.2.0/24 24 hosts", "192.0.2.0/24", "24 hosts" },
                { "", NULL, NULL }, { "   \t ", NULL, NULL }, { "# 192.0.2.0/24", NULL, NULL }, { "; 192.0.2.0/24", NULL, NULL },
                { "lists.example", "!no network", NULL },
                { "192.0.2", "!no network", NULL },
                { "192.0.2.0/33", "!no network", NULL },
                { "192.0.2.0 - 192.0.2.255", "!range", NULL },
                { "192.0.2.0-192.0.2.255", "!no network", NULL },
                { "192.0.2.0\t192.0.2.255\t24", "!range", NULL },
                { "0.0.0.0/0 all", "!too wide", NULL },
                { "127.0.0.0/8", "!machine", NULL },
                { "10.1.2.3", "!trusted_networks", NULL },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                char *text = g_strdup_printf("%s\r\n%s198.51.100.0/24\n", cases[i].line, /* enough good ones beside it */
                                             "1.1.1.1\n1.1.1.2\n1.1.1.3\n1.1.1.4\n1.1.1.5\n1.1.1.6\n1.1.1.7\n1.1.1.8\n1.1.1.9\n2.1.1.1\n2.1.1.2\n"
                                             "2.1.1.3\n2.1.1.4\n2.1.1.5\n2.1.1.6\n2.1.1.7\n2.1.1.8\n2.1.1.9\n");
                struct deny_file *file = parse(text, strlen(text), NULL);
                const bool is_problem = cases[i].network && *cases[i].network == '!';
                const struct deny_item *first = &g_array_index(file->items, struct deny_item, 0);
                if (file->items->len != (cases[i].network && !is_problem ? 20 : 19) || file->problems->len != is_problem)
                        fail_msg("%s: %u networks, %u problems", cases[i].line, file->items->len, file->problems->len);
                if (is_problem) {
                        const struct deny_problem *problem = file->problems->pdata[0];
                        if (problem->line != 1 || !strstr(problem->reason, cases[i].network + 1))
                                fail_msg("%s: %zu %s", cases[i].line, problem->line, problem->reason);
                } else if (cases[i].network && (strcmp(first->network, cases[i].network) != 0 || strcmp(first->reason, cases[i].reason) != 0)) {
                        fail_msg("%s: %s '%s'", cases[i].line, first->network, first->reason);
                }
                deny_file_free(file);
                g_free(text);
        }
}

static void test_files(void **state)
{
        static const char drop[] = "\xEF\xBB\xBF; a list of 2026\r\n\r\n192.0.2.0/24 ; SBL1\r\n192.0.3.9/24 ; SBL2\r\n2001:db8:5::/48 ; SBL3";
        struct deny_file *file = parse(drop, strlen(drop), NULL);
        assert_int_equal(file->items->len, 3);
        assert_int_equal(file->lines, 3);
        assert_int_equal(file->masked, 1);
        deny_file_free(file);
        static const struct {
                const char *text;
                const char *error;
        } cases[] = {
                { "", "no network in it" }, { "# nothing\n", "no network in it" }, { "0.0.0.0/0\n::/0\n", "no network in it" },
                { "<html><head>\n<title>Not found</title>\n192.0.2.0/24\n</html>\n", "3 of 4 lines" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
                deny_file_free(parse(cases[i].text, strlen(cases[i].text), cases[i].error));
        GString *text = g_string_new(NULL); /* one bad line in twenty is borne, one more is not */
        for (int i = 0; i < 19; i++)
                g_string_append_printf(text, "192.0.2.%d\n", i);
        g_string_append(text, "bad\n");
        deny_file_free(parse(text->str, text->len, NULL));
        g_string_append(text, "worse\n");
        deny_file_free(parse(text->str, text->len, "2 of 21"));
        g_string_truncate(text, 0);
        g_string_append_len(text, "192.0.2.1\n\0\n", 12);
        file = parse(text->str, text->len, "1 of 2");
        assert_string_equal(((struct deny_problem *) file->problems->pdata[0])->reason, "there is a NUL in it");
        deny_file_free(file);
        g_string_truncate(text, 0);
        for (int i = 0; i < 2 * DENY_LINE_MAX; i++)
                g_string_append_c(text, 'x');
        deny_file_free(parse(text->str, text->len, "1 of 1"));
        g_string_free(text, TRUE);
}

static void test_file_ceilings(void **state)
{
        GString *text = g_string_new(NULL);
        for (int i = 0; i < DENY_FILE_NETWORKS_MAX; i++)
                g_string_append_printf(text, "100.%d.%d.%d\n", i >> 16, (i >> 8) & 255, i & 255);
        struct deny_file *file = parse(text->str, text->len, NULL);
        assert_int_equal(file->items->len, DENY_FILE_NETWORKS_MAX);
        deny_file_free(file);
        g_string_append(text, "192.0.2.0/24\n");
        deny_file_free(parse(text->str, text->len, "more than 200000"));
        while (text->len <= DENY_FILE_MAX)
                g_string_append(text, "# filling, filling, filling, filling, filling, filling, filling, filling\n");
        deny_file_free(parse(text->str, text->len, "larger than"));
        g_string_free(text, TRUE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_may),
                cmocka_unit_test(test_label),
                cmocka_unit_test(test_matter),
                cmocka_unit_test(test_lines),
                cmocka_unit_test(test_files),
                cmocka_unit_test(test_file_ceilings),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
