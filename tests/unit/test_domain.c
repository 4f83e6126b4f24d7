/* test_domain.c - the mode of a domain, and its numbers by day */
#include "store.h"

#include "handle/publish.h"
#include "store/domain.h"
#include "store/spool.h"

enum { NOW = 1800000000, DAY = 86400 };

/* On until somebody switches; the dates of switches are kept, and what changes nothing is none. */
static void test_switches(void **state)
{
        struct fixture *f = *state;
        struct err err;
        bool is_on;
        int64_t since;
        GArray *switches;
        GPtrArray *open;
        OK(domain_no_bounce(f->store, "lists.example", &is_on, &since, &err));
        assert_true(is_on && since == 0);
        OK(domain_set_no_bounce(f->store, "lists.example", true, NOW, &err));
        OK(domain_set_no_bounce(f->store, "lists.example", false, NOW + DAY, &err));
        OK(domain_set_no_bounce(f->store, "lists.example", false, NOW + 2 * DAY, &err));
        OK(domain_set_no_bounce(f->store, "other.example", false, NOW + 2 * DAY, &err));
        OK(domain_no_bounce(f->store, "lists.example", &is_on, &since, &err));
        assert_true(!is_on && since == NOW + DAY);
        OK(domain_open(f->store, &open, &err));
        assert_int_equal(open->len, 2);
        g_ptr_array_unref(open);
        OK(domain_set_no_bounce(f->store, "lists.example", true, NOW + 3 * DAY, &err));
        OK(domain_open(f->store, &open, &err));
        assert_int_equal(open->len, 1);
        assert_string_equal(open->pdata[0], "other.example");
        g_ptr_array_unref(open);
        OK(domain_switches(f->store, "lists.example", &switches, &err));
        assert_int_equal(switches->len, 2);
        assert_int_equal(g_array_index(switches, struct domain_switch, 0).at, NOW + DAY);
        assert_false(g_array_index(switches, struct domain_switch, 0).no_bounce);
        assert_true(g_array_index(switches, struct domain_switch, 1).no_bounce);
        g_array_unref(switches);
}

static void test_switches_are_bounded(void **state)
{
        struct fixture *f = *state;
        struct err err;
        GArray *switches;
        OK(store_begin(f->store, &err));
        for (int i = 0; i < DOMAIN_SWITCHES_MAX + 10; i++)
                OK(domain_set_no_bounce(f->store, "lists.example", i % 2, NOW + i, &err));
        OK(store_end(f->store, true, &err));
        OK(domain_switches(f->store, "lists.example", &switches, &err));
        assert_int_equal(switches->len, DOMAIN_SWITCHES_MAX);
        assert_int_equal(g_array_index(switches, struct domain_switch, DOMAIN_SWITCHES_MAX - 1).at, NOW + DOMAIN_SWITCHES_MAX + 9);
        g_array_unref(switches);
}

/* A private list and refused unknown addresses exclude each other, whichever comes first, in that domain alone. */
static void test_no_private_list_where_unknown_is_refused(void **state)
{
        struct fixture *f = *state;
        struct err err;
        OK(list_set(f->store, f->list, "visibility", "private", &err));
        assert_false(domain_set_no_bounce(f->store, "lists.example", false, NOW, &err));
        assert_int_equal(err.class, ERR_PERM);
        assert_non_null(strstr(err.text, "1 private list"));
        OK(domain_set_no_bounce(f->store, "other.example", false, NOW, &err));
        OK(list_set(f->store, f->list, "visibility", NULL, &err));
        OK(domain_set_no_bounce(f->store, "lists.example", false, NOW, &err));
        assert_false(list_set(f->store, f->list, "visibility", "private", &err));
        assert_int_equal(err.class, ERR_PERM);
        assert_int_equal(f->list->visibility, VISIBILITY_PUBLIC);
        OK(list_set(f->store, f->list, "visibility", "public", &err));
        OK(domain_set_no_bounce(f->store, "lists.example", true, NOW, &err));
        OK(list_set(f->store, f->list, "visibility", "private", &err));
}

/* Of lists where nothing is told, receive learns no name; of private ones neither name nor limit. */
static void test_published(void **state)
{
        struct fixture *f = *state;
        struct err err;
        struct spool *spool;
        struct list *hidden;
        bool is_open, has;
        int limit;
        OK(spool_open(&spool, f->data, true, &err));
        OK(list_add(f->store, "hidden", "other.example", TYPE_DISCUSSION, &hidden, &err));
        OK(list_set(f->store, hidden, "visibility", "private", &err));
        OK(list_set(f->store, hidden, "max_size", "20K", &err));
        OK(list_set(f->store, f->list, "max_size", "30K", &err));
        for (int open = 0; open < 2; open++) {
                OK(domain_set_no_bounce(f->store, "lists.example", !open, NOW, &err));
                OK(publish_facts(f->store, f->data, &err));
                OK(spool_is_open(spool, "lists.example", &is_open, &err));
                OK(spool_has_list(spool, "ml", "lists.example", &has, &err));
                assert_int_equal(is_open, open);
                assert_int_equal(has, open);
                OK(spool_limit_of(spool, "ml@lists.example", &limit, &err));
                assert_int_equal(limit, 30 * 1024);
                OK(spool_limit_of(spool, "hidden@other.example", &limit, &err));
                assert_int_equal(limit, 0);
                OK(spool_has_list(spool, "hidden", "other.example", &has, &err));
                assert_false(has);
        }
        list_free(hidden);
        spool_close(spool);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, store_set_up, store_tear_down)
        const struct CMUnitTest tests[] = {
                T(test_switches),
                T(test_switches_are_bounded),
                T(test_no_private_list_where_unknown_is_refused),
                T(test_published),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
