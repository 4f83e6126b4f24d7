/* test_template.c - the texts that listd sends: all of them are there, good, and filled as they say */
#include "folder.h"

#include "base/conf.h"
#include "mail/template.h"
#include "store/list.h"

#define CONF "[server]\nhostname = mx.lists.example\ndomains = lists.example\nadmin = admin@example.org\n"

static void test_every_text(void **state)
{
        for (const struct template_kind *kind = TEMPLATES; kind->name; kind++)
                for (int lang = LANG_EN; lang <= LANG_JA; lang++) {
                        struct err err = { 0 };
                        const char *text = template_builtin(kind->name, lang);
                        if (!text)
                                fail_msg("%s has no text in language %d", kind->name, lang);
                        if (!template_check(kind->name, text, &err))
                                fail_msg("%s", err.text);
                        /* a language is told by its letters, and every value that a template may name is named in both */
                        if ((lang == LANG_JA) == (bool) g_str_is_ascii(text))
                                fail_msg("%s is not in its language", kind->name);
                        char **values = g_strsplit(kind->values, " ", -1);
                        for (char **value = values; *value; value++) {
                                char *plain = g_strdup_printf("${%s}", *value), *condition = g_strdup_printf("${if %s}", *value);
                                if (!strstr(text, plain) && !strstr(text, condition))
                                        fail_msg("%s, language %d: '%s' is not used", kind->name, lang, *value);
                                g_free(plain);
                                g_free(condition);
                        }
                        g_strfreev(values);
                }
        assert_null(template_builtin("no-such", LANG_EN));
}

static void test_check(void **state)
{
        static const char *const cases[][2] = {
                { "Subject: x\n\n${title} ${yes}\n", NULL },
                { "Subject: x ${title}\n\n${if yes}a${else}b${end}\n", NULL },
                { "Subject: x\n\n${who}\n", "join, line 3: there is no 'who' here; there are: title" },
                { "Subject: x\n\na\n${if who}\n${end}\n", "join, line 4: there is no 'who'" },
                { "Subject: x\n\n${yes\n", "has no '}'" },
                { "Subject: x\n\n${Yes}\n", "what stands in" },
                { "Subject: x\n\n${if yes}\n", "has no '${end}'" },
                { "Subject: x\n\n${end}\n", "no '${if}' before" },
                { "Subject: x\n\n${else}\n", "no '${if}' before" },
                { "Subject: x\n\n${if yes}${if days}${end}${end}\n", "within another" },
                { "Subject: x\n\n${if yes}${else}${else}${end}\n", "a second '${else}'" },
                { "Subject:\n\nx\n", "line 1" },
                { "Subject: x\nx\n", "line 1" },
                { "Hello\n", "line 1" },
                { "Subject: x\n\na\tb\n", "line 3: a control character" },
                { "Subject: x\n\n\xff\n", "not UTF-8" },
                { "", "line 1" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct err err = { 0 };
                bool ok = template_check("join", cases[i][0], &err);
                if (ok != !cases[i][1] || (cases[i][1] && !strstr(err.text, cases[i][1])))
                        fail_msg("'%s': got '%s', want '%s'", cases[i][0], err.text, cases[i][1]);
        }
        struct err err;
        char *large = g_strnfill(TEMPLATE_MAX + 1, 'x');
        assert_false(template_check("join", large, &err));
        assert_false(template_check("no-such", "Subject: x\n\nx\n", &err));
        g_free(large);
}

struct fixture {
        char *folder;
        struct keyring *keyring;
        struct conf *conf;
        struct list list;
};

static int setup(void **state)
{
        struct fixture *f = g_new0(struct fixture, 1);
        struct err err;
        f->folder = folder_make(&f->keyring);
        assert_true(conf_parse(&f->conf, CONF, strlen(CONF), "conf", &err));
        g_free(f->conf->templates);
        f->conf->templates = g_build_filename(f->folder, "templates", NULL);
        f->list.address = (char *) "ml@lists.example";
        *state = f;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;
        conf_free(f->conf);
        keyring_free(f->keyring);
        folder_remove(f->folder);
        g_free(f);
        return 0;
}

static void put(struct fixture *f, const struct list *list, const char *text)
{
        char *path = template_path(f->conf, list, LANG_EN, "join");
        char *folder = g_path_get_dirname(path);
        assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
        assert_true(g_file_set_contents(path, text, -1, NULL));
        g_free(folder);
        g_free(path);
}

static void expect(struct fixture *f, const char *want_subject, const char *want_text)
{
        char *subject, *text;
        GHashTable *values = g_hash_table_new(g_str_hash, g_str_equal);
        g_hash_table_insert(values, (void *) "title", (void *) "Ti${days}tle");
        g_hash_table_insert(values, (void *) "yes", (void *) "YES");
        template_fill(f->conf, &f->list, LANG_EN, "join", values, &subject, &text);
        assert_string_equal(subject, want_subject);
        assert_string_equal(text, want_text);
        g_free(subject);
        g_free(text);
        g_hash_table_unref(values);
}

static void test_fill(void **state)
{
        struct fixture *f = *state;
        /* what a value holds is text, whatever it looks like; a line with nothing but a mark is no line */
        put(f, NULL, "Subject: ${title}\n\n${if yes}\n a ${yes}\n${else}\n b\n${end}\nc${if days}d${end}${days}.\n");
        expect(f, "Ti${days}tle", " a YES\nc.\n");
        put(f, NULL, "Subject: s\n\n${if days}1${else}2${end}\n");
        expect(f, "s", "2\n");
        /* the list's own text goes before the site's; one that cannot be used is passed over */
        put(f, &f->list, "Subject: list\n\nx\n");
        expect(f, "list", "x\n");
        put(f, &f->list, "Subject: list\n\n${nonsense}\n");
        expect(f, "s", "2\n");
        put(f, NULL, "no template");
        char *subject, *text;
        GHashTable *values = g_hash_table_new(g_str_hash, g_str_equal);
        template_fill(f->conf, &f->list, LANG_EN, "join", values, &subject, &text);
        assert_true(g_str_has_prefix(subject, "Join "));
        g_free(subject);
        g_free(text);
        g_hash_table_unref(values);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_text),
                cmocka_unit_test(test_check),
                cmocka_unit_test_setup_teardown(test_fill, setup, teardown),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
