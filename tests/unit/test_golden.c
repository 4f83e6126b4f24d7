/* test_golden.c - posts as they come and as readers get them, octet for octet; and copies of copies */
#include "corpus.h"
#include "mail.h"

#include "mail/lines.h"

/* --- golden posts: golden/NAME.eml goes in, golden/NAME.out comes out --------------------- */

struct golden {
        const char *name;
        const char *title, *footer;
        int lang, author_address, reply_to, posting;
        bool empty;
};

static const struct golden GOLDEN[] = {
        { "plain", "The Title", "${title} - ${address}" },
        { "japanese", "花の会", "${title}\\n${address}", LANG_JA },
        { "japanese-reply", "", "", LANG_JA },
        { "utf8-qp", "Kölner Runde", "Grüße von ${owner}" },
        { "base64", "", "脚注", LANG_JA, .reply_to = REPLY_TO_AUTHOR },
        { "alternative", "", "${title}" },
        { "pictures", "", "" },
        { "pictures-ja", "", "", LANG_JA },
        { "signed", "", "" },
        { "shown", "Help desk", "", .author_address = AUTHOR_SHOWN, .reply_to = REPLY_TO_AUTHOR },
        { "unlabelled", "", "${unknown}", .reply_to = REPLY_TO_NONE, .posting = POSTING_ANNOUNCE },
        { "unknown-charset", "", "Größe" },
        { "two-texts", "", "" },
        { "html-only", "", "" },
        { "outlook-html", "", "${title}" },
        { "gmail-html", "花の会", "脚注", LANG_JA },
        { "forwarded", "", "" },
        { "forwarded-ja", "", "", LANG_JA },
        { "files-in-text", "", "", LANG_JA },
        { "long-line", "", "" },
        { "outlook-reply", "", "The garden list" },
        { "apple-mail", "The garden list", "${title} - ${address}" },
        { "thunderbird", "", "${address}" },
        { "iphone", "", "" },
        { "docomo", "花の会", "", LANG_JA },
        { "android", "花の会", "${title}", LANG_JA },
        { "calendar", "", "" },
        { "winmail", "", "" },
        { "pgp-mime", "", "" },
        { "smime", "", "" },
        { "foreign-footer", "", "" },
};

static char *read_golden(const char *name, const char *suffix, gsize *ret_length)
{
        const char *sources = g_getenv("LISTD_SRCDIR");
        char *file = g_strconcat(name, suffix, NULL);
        char *path = g_build_filename(sources ? sources : ".", "tests/unit/golden", file, NULL);
        char *text = NULL;
        if (!g_file_get_contents(path, &text, ret_length, NULL))
                fail_msg("cannot read %s", path);
        g_free(path);
        g_free(file);
        return text;
}

/* What depends on the key: identifiers become <ID1@, <ID2@ ... in the order in which they come, the boundary BOUNDARY. */
static char *masked(GBytes *message)
{
        gsize length;
        const char *octets = g_bytes_get_data(message, &length);
        GString *lf = lines_to_lf(octets, length);
        GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
        GRegex *regex = g_regex_new("(<|=_)([a-z2-7]{26})(?=[@\"\\n-])", G_REGEX_RAW, 0, NULL);
        GMatchInfo *match;
        g_regex_match_full(regex, lf->str, (gssize) lf->len, 0, 0, &match, NULL);
        while (g_match_info_matches(match)) {
                char *id = g_match_info_fetch(match, 2);
                if (strcmp(id, "abcdefghijklmnopqrstuvwxyz") != 0
                    && !g_ptr_array_find_with_equal_func(ids, id, g_str_equal, NULL))
                        g_ptr_array_add(ids, g_strdup(id));
                g_free(id);
                g_match_info_next(match, NULL);
        }
        for (guint i = 0; i < ids->len; i++) {
                char *name = g_strdup_printf("ID%u", i + 1);
                g_string_replace(lf, ids->pdata[i], name, 0);
                g_free(name);
        }
        g_match_info_free(match);
        g_regex_unref(regex);
        g_ptr_array_unref(ids);
        return g_string_free(lf, FALSE);
}

/* For who looks after a failure: what came out, beside the test. */
static void keep_output(const char *name, const char *text)
{
        const char *builddir = g_getenv("LISTD_BUILDDIR");
        char *file = g_strconcat("golden-", name, ".out", NULL);
        char *path = g_build_filename(builddir ? builddir : ".", file, NULL);
        g_file_set_contents(path, text, -1, NULL);
        print_message("# what came out is in %s\n", path);
        g_free(path);
        g_free(file);
}

static bool matches_golden(const struct golden *c, GBytes *message)
{
        gsize length;
        char *got = masked(message);
        char *want = read_golden(c->name, ".out", &length);
        bool same = strlen(got) == length && memcmp(got, want, length) == 0;
        if (!same)
                keep_output(c->name, got);
        g_free(want);
        g_free(got);
        return same;
}

static GBytes *golden_post(const struct golden *c)
{
        gsize length;
        const bool is_second = g_str_has_suffix(c->name, "-ja"); /* the same post on a Japanese list */
        char *name = g_strndup(c->name, strlen(c->name) - (is_second ? strlen("-ja") : 0));
        char *text = read_golden(name, ".eml", &length);
        GBytes *post = mail_bytes(text, length);
        g_free(text);
        g_free(name);
        return post;
}

static struct list golden_list(const struct golden *c)
{
        struct list list = mail_list();
        list.title = (char *) c->title;
        list.footer = (char *) c->footer;
        list.lang = c->lang;
        list.author_address = c->author_address;
        list.reply_to = c->reply_to;
        list.posting = c->posting;
        return list;
}

static void test_golden(void **state)
{
        int failed = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(GOLDEN); i++) {
                const struct golden *c = &GOLDEN[i];
                struct list list = golden_list(c);
                struct rendered *rendered;
                struct err err = { 0 };
                GBytes *post = golden_post(c);
                if (!mail_render(&list, mail_keyring, post, &rendered, &err))
                        fail_msg("%s: %s", c->name, err.text);
                if (!matches_golden(c, rendered->message) || rendered->empty != c->empty) {
                        print_message("# %s is not as it should be (empty: %d)\n", c->name, rendered->empty);
                        failed++;
                }
                rendered_free(rendered);
                g_bytes_unref(post);
        }
        assert_int_equal(failed, 0);
}

/* --- copies of copies ---------------------------------------------------------------------- */

static char *subject_of(GBytes *bytes)
{
        struct message *message;
        struct err err = { 0 };
        assert_true(message_parse(&message, bytes, &err));
        char *subject = g_strdup(message_get(message, "Subject"));
        message_free(message);
        return subject;
}

static bool is_same_copy(const char *name, GBytes *first, GBytes *second)
{
        char *text = masked(first), *text_again = masked(second);
        char *subject = subject_of(first), *subject_again = subject_of(second);
        const bool same = strcmp(strstr(text, "\n\n"), strstr(text_again, "\n\n")) == 0 && strcmp(subject, subject_again) == 0;
        if (!same)
                print_message("# %s: '%s' became '%s', the copy\n%s\n", name, subject, subject_again, text_again);
        g_free(subject_again);
        g_free(subject);
        g_free(text_again);
        g_free(text);
        return same;
}

/* A copy that is posted again comes out the same: no tag, footer or notice is doubled. */
static void test_copy_of_a_copy(void **state)
{
        int failed = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(GOLDEN); i++) {
                struct list list = golden_list(&GOLDEN[i]);
                struct rendered *first, *second;
                struct err err = { 0 };
                GBytes *post = golden_post(&GOLDEN[i]);
                assert_true(mail_render(&list, mail_keyring, post, &first, &err));
                if (!mail_render(&list, mail_keyring, first->message, &second, &err))
                        fail_msg("%s: %s", GOLDEN[i].name, err.text);
                failed += !is_same_copy(GOLDEN[i].name, first->message, second->message);
                rendered_free(second);
                rendered_free(first);
                g_bytes_unref(post);
        }
        assert_int_equal(failed, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_golden),
                cmocka_unit_test(test_copy_of_a_copy),
        };
        return cmocka_run_group_tests(tests, mail_set_up, mail_tear_down);
}
