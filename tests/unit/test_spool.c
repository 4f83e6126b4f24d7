/* test_spool.c - the hand-off from receive to handle */
#include "store.h"

#include <sys/stat.h>
#include <unistd.h>

#include "store/spool.h"

static void put_in_spool(struct spool *spool, uint8_t first, int count)
{
        struct err err;
        struct spool_item items[8];
        for (int i = 0; i < count; i++) {
                items[i] = (struct spool_item){ .received = 100 + i, .box = g_bytes_new_static("box", 3) };
                memset(items[i].id, first + i, SPOOL_ID_BYTES);
        }
        OK(spool_put(spool, items, (size_t) count, &err));
        for (int i = 0; i < count; i++)
                g_bytes_unref(items[i].box);
}

static void test_spool(void **state)
{
        struct fixture *f = *state;
        struct err err;
        struct spool *spool;
        GPtrArray *items;
        int64_t count, oldest;
        int limit;
        OK(spool_open(&spool, f->data, true, &err));
        put_in_spool(spool, 1, 3);
        OK(spool_depth(spool, &count, &oldest, &err));
        assert_int_equal(count, 3);
        assert_int_equal(oldest, 100);
        OK(spool_claim(spool, 10, &items, &err));
        assert_int_equal(items->len, 3);
        g_ptr_array_unref(items);
        OK(spool_claim(spool, 10, &items, &err));
        assert_int_equal(items->len, 0);
        g_ptr_array_unref(items);

        /* killed from outside: nobody is to blame; crashed: all claimed ones are suspects, and come alone */
        OK(spool_recover(spool, false, &err));
        OK(spool_claim(spool, 2, &items, &err));
        assert_int_equal(items->len, 2);
        assert_int_equal(((struct spool_item *) items->pdata[0])->crashes, 0);
        g_ptr_array_unref(items);
        OK(spool_recover(spool, true, &err));
        OK(spool_claim(spool, 10, &items, &err));
        assert_int_equal(items->len, 1);
        assert_int_equal(((struct spool_item *) items->pdata[0])->crashes, 0);
        assert_int_equal(((struct spool_item *) items->pdata[0])->id[0], 3);
        OK(spool_remove(spool, items, &err));
        g_ptr_array_unref(items);
        OK(spool_claim(spool, 10, &items, &err));
        assert_int_equal(items->len, 1);
        assert_int_equal(((struct spool_item *) items->pdata[0])->crashes, 1);
        g_ptr_array_unref(items);

        const struct spool_limit limits[] = { { (char *) "ml@lists.example", 32768 } };
        const struct spool_facts facts = { .limits = limits, .limit_count = 1 };
        OK(spool_publish(spool, &facts, &err));
        OK(spool_limit_of(spool, "ml@lists.example", &limit, &err));
        assert_int_equal(limit, 32768);
        OK(spool_limit_of(spool, "no@lists.example", &limit, &err));
        assert_int_equal(limit, 0);
        spool_close(spool);
}

/* What is published replaces what was; of a domain that keeps mail for unknown addresses no name stands there. */
static void test_open_domains(void **state)
{
        static char open[] = "open.example", ml[] = "ml";
        char *const domains[] = { open };
        const struct spool_name names[] = { { ml, open } };
        const struct spool_facts facts = { .names = names, .name_count = 1, .open_domains = domains, .open_count = 1 }, none = { 0 };
        struct fixture *f = *state;
        struct err err;
        struct spool *spool;
        bool is_open, has;
        OK(spool_open(&spool, f->data, true, &err));
        OK(spool_publish(spool, &facts, &err));
        OK(spool_is_open(spool, "open.example", &is_open, &err));
        OK(spool_has_list(spool, "ml", "open.example", &has, &err));
        assert_true(is_open && has);
        OK(spool_is_open(spool, "lists.example", &is_open, &err));
        OK(spool_has_list(spool, "ml", "lists.example", &has, &err));
        assert_false(is_open || has);
        OK(spool_publish(spool, &none, &err));
        OK(spool_is_open(spool, "open.example", &is_open, &err));
        OK(spool_has_list(spool, "ml", "open.example", &has, &err));
        assert_false(is_open || has);
        spool_close(spool);
}

/* Messages of the largest size that may be configured are not all loaded at once. */
static void test_spool_claims_what_fits(void **state)
{
        enum { LARGE = SPOOL_CLAIM_OCTETS / 2 };
        struct fixture *f = *state;
        struct err err;
        struct spool *spool;
        GPtrArray *items;
        OK(spool_open(&spool, f->data, true, &err));
        for (uint8_t i = 1; i <= 3; i++) {
                const struct spool_item item = { .id = { i }, .box = g_bytes_new_take(g_malloc0(LARGE), LARGE) };
                OK(spool_put(spool, &item, 1, &err));
                g_bytes_unref(item.box);
        }
        OK(spool_claim(spool, 32, &items, &err));
        assert_int_equal(items->len, 2);
        g_ptr_array_unref(items);
        OK(spool_claim(spool, 32, &items, &err));
        assert_int_equal(items->len, 1);
        g_ptr_array_unref(items);
        spool_close(spool);
}

static void test_spool_is_all_or_nothing(void **state)
{
        struct fixture *f = *state;
        struct err err = { 0 };
        struct spool *spool;
        int64_t count, oldest;
        OK(spool_open(&spool, f->data, true, &err));
        put_in_spool(spool, 5, 1);
        struct spool_item items[2] = { { .box = g_bytes_new_static("a", 1) }, { .box = g_bytes_new_static("b", 1) } };
        memset(items[0].id, 9, SPOOL_ID_BYTES);
        memset(items[1].id, 5, SPOOL_ID_BYTES); /* there already: the commit fails as a whole */
        assert_false(spool_put(spool, items, 2, &err));
        OK(spool_depth(spool, &count, &oldest, &err));
        assert_int_equal(count, 1);
        g_bytes_unref(items[0].box);
        g_bytes_unref(items[1].box);
        spool_close(spool);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, store_set_up, store_tear_down)
        const struct CMUnitTest tests[] = {
                T(test_spool),
                T(test_open_domains),
                T(test_spool_claims_what_fits),
                T(test_spool_is_all_or_nothing),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
