/* test_refresh.c - when lists that others keep are asked for: no web server is needed, the one that is named is away */
#include "house.h"

#include "base/log.h"
#include "fetch/refresh.h"
#include "store/errand.h"

#define URL "http://127.0.0.1:1/list" /* nobody listens there */

/* Whether it was tried at that time, and only then. */
static void expect(struct spool *spool, const struct conf *conf, int64_t now, bool is_due)
{
        static const volatile sig_atomic_t goes_on = 0;
        struct err err;
        struct errand errand;
        GPtrArray *lists;
        bool brought;
        OK(refresh_due(spool, conf, now, &goes_on, &brought, &err));
        assert_false(brought);
        OK(deny_lists(spool, &lists, &err));
        OK(errand_get(spool, ERRAND_FREEMAIL, &errand, &err));
        const struct deny_list *list = lists->pdata[0];
        if ((list->tried == now) != is_due || (errand.tried == now) != is_due)
                fail_msg("at %d: tried at %d and %d", (int) (now - NOW), (int) (list->tried - NOW), (int) (errand.tried - NOW));
        g_ptr_array_unref(lists);
        errand_clear(&errand);
}

/* Once a day; each hour when that failed; and at once when the clock went back: the next day may be far off. */
static void test_due(void **state)
{
        static const struct {
                int64_t at;
                bool is_due;
        } steps[] = { { 1, false },          { DAY - 1, false },   { DAY, true },           { DAY + 3599, false },
                      { DAY + 3600, true },  { DAY + 7199, false }, { DAY + 7200, true },   { -DAY, true } };
        struct spool *spool = ((struct house *) *state)->spool;
        const struct conf conf = { .refresh = DAY };
        const struct deny_list list = { .label = (char *) "drop", .url = (char *) URL, .etag = (char *) "", .modified = (char *) "" };
        const struct deny_item item = { (char *) "192.0.2.0/24", (char *) "" };
        struct deny_swapped swapped;
        struct err err;
        OK(deny_swap(spool, &list, &item, 1, NOW, &swapped, &err));
        OK(errand_ask(spool, ERRAND_FREEMAIL, URL, "", "", &err));
        OK(errand_tried(spool, ERRAND_FREEMAIL, URL, "", NOW, &err));
        for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
                expect(spool, &conf, NOW + steps[i].at, steps[i].is_due);
        assert_all(spool, NULL, "drop 192.0.2.0/24  0 0 0 0 0\n"); /* what there was stays */
}

/* What came from a file, and a text that handle has not taken yet, are not asked for. */
static void test_not_asked_for(void **state)
{
        struct spool *spool = ((struct house *) *state)->spool;
        const struct conf conf = { .refresh = DAY };
        const struct deny_list list = { .label = (char *) "drop", .url = (char *) "/etc/drop", .etag = (char *) "", .modified = (char *) "" };
        const struct deny_item item = { (char *) "192.0.2.0/24", (char *) "" };
        struct deny_swapped swapped;
        struct err err;
        OK(deny_swap(spool, &list, &item, 1, NOW, &swapped, &err));
        OK(errand_ask(spool, ERRAND_FREEMAIL, URL, "", "", &err));
        OK(errand_bring(spool, ERRAND_FREEMAIL, URL, "", "", "a.example\n", 10, NOW, &err));
        expect(spool, &conf, NOW + 2 * DAY, false);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, house_set_up, house_tear_down)
        const struct CMUnitTest tests[] = { T(test_due), T(test_not_asked_for) };
        log_open("test", LOG_LEVEL_ERROR, NULL);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
