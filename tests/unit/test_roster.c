/* test_roster.c - addresses with names, from a file or from arguments */
#include "unit.h"

#include "base/csv.h"
#include "mail/roster.h"

struct roster_case {
        const char *text;
        const char *want; /* address|name; "!3 word" for a bad line 3 whose reason has the word; "; " between them */
        bool is_arguments;
};

static const struct roster_case ROSTER_CASES[] = {
        { "", "" },
        { "a@b.example\n", "a@b.example|" },
        { "a@b.example", "a@b.example|" },
        { "\xef\xbb\xbf" "a@b.example\r\n\r\n  c@d.example  \r\n", "a@b.example|; c@d.example|" },
        { "# people\n\n \t \na@B.Example\n", "a@b.example|" },
        { "a@b.example, Anna Ames\n", "a@b.example|Anna Ames" },
        { "a@b.example, \"Ames, Anna\"\n", "a@b.example|Ames, Anna" },
        { "a@b.example,\n", "a@b.example|" },
        { "Anna Ames <a@b.example>\n", "a@b.example|Anna Ames" },
        { "\"Ames, Anna\" <a@b.example>\n", "a@b.example|Ames, Anna" },
        { "\"An \\\"A\\\" Ames\" <a@b.example>\n", "a@b.example|An \"A\" Ames" },
        { "<a@b.example>\n", "a@b.example|" },
        { "\xe6\x97\xa5\xe6\x9c\xac <a@b.example>\n", "a@b.example|\xe6\x97\xa5\xe6\x9c\xac" },
        { "\"a,b\"@c.example, Anna\n", "\"a,b\"@c.example|Anna" },
        { "a@b.example\na@b.example\n", "a@b.example|; a@b.example|" },
        /* CSV */
        { "email\na@b.example\n", "a@b.example|" },
        { "Name,E-Mail,Joined\n\"Ames, Anna\",a@b.example,2001\n,c@d.example,\n", "a@b.example|Ames, Anna; c@d.example|" },
        { "name;address\nAnna;a@b.example\n", "a@b.example|Anna" },
        { "name\taddress\n\ta@b.example\nBen\tb@b.example\n", "a@b.example|; b@b.example|Ben" },
        { "# exported\nADDRESS , NAME\na@b.example , Anna \n", "a@b.example|Anna" },
        { "address,name\na@b.example,\"say \"\"hi\"\"\"\n", "a@b.example|say \"hi\"" },
        { "\xe6\xb0\x8f\xe5\x90\x8d,\xe3\x83\xa1\xe3\x83\xbc\xe3\x83\xab\xe3\x82\xa2\xe3\x83\x89\xe3\x83\xac\xe3\x82\xb9\nx,a@b.example\n",
          "a@b.example|x" },
        { "address,name\na@b.example,\"open\nb@b.example\n", "!2 quoted field; b@b.example|" },
        { "address,name\na@b.example,\"x\" y\n", "!2 quoted field" },
        { "name,address\nAnna\n", "!2 no address" },
        { "name,address\nAnna,anna\n", "!2 not an address" },
        { "address,name\n'+a@b.example,\"'=A1\"\n", "+a@b.example|=A1" },
        { "address,name\na@b.example,''-x\nb@b.example,'tHooft\n", "a@b.example|'-x; b@b.example|'tHooft" },
        /* bad lines */
        { "a@b.example\nnobody\nc@d.example\n", "a@b.example|; !2 not an address; c@d.example|" },
        { "address is missing\n", "!1 not an address" },
        { "a@b.example c@d.example\n", "!1 not an address" },
        { "Anna <a@b.example\n", "!1 not an address" },
        { "Anna <<a@b.example>\n", "a@b.example|Anna <" },
        { "<>\n", "!1 not an address" },
        { ">\n", "!1 not an address" },
        { "a@b.example, x\x1by\n", "!1 control character" },
        { "a@b.example, x\xff\n", "!1 UTF-8" },
        { "a@b.example\n\xff\n", "a@b.example|; !2 UTF-8" },
        /* arguments: nothing is passed over */
        { "#a@b.example\nc@d.example", "#a@b.example|; c@d.example|", true },
        { "email\na@b.example", "!1 not an address; a@b.example|", true },
        { "\na@b.example", "!1 no address; a@b.example|", true },
};

static char *read_roster(const char *text, size_t length, bool is_file)
{
        struct roster roster;
        struct roster_entry entry;
        struct err err = { 0 };
        GString *seen = g_string_new(NULL);
        roster_start(&roster, "f", text, length, is_file);
        for (enum roster_step step; (step = roster_next(&roster, &entry, &err)) != ROSTER_END;) {
                g_string_append(seen, seen->len ? "; " : "");
                if (step == ROSTER_ENTRY)
                        g_string_append_printf(seen, "%s|%s", entry.address->text, entry.name);
                else
                        g_string_append_printf(seen, "!%zu %s", roster.line, err.text);
                roster_entry_clear(&entry);
        }
        return g_string_free(seen, FALSE);
}

/* A wanted "!3 word" stands for any reason with that word in it. */
static bool same_roster(const char *got, const char *want)
{
        char **gots = g_strsplit(got, "; ", -1), **wants = g_strsplit(want, "; ", -1);
        bool same = g_strv_length(gots) == g_strv_length(wants);
        for (size_t i = 0; same && gots[i]; i++) {
                const char *word = wants[i][0] == '!' ? strchr(wants[i], ' ') : NULL;
                same = word ? strncmp(gots[i], wants[i], (size_t) (word - wants[i])) == 0 && strstr(gots[i], word + 1)
                            : strcmp(gots[i], wants[i]) == 0;
        }
        g_strfreev(gots);
        g_strfreev(wants);
        return same;
}

static void test_roster(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(ROSTER_CASES); i++) {
                const struct roster_case *c = &ROSTER_CASES[i];
                size_t length = strlen(c->text);
                char *text = exact(c->text, length);
                char *got = read_roster(text, length, !c->is_arguments);
                if (!same_roster(got, c->want))
                        fail_msg("case %zu: got '%s', want '%s'", i, got, c->want);
                g_free(got);
                g_free(text);
        }
}

/* What is written is read again as it was. */
static void test_csv(void **state)
{
        const char *const fields[] = { "plain", "", " space", "a,b", "say \"hi\"", "=1+1", "'=1+1", "''@x", "'plain", "-", "\ttab", "\xe6\x97\xa5;" };
        GString *row = g_string_new(NULL), *field = g_string_new(NULL);
        csv_put(row, fields, G_N_ELEMENTS(fields));
        assert_true(g_str_has_suffix(row->str, "\r\n"));
        const char *at = row->str, *end = row->str + row->len - 2;
        bool more = true;
        for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
                assert_true(more);
                assert_null(strchr("=+-@", *at ? *at : '\"'));
                assert_true(csv_take(&at, end, ',', field, &more));
                assert_string_equal(field->str, fields[i]);
        }
        assert_false(more);
        g_string_free(row, TRUE);
        g_string_free(field, TRUE);
}

static void test_roster_limits(void **state)
{
        char *name = g_strnfill(ROSTER_NAME_MAX + 1, 'x');
        char *line = g_strdup_printf("%s <a@b.example>\n%s <a@b.example>\n", name, name + 1);
        char *got = read_roster(line, strlen(line), true);
        assert_non_null(strstr(got, "!1 the name is longer than"));
        assert_non_null(strstr(got, "; a@b.example|x"));
        g_free(got);
        g_free(line);
        g_free(name);
        line = g_strnfill(ROSTER_LINE_MAX + 1, 'x');
        got = read_roster(line, strlen(line), true);
        assert_non_null(strstr(got, "!1 the line is longer than"));
        g_free(got);
        g_free(line);
        got = read_roster("a@b.example\0x", 13, true);
        assert_non_null(strstr(got, "!1 "));
        g_free(got);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_roster),
                cmocka_unit_test(test_roster_limits),
                cmocka_unit_test(test_csv),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
