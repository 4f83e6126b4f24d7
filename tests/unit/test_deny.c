/* test_deny.c - the deny list: what may be on it, its file, its store, and what receive makes of it */
#include "store.h"

#include "policy/deny.h"
#include "receive/denied.h"
#include "receive/visitor.h"
#include "store/deny.h"

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

/* --- the store -------------------------------------------------------------------------------- */

struct house {
        char *folder;
        struct event_base *base;
        struct spool *spool;
};

static int set_up(void **state)
{
        struct house *house = g_new0(struct house, 1);
        struct keyring *keyring;
        struct err err;
        house->folder = folder_make(&keyring);
        keyring_free(keyring);
        house->base = event_base_new();
        OK(spool_open(&house->spool, house->folder, true, &err));
        *state = house;
        return 0;
}

static int tear_down(void **state)
{
        struct house *house = *state;
        spool_close(house->spool);
        event_base_free(house->base);
        folder_remove(house->folder);
        g_free(house);
        return 0;
}

static void put(struct spool *spool, const char *network, const char *label, int64_t span, int64_t now)
{
        const struct deny_entry entry = { .network = network, .label = label, .reason = "a reason", .evidence = "seen", .span = span };
        struct err err;
        bool was_there;
        OK(deny_put(spool, &entry, now, &was_there, &err));
}

static void write_down(const struct deny_entry *entry, void *user)
{
        g_string_append_printf(user, "%s %s %s %ld %ld %ld %ld %ld\n", entry->label, entry->network, entry->reason, (long) (entry->added - NOW),
                               entry->until ? (long) (entry->until - NOW) : 0L, (long) entry->span, (long) entry->times, (long) entry->hits);
}

static void assert_all(struct spool *spool, const char *label, const char *want)
{
        GString *all = g_string_new(NULL);
        struct err err;
        OK(deny_each(spool, label, write_down, all, &err));
        assert_string_equal(all->str, want);
        g_string_free(all, TRUE);
}

static int64_t version_of(struct spool *spool)
{
        struct err err;
        int64_t version = 0;
        OK(deny_version(spool, &version, &err));
        return version;
}

static void test_state(void **state)
{
        static const struct {
                int64_t until;
                enum deny_state want;
        } cases[] = {
                { 0, DENY_DENIED }, { NOW + 1, DENY_DENIED }, { NOW, DENY_ON_PROBATION }, { NOW - DENY_PROBATION + 1, DENY_ON_PROBATION },
                { NOW - DENY_PROBATION, DENY_GONE },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
                assert_int_equal(deny_state(cases[i].until, NOW), cases[i].want);
        int64_t until = NOW - 5, span = 100;
        deny_again(&until, &span, NOW);
        assert_true(until == NOW + 200 && span == 200);
        for (int i = 0; i < 40; i++)
                deny_again(&until, &span, NOW);
        assert_true(span == DENY_SPAN_MAX);
}

static void test_put_and_remove(void **state)
{
        struct house *house = *state;
        struct err err;
        int64_t count = 0;
        const int64_t version = version_of(house->spool);
        put(house->spool, "192.0.2.0/24", "admin", 0, NOW);
        put(house->spool, "192.0.2.0/24", "drop", 100, NOW);
        put(house->spool, "198.51.100.0/24", "admin", 100, NOW);
        assert_int_equal(version_of(house->spool), version + 3);
        put(house->spool, "198.51.100.0/24", "admin", 300, NOW + 50); /* renewed: the date stays */
        assert_all(house->spool, NULL,
                   "admin 192.0.2.0/24 a reason 0 0 0 0 0\nadmin 198.51.100.0/24 a reason 0 350 300 0 0\ndrop 192.0.2.0/24 a reason 0 100 100 0 0\n");
        assert_all(house->spool, "drop", "drop 192.0.2.0/24 a reason 0 100 100 0 0\n");
        OK(deny_remove(house->spool, "192.0.2.0/24", "admin", &count, &err));
        assert_int_equal(count, 1);
        OK(deny_remove(house->spool, "192.0.2.0/24", "admin", &count, &err));
        assert_int_equal(count, 0);
        OK(deny_remove_label(house->spool, "admin", &count, &err));
        assert_int_equal(count, 1);
        OK(deny_count(house->spool, NULL, &count, &err));
        assert_int_equal(count, 1);
}

static void test_record(void **state)
{
        struct house *house = *state;
        struct err err;
        put(house->spool, "192.0.2.0/24", "admin", 100, NOW);
        put(house->spool, "192.0.2.0/24", "drop", 100, NOW);
        int64_t version = version_of(house->spool);
        const struct deny_news hits[] = { { "192.0.2.0/24", "admin", 3, NOW + 5, 0 }, { "203.0.113.0/24", "admin", 3, NOW, 0 } };
        OK(deny_record(house->spool, hits, 2, &version, &err));
        assert_int_equal(version_of(house->spool), version); /* nobody needs to read anew */
        assert_all(house->spool, "admin", "admin 192.0.2.0/24 a reason 0 100 100 0 3\n");
        struct deny_news again[] = { { "192.0.2.0/24", "admin", 0, 0, NOW + 99 } };
        OK(deny_record(house->spool, again, 1, &version, &err)); /* its time is not over */
        assert_all(house->spool, "admin", "admin 192.0.2.0/24 a reason 0 100 100 0 3\n");
        again[0].again = NOW + 150;
        const int64_t before = version;
        OK(deny_record(house->spool, again, 1, &version, &err));
        assert_int_equal(version, before + 1); /* known to the caller already */
        assert_int_equal(version_of(house->spool), version);
        assert_all(house->spool, "admin", "admin 192.0.2.0/24 a reason 0 350 200 1 3\n");
        OK(deny_record(house->spool, again, 1, &version, &err)); /* another receiver with the same news */
        assert_all(house->spool, "admin", "admin 192.0.2.0/24 a reason 0 350 200 1 3\n");
        assert_all(house->spool, "drop", "drop 192.0.2.0/24 a reason 0 100 100 0 0\n");
        put(house->spool, "203.0.113.0/24", "admin", 0, NOW);
        again[0].again = NOW + 400;
        OK(deny_record(house->spool, again, 1, &version, &err));
        assert_int_not_equal(version, version_of(house->spool)); /* something else is to be read */
}

static void test_expire(void **state)
{
        struct house *house = *state;
        struct err err;
        int64_t count = 0;
        for (int i = 0; i < 5; i++) {
                char network[32];
                g_snprintf(network, sizeof network, "192.0.2.%d/32", i);
                put(house->spool, network, "admin", i < 3 ? 100 : 0, NOW);
        }
        OK(deny_expire(house->spool, NOW + 99 + DENY_PROBATION, 10, &count, &err));
        assert_int_equal(count, 0);
        OK(deny_expire(house->spool, NOW + 100 + DENY_PROBATION, 2, &count, &err));
        assert_int_equal(count, 2);
        OK(deny_expire(house->spool, NOW + 100 + DENY_PROBATION, 2, &count, &err));
        assert_int_equal(count, 1);
        OK(deny_count(house->spool, "admin", &count, &err));
        assert_int_equal(count, 2);
}

/* --- lists -------------------------------------------------------------------------------------- */

static struct deny_swapped swap(struct spool *spool, int64_t span, int64_t now, const struct deny_item *items, size_t count)
{
        const struct deny_list list = { .label = (char *) "drop", .url = (char *) "https://lists.example/drop", .span = span,
                                        .etag = (char *) "\"1\"", .modified = (char *) "" };
        struct deny_swapped swapped;
        struct err err;
        OK(deny_swap(spool, &list, items, count, now, &swapped, &err));
        return swapped;
}

static void test_swap(void **state)
{
        struct house *house = *state;
        static const struct deny_item first[] = { { (char *) "192.0.2.0/24", (char *) "SBL1" }, { (char *) "198.51.100.0/24", (char *) "SBL2" },
                                                  { (char *) "192.0.2.0/24", (char *) "twice" } };
        static const struct deny_item second[] = { { (char *) "203.0.113.0/24", (char *) "SBL3" }, { (char *) "192.0.2.0/24", (char *) "SBL4" } };
        struct err err;
        put(house->spool, "192.0.2.0/24", "admin", 0, NOW);
        struct deny_swapped swapped = swap(house->spool, 0, NOW, first, 3);
        assert_true(swapped.added == 2 && swapped.kept == 0 && swapped.removed == 0);
        assert_all(house->spool, "drop", "drop 192.0.2.0/24 SBL1 0 0 0 0 0\ndrop 198.51.100.0/24 SBL2 0 0 0 0 0\n");
        int64_t version = version_of(house->spool);
        const struct deny_news hits[] = { { "192.0.2.0/24", "drop", 7, NOW, 0 } };
        OK(deny_record(house->spool, hits, 1, &version, &err));
        swapped = swap(house->spool, 100, NOW + 50, second, 2);
        assert_true(swapped.added == 1 && swapped.kept == 1 && swapped.removed == 1);
        assert_int_equal(version_of(house->spool), version + 1);
        assert_all(house->spool, NULL,
                   "admin 192.0.2.0/24 a reason 0 0 0 0 0\ndrop 192.0.2.0/24 SBL4 0 150 100 0 7\ndrop 203.0.113.0/24 SBL3 50 150 100 0 0\n");
        OK(deny_list_same(house->spool, "drop", NOW + 80, &err)); /* renewed */
        assert_all(house->spool, "drop", "drop 192.0.2.0/24 SBL4 0 180 100 0 7\ndrop 203.0.113.0/24 SBL3 50 180 100 0 0\n");
        assert_int_equal(version_of(house->spool), version + 2);
        OK(deny_list_failed(house->spool, "drop", "answered 500", NOW + 90, &err));
        GPtrArray *lists;
        OK(deny_lists(house->spool, &lists, &err));
        assert_int_equal(lists->len, 1);
        const struct deny_list *list = lists->pdata[0];
        assert_string_equal(list->error, "answered 500");
        assert_true(list->tried == NOW + 90 && list->fetched == NOW + 80 && list->span == 100);
        g_ptr_array_unref(lists);
        assert_int_equal(version_of(house->spool), version + 2); /* the entries are as they were */
        swapped = swap(house->spool, 0, NOW + 95, second, 2); /* for good from now on */
        assert_all(house->spool, "drop", "drop 192.0.2.0/24 SBL4 0 0 0 0 7\ndrop 203.0.113.0/24 SBL3 50 0 0 0 0\n");
        version = version_of(house->spool);
        OK(deny_list_same(house->spool, "drop", NOW + 99, &err));
        assert_int_equal(version_of(house->spool), version); /* nothing to renew */
}

/* Above a ceiling all stays as it was. */
static void test_ceilings(void **state)
{
        struct house *house = *state;
        static const struct deny_item items[] = { { (char *) "192.0.2.0/24", (char *) "" } };
        struct err err = { 0 };
        struct deny_swapped swapped;
        int64_t count = 0;
        char label[16];
        struct deny_list list = { .label = label, .url = (char *) "", .etag = (char *) "", .modified = (char *) "" };
        for (int i = 0; i < DENY_LISTS_MAX; i++) {
                g_snprintf(label, sizeof label, "list%d", i);
                OK(deny_swap(house->spool, &list, items, 1, NOW, &swapped, &err));
        }
        const int64_t version = version_of(house->spool);
        g_snprintf(label, sizeof label, "one-more");
        assert_false(deny_swap(house->spool, &list, items, 1, NOW, &swapped, &err));
        assert_int_equal(err.class, ERR_PERM);
        OK(deny_count(house->spool, NULL, &count, &err));
        assert_int_equal(count, DENY_LISTS_MAX);
        assert_int_equal(version_of(house->spool), version);
        GPtrArray *lists;
        OK(deny_lists(house->spool, &lists, &err));
        assert_int_equal(lists->len, DENY_LISTS_MAX);
        g_ptr_array_unref(lists);
}

static void fill_up(struct spool *spool, size_t count)
{
        struct deny_item *items = g_new(struct deny_item, count);
        for (size_t i = 0; i < count; i++)
                items[i] = (struct deny_item){ g_strdup_printf("100.%zu.%zu.%zu/32", i >> 16, (i >> 8) & 255, i & 255), (char *) "" };
        swap(spool, 0, NOW, items, count);
        for (size_t i = 0; i < count; i++)
                g_free(items[i].network);
        g_free(items);
}

static void test_entries_ceiling(void **state)
{
        struct house *house = *state;
        const struct deny_entry entry = { .network = "192.0.2.0/24", .label = "admin", .reason = "x", .evidence = "" };
        struct err err = { 0 };
        bool was_there;
        int64_t count = 0;
        fill_up(house->spool, DENY_ENTRIES_MAX);
        assert_false(deny_put(house->spool, &entry, NOW, &was_there, &err));
        assert_int_equal(err.class, ERR_PERM);
        OK(deny_count(house->spool, NULL, &count, &err));
        assert_int_equal(count, DENY_ENTRIES_MAX);
}

/* --- what receive makes of it --------------------------------------------------------------------- */

static struct denied *open_denied(struct house *house)
{
        struct denied *denied;
        struct err err;
        OK(denied_new(&denied, house->base, house->spool, &err));
        return denied;
}

static const char *who_denies(const struct denied *denied, const char *ip, int64_t now)
{
        const struct denial *denial = denied_find(denied, ip, now);
        return denial ? denial->label : "";
}

static void test_narrowest_that_holds(void **state)
{
        struct house *house = *state;
        put(house->spool, "192.0.2.0/24", "wide", 0, NOW);
        put(house->spool, "192.0.2.0/25", "narrow", 100, NOW);
        put(house->spool, "2001:db8::/32", "six", 100, NOW);
        struct denied *denied = open_denied(house);
        static const struct {
                const char *ip;
                int64_t now;
                const char *want;
        } cases[] = {
                { "192.0.2.1", NOW, "narrow" }, { "192.0.2.200", NOW, "wide" }, { "192.0.2.1", NOW + 100, "wide" }, { "192.0.3.1", NOW, "" },
                { "2001:db8::1", NOW, "six" },  { "2001:db8::1", NOW + 100, "" }, { "2001:db9::1", NOW, "" },      { "unix", NOW, "" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
                if (strcmp(who_denies(denied, cases[i].ip, cases[i].now), cases[i].want) != 0)
                        fail_msg("%s: %s", cases[i].ip, who_denies(denied, cases[i].ip, cases[i].now));
        denied_free(denied);
}

static void test_changes_are_read(void **state)
{
        struct house *house = *state;
        struct err err;
        int64_t count;
        struct denied *denied = open_denied(house);
        denied_tick(denied, NOW);
        assert_string_equal(who_denies(denied, "192.0.2.1", NOW), "");
        put(house->spool, "192.0.2.0/24", "admin", 0, NOW);
        denied_tick(denied, NOW + 1);
        assert_string_equal(who_denies(denied, "192.0.2.1", NOW + 1), "admin");
        denied_hit(denied, denied_find(denied, "192.0.2.1", NOW), NOW + 1);
        put(house->spool, "198.51.100.0/24", "admin", 0, NOW); /* hits are written before all is read anew */
        denied_tick(denied, NOW + 2);
        assert_all(house->spool, NULL, "admin 192.0.2.0/24 a reason 0 0 0 0 1\nadmin 198.51.100.0/24 a reason 0 0 0 0 0\n");
        OK(deny_remove_label(house->spool, "admin", &count, &err));
        denied_tick(denied, NOW + 3);
        assert_int_equal(denied_count(denied), 0);
        denied_free(denied);
}

static void test_hits_are_written(void **state)
{
        struct house *house = *state;
        for (int i = 0; i < 1500; i++) {
                char network[32];
                g_snprintf(network, sizeof network, "192.0.%d.%d/32", i / 256, i % 256);
                put(house->spool, network, "admin", 0, NOW);
        }
        struct denied *denied = open_denied(house);
        denied_tick(denied, NOW);
        for (int i = 0; i < 3000; i++) {
                char ip[32];
                g_snprintf(ip, sizeof ip, "192.0.%d.%d", i % 1500 / 256, i % 1500 % 256);
                denied_hit(denied, denied_find(denied, ip, NOW), NOW + 20);
        }
        denied_tick(denied, NOW + 20); /* so many at a time */
        denied_hit(denied, denied_find(denied, "192.0.0.0", NOW), NOW + 20);
        denied_free(denied); /* and the rest at the end */
        GString *all = g_string_new(NULL);
        struct err err;
        OK(deny_each(house->spool, "admin", write_down, all, &err));
        guint twice = 0;
        for (const char *at = all->str; (at = strstr(at, " 2\n")); at++)
                twice++;
        assert_int_equal(twice, 1499);
        assert_non_null(strstr(all->str, "192.0.0.0/32 a reason 0 0 0 0 3\n"));
        g_string_free(all, TRUE);
}

static void test_probation(void **state)
{
        struct house *house = *state;
        put(house->spool, "192.0.2.0/24", "admin", 100, NOW);
        struct denied *denied = open_denied(house);
        assert_null(denied_fault(denied, "192.0.2.1", NOW + 99));
        assert_string_equal(who_denies(denied, "192.0.2.1", NOW + 100), "");
        const struct denial *denial = denied_fault(denied, "192.0.2.1", NOW + 150);
        assert_true(denial && denial->span == 200);
        assert_string_equal(who_denies(denied, "192.0.2.99", NOW + 349), "admin"); /* at once, and all of the network */
        assert_string_equal(who_denies(denied, "192.0.2.99", NOW + 350), "");
        assert_null(denied_fault(denied, "192.0.2.1", NOW + 160));
        denied_tick(denied, NOW + 160);
        assert_all(house->spool, NULL, "admin 192.0.2.0/24 a reason 0 350 200 1 0\n");
        assert_null(denied_fault(denied, "192.0.2.1", NOW + 350 + DENY_PROBATION)); /* gone */
        denied_free(denied);
}

/* --- at the door ------------------------------------------------------------------------------------ */

static enum admission try_once(struct guard *guard, const char *ip)
{
        struct visitor *visitor = visitor_new(guard, ip);
        const enum admission admission = visitor_tried(visitor, "a@people.example", "ml@lists.example");
        visitor_tried(visitor, "a@people.example", "other@lists.example");
        visitor_free(visitor);
        return admission;
}

static void note_once(struct guard *guard, const char *ip, enum guard_part part)
{
        struct visitor *visitor = visitor_new(guard, ip);
        visitor_note(visitor, part, 0);
        visitor_free(visitor);
}

static void test_visitors(void **state)
{
        static const char text[] = "[server]\nhostname = mail.example\ndomains = lists.example\nadmin = a@b.example\n"
                                   "[guard]\ngood_networks = 192.0.2.128/25\n";
        struct house *house = *state;
        struct conf *conf;
        struct guard *guard;
        struct err err;
        const int64_t now = guard_now();
        put(house->spool, "192.0.2.0/24", "admin", 0, now);
        put(house->spool, "198.51.100.0/24", "admin", 100, now - 200); /* on probation */
        put(house->spool, "203.0.113.0/24", "admin", 100, now - 200);
        OK(conf_parse(&conf, text, strlen(text), "test", &err));
        OK(guard_new(&guard, house->base, conf, house->spool, &err));
        assert_int_equal(try_once(guard, "192.0.2.7"), ADMIT_NOT);
        assert_int_equal(try_once(guard, "192.0.2.200"), ADMIT); /* what an admin calls good */
        assert_int_equal(try_once(guard, "192.0.3.7"), ADMIT);
        assert_int_equal(try_once(guard, "198.51.100.7"), ADMIT);
        note_once(guard, "198.51.100.7", PART_DNSBL); /* nothing that it did */
        note_once(guard, "198.51.100.7", PART_COMMANDS);
        assert_int_equal(try_once(guard, "198.51.100.7"), ADMIT);
        note_once(guard, "198.51.100.8", PART_RELAY); /* its neighbour */
        assert_int_equal(try_once(guard, "198.51.100.7"), ADMIT_NOT);
        assert_int_equal(try_once(guard, "203.0.113.7"), ADMIT);
        guard_free(guard);
        conf_free(conf);
        GString *all = g_string_new(NULL);
        OK(deny_each(house->spool, NULL, write_down, all, &err));
        assert_non_null(strstr(all->str, " 0 1\nadmin 198.51.100.0/24")); /* one session, one hit */
        assert_non_null(strstr(all->str, " 200 1 1\nadmin 203.0.113.0/24"));
        g_string_free(all, TRUE);
}

/* How long it takes to read and to swap very many is printed; that reading is no walk of walks, is a ratio. */
static void test_measured(void **state)
{
        enum { FEW = 5000, MANY = 50000 };
        struct house *house = *state;
        double took[2];
        for (int round = 0; round < 2; round++) {
                const int count = round ? MANY : FEW;
                struct deny_item *items = g_new(struct deny_item, count);
                for (int i = 0; i < count; i++)
                        items[i] = (struct deny_item){ g_strdup_printf("100.%d.%d.%d/32", i >> 16, (i >> 8) & 255, i & 255), (char *) "SBL" };
                gint64 start = g_get_monotonic_time();
                swap(house->spool, 0, NOW, items, (size_t) count);
                const double swapped = (double) (g_get_monotonic_time() - start) / 1000;
                start = g_get_monotonic_time();
                swap(house->spool, 0, NOW, items, (size_t) count);
                const double same = (double) (g_get_monotonic_time() - start) / 1000;
                start = g_get_monotonic_time();
                struct denied *denied = open_denied(house);
                took[round] = (double) (g_get_monotonic_time() - start) / 1000;
                print_message("# %d networks: swapped in %.0f ms, once more in %.0f ms; read in %.0f ms\n", count, swapped, same, took[round]);
                assert_int_equal(denied_count(denied), count);
                denied_free(denied);
                for (int i = 0; i < count; i++)
                        g_free(items[i].network);
                g_free(items);
        }
        assert_true(took[1] < took[0] * 40); /* ten times as many */
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
                cmocka_unit_test(test_state),
                cmocka_unit_test_setup_teardown(test_put_and_remove, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_record, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_expire, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_swap, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_ceilings, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_entries_ceiling, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_narrowest_that_holds, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_changes_are_read, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_hits_are_written, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_probation, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_visitors, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_measured, set_up, tear_down),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
