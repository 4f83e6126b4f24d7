/* test_freemail.c - domains where anybody gets an address: the list as text, in the store, and what a list makes of an address */
#include "store.h"

#include "base/conf.h"
#include "handle/freemail.h"
#include "policy/freemail.h"
#include "store/errand.h"

static void test_parse(void **state)
{
        static const struct {
                const char *text;
                const char *domains; /* with their kinds; NULL: refused */
                const char *why;
        } cases[] = {
                { "a.example\n", "a.example=throw-away" },
                { "A.Example.", "a.example=throw-away" },
                { "# x\n\n[free-mail]\n a.example \t# y\r\n[throw-away]\n*.b.example\n@c.example\n.d.example\n; e\n// f\n",
                  "a.example=free-mail b.example=throw-away c.example=throw-away d.example=throw-away" },
                { "b\303\274cher.example\n", "xn--bcher-kva.example=throw-away" },
                { "a.example\nno domain\n", NULL, "list:2: is no domain" },
                { "com\n", NULL, "list:1: is no domain" },
                { ".com\n", NULL, "list:1: is no domain" },
                { "[other]\n", NULL, "list:1: is no domain" },
                { "<html>\n", NULL, "list:1: is no domain" },
                { "a@b.example\n", NULL, "list:1: is no domain" },
                { "# nothing\n", NULL, "has no domain in it" },
                { "", NULL, "has no domain in it" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                const size_t length = strlen(cases[i].text);
                char *text = exact(cases[i].text, length);
                struct err err = { 0 };
                GPtrArray *domains;
                const bool ok = freemail_parse(&domains, text, length, FREEMAIL_THROWAWAY, "list", &err);
                g_free(text);
                if (ok != !!cases[i].domains)
                        fail_msg("'%s': %s", cases[i].text, ok ? "is taken" : err.text);
                if (!ok) {
                        assert_non_null(strstr(err.text, cases[i].why));
                        continue;
                }
                GString *got = g_string_new(NULL);
                for (guint d = 0; d < domains->len; d++) {
                        const struct freemail_domain *domain = domains->pdata[d];
                        g_string_append_printf(got, "%s%s=%s", d ? " " : "", domain->domain, FREEMAIL_KIND_WORDS[domain->kind]);
                }
                assert_string_equal(got->str, cases[i].domains);
                g_string_free(got, TRUE);
                g_ptr_array_unref(domains);
        }
}

static struct conf *conf_with(const char *path)
{
        struct conf *conf;
        struct err err;
        char *text = g_strdup_printf("[server]\nhostname = mx.lists.example\ndomains = lists.example\nadmin = a@b.example\n[guard]\n"
                                     "freemail = %s\n", path);
        OK(conf_parse(&conf, text, strlen(text), "conf", &err));
        g_free(text);
        return conf;
}

static enum freemail_kind kind_of(struct fixture *f, const char *domain)
{
        struct err err;
        enum freemail_kind kind;
        char *listed;
        OK(freemail_find(f->store, domain, &kind, &listed, &err));
        assert_true((kind != FREEMAIL_NONE) == (listed != NULL));
        g_free(listed);
        return kind;
}

/* The built-in list is whole, and holds for sub-domains, not for names that end alike. */
static void test_built_in(void **state)
{
        struct fixture *f = *state;
        struct err err;
        struct conf *conf = conf_with("");
        struct freemail_origin origin;
        assert_int_equal(kind_of(f, "gmail.com"), FREEMAIL_NONE);
        OK(freemail_sync(f->store, conf, &err));
        assert_int_equal(kind_of(f, "gmail.com"), FREEMAIL_MAIL);
        assert_int_equal(kind_of(f, "a.b.mailinator.com"), FREEMAIL_THROWAWAY);
        assert_int_equal(kind_of(f, "notgmail.com"), FREEMAIL_NONE);
        assert_int_equal(kind_of(f, "com"), FREEMAIL_NONE);
        assert_int_equal(kind_of(f, "lists.example"), FREEMAIL_NONE);
        assert_int_equal(kind_of(f, ""), FREEMAIL_NONE);
        OK(freemail_origin_of(f->store, FREEMAIL_BASE, &origin, &err));
        assert_true(origin.domains > 150 && !*origin.origin);
        freemail_origin_clear(&origin);
        conf_free(conf);
}

/* A file takes the place of the built-in list; one that is no list leaves what was there. What is imported counts beside it. */
static void test_sources(void **state)
{
        struct fixture *f = *state;
        struct err err;
        char *path = g_build_filename(f->data, "freemail", NULL);
        struct conf *conf = conf_with(path);
        assert_false(freemail_sync(f->store, conf, &err));
        assert_int_equal(err.class, ERR_NOT_FOUND);
        assert_true(g_file_set_contents(path, "one.example\n", -1, NULL));
        OK(freemail_sync(f->store, conf, &err));
        assert_int_equal(kind_of(f, "x.one.example"), FREEMAIL_MAIL);
        assert_int_equal(kind_of(f, "gmail.com"), FREEMAIL_NONE);
        assert_true(g_file_set_contents(path, "two.example\nnonsense\n", -1, NULL));
        assert_false(freemail_sync(f->store, conf, &err));
        assert_int_equal(kind_of(f, "one.example"), FREEMAIL_MAIL);
        struct freemail_domain three = { (char *) "three.example", FREEMAIL_THROWAWAY }, one = { (char *) "one.example", FREEMAIL_THROWAWAY };
        GPtrArray *domains = g_ptr_array_new();
        g_ptr_array_add(domains, &three);
        g_ptr_array_add(domains, &one);
        g_ptr_array_add(domains, &one);
        const struct freemail_list list = { FREEMAIL_IMPORT, "file", "digest", "", "", 1 };
        OK(freemail_replace(f->store, &list, domains, &err));
        g_ptr_array_unref(domains);
        assert_int_equal(kind_of(f, "three.example"), FREEMAIL_THROWAWAY);
        assert_int_equal(kind_of(f, "one.example"), FREEMAIL_THROWAWAY);
        OK(freemail_remove(f->store, FREEMAIL_IMPORT, &err));
        assert_int_equal(kind_of(f, "three.example"), FREEMAIL_NONE);
        assert_int_equal(kind_of(f, "one.example"), FREEMAIL_MAIL);
        conf_free(conf);
        g_free(path);
}

static void import(struct fixture *f, const char *origin, const char *text)
{
        struct err err;
        OK(freemail_import(f->store, &(struct freemail_import){ origin, "e1", "m1", text, strlen(text) }, &err));
}

static bool is_wanted(struct spool *spool, const char *url)
{
        struct errand errand;
        struct err err;
        OK(errand_get(spool, ERRAND_FREEMAIL, &errand, &err));
        const bool is = g_strcmp0(errand.url, url) == 0;
        errand_clear(&errand);
        return is;
}

/* What came from a web server is wanted anew, and what is brought counts; a file is nobody else's to read. */
static void test_kept_fresh(void **state)
{
        static const char url[] = "https://lists.example/domains";
        struct fixture *f = *state;
        struct err err;
        struct spool *spool;
        struct freemail_origin origin;
        OK(spool_open(&spool, f->data, true, &err));
        import(f, "/etc/domains", "one.example\n");
        OK(freemail_keep_fresh(f->store, spool, &err));
        assert_true(is_wanted(spool, NULL));
        import(f, url, "one.example\n");
        OK(freemail_keep_fresh(f->store, spool, &err));
        assert_true(is_wanted(spool, url));
        OK(errand_bring(spool, ERRAND_FREEMAIL, url, "e2", "m2", "two.example\n", 12, 7, &err));
        OK(freemail_keep_fresh(f->store, spool, &err));
        assert_int_equal(kind_of(f, "one.example"), FREEMAIL_NONE);
        assert_int_equal(kind_of(f, "two.example"), FREEMAIL_THROWAWAY);
        OK(freemail_origin_of(f->store, FREEMAIL_IMPORT, &origin, &err));
        assert_string_equal(origin.origin, url);
        assert_string_equal(origin.etag, "e2");
        assert_string_equal(origin.modified, "m2");
        freemail_origin_clear(&origin);
        OK(errand_bring(spool, ERRAND_FREEMAIL, url, "e3", "m3", "no domain\n", 10, 8, &err));
        assert_false(freemail_keep_fresh(f->store, spool, &err));
        assert_int_equal(kind_of(f, "two.example"), FREEMAIL_THROWAWAY); /* what was there stays */
        OK(freemail_keep_fresh(f->store, spool, &err));                  /* and the next text is asked for */
        OK(freemail_remove(f->store, FREEMAIL_IMPORT, &err));
        OK(freemail_keep_fresh(f->store, spool, &err));
        assert_true(is_wanted(spool, NULL));
        spool_close(spool);
}

static void test_rule(void **state)
{
        static const char *const words[] = { "allow", "moderate", "refuse" };
        struct fixture *f = *state;
        struct err err;
        struct conf *conf = conf_with("");
        enum list_freemail rule;
        OK(freemail_sync(f->store, conf, &err));
        for (int i = FREEMAIL_ALLOW; i <= FREEMAIL_REFUSE; i++) {
                OK(list_set(f->store, f->list, "freemail", words[i], &err));
                OK(freemail_rule(f->store, f->list, "zoe@gmail.com", &rule, &err));
                assert_int_equal(rule, i);
                OK(freemail_rule(f->store, f->list, "zoe@example.org", &rule, &err));
                assert_int_equal(rule, FREEMAIL_ALLOW);
        }
        conf_free(conf);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, store_set_up, store_tear_down)
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse),
                T(test_built_in),
                T(test_sources),
                T(test_kept_fresh),
                T(test_rule),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
