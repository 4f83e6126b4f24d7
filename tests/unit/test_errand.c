/* test_errand.c - texts from web servers that one role wants and another brings */
#include "house.h"

#include "store/errand.h"

#define URL "https://lists.example/domains"

/* "url etag modified tried error body", "-" for what there is none of. */
static void expect(struct spool *spool, const char *want)
{
        struct errand errand;
        struct err err;
        OK(errand_get(spool, "x", &errand, &err));
        gsize length = 0;
        const char *body = errand.body ? g_bytes_get_data(errand.body, &length) : "-";
        char *got = !errand.url ? g_strdup("-")
                                : g_strdup_printf("%s %s %s %d '%s' %.*s", errand.url, errand.etag, errand.modified, (int) errand.tried,
                                                  errand.error, errand.body ? (int) length : 1, body);
        assert_string_equal(got, want);
        g_free(got);
        errand_clear(&errand);
}

static void test_life(void **state)
{
        struct spool *spool = ((struct house *) *state)->spool;
        struct err err;
        expect(spool, "-");
        OK(errand_drop(spool, "x", &err));
        OK(errand_ask(spool, "x", URL, "e1", "m1", &err));
        expect(spool, URL " e1 m1 0 '' -");
        OK(errand_tried(spool, "x", URL, "answered 500", 10, &err));
        OK(errand_ask(spool, "x", URL, "e1", "m1", &err)); /* it is wanted already */
        expect(spool, URL " e1 m1 10 'answered 500' -");
        OK(errand_tried(spool, "x", URL, "", 20, &err));
        expect(spool, URL " e1 m1 20 '' -");
        OK(errand_bring(spool, "x", URL, "e2", "m2", "text\0!", 6, 30, &err));
        expect(spool, URL " e2 m2 30 '' text"); /* as far as a NUL */
        OK(errand_taken(spool, "x", &err));
        expect(spool, URL " e2 m2 30 '' -");
        OK(errand_drop(spool, "x", &err));
        expect(spool, "-");
}

/* Another address is wanted meanwhile: what comes of the first one is no answer to it. */
static void test_other_address(void **state)
{
        struct spool *spool = ((struct house *) *state)->spool;
        struct err err;
        OK(errand_ask(spool, "x", URL, "e1", "", &err));
        OK(errand_bring(spool, "x", URL, "e2", "", "old", 3, 30, &err));
        OK(errand_ask(spool, "x", URL "2", "", "", &err));
        expect(spool, URL "2   0 '' -");
        OK(errand_bring(spool, "x", URL, "e3", "", "old", 3, 40, &err));
        OK(errand_tried(spool, "x", URL, "", 41, &err));
        OK(errand_tried(spool, "x", URL, "away", 42, &err));
        expect(spool, URL "2   0 '' -");
}

static void test_long_error(void **state)
{
        struct spool *spool = ((struct house *) *state)->spool;
        struct err err;
        struct errand errand;
        char text[2 * ERRAND_ERROR_MAX];
        memset(text, 'x', sizeof text - 1);
        text[0] = (char) 0xff;
        text[sizeof text - 1] = '\0';
        OK(errand_ask(spool, "x", URL, "", "", &err));
        OK(errand_tried(spool, "x", URL, text, 10, &err));
        OK(errand_get(spool, "x", &errand, &err));
        assert_true(g_utf8_validate(errand.error, -1, NULL));
        assert_int_equal(g_utf8_strlen(errand.error, -1), ERRAND_ERROR_MAX);
        errand_clear(&errand);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, house_set_up, house_tear_down)
        const struct CMUnitTest tests[] = { T(test_life), T(test_other_address), T(test_long_error) };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
