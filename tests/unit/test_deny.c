/* test_deny.c - the deny list in its store: entries, hits, lists, ceilings */
#include "house.h"

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

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, house_set_up, house_tear_down)
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_state),
                T(test_put_and_remove),
                T(test_record),
                T(test_expire),
                T(test_swap),
                T(test_ceilings),
                T(test_entries_ceiling),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
