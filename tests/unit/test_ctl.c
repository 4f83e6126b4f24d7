/* test_ctl.c - listctl: its command line and status lines, and its documents against the code */
#include "unit.h"

#include <locale.h>

#include "ctl/command.h"
#include "ctl/status.h"
#include "store/list.h"

/* --- command line ------------------------------------------------------------------- */

enum { WORDS_MAX = 16 };

struct line_case {
        const char *words[WORDS_MAX];
        const char *complaint; /* a part of the error; NULL: it parses */
        const char *noun, *verb;
        const char *args; /* joined by | */
};

static const struct line_case LINE_CASES[] = {
        { { "init" }, NULL, "init", NULL, "" },
        { { "-c", "f", "--json", "list", "ls" }, NULL, "list", "ls", "" },
        { { "list", "ls", "--json", "-c", "f" }, NULL, "list", "ls", "" },
        { { "list", "set", "ml@d", "title", "" }, NULL, "list", "set", "ml@d|title|" },
        { { "list", "add", "ml@d", "--owner", "a@b" }, NULL, "list", "add", "ml@d" },
        { { "list", "add", "--owner=a@b", "ml@d", "--title", "-" }, NULL, "list", "add", "ml@d" },
        { { "member", "add", "ml@d", "a@b", "c@d" }, NULL, "member", "add", "ml@d|a@b|c@d" },
        { { "member", "add", "ml@d", "-" }, NULL, "member", "add", "ml@d|-" },
        { { "member", "add", "--", "ml@d", "-a@b", "--" }, NULL, "member", "add", "ml@d|-a@b|--" },
        { { "member", "rm", "ml@d", "--file", "-" }, NULL, "member", "rm", "ml@d" },
        { { "check" }, NULL, "check", NULL, "" },
        { { "check", "store" }, NULL, "check", "store", "" },
        { { "explain", "ml@d", "f.eml" }, NULL, "explain", NULL, "ml@d|f.eml" },
        { { "--help" }, NULL, NULL, NULL, NULL },
        { { "list", "--help" }, NULL, NULL, NULL, NULL },
        { { "--version", "nothing" }, NULL, NULL, NULL, NULL },
        { { NULL }, "there are: init, status, list, domain", NULL, NULL, NULL },
        { { "lists" }, "there is no 'lists'; there are: init, status, list", NULL, NULL, NULL },
        { { "invite" }, "there is no 'invite'", NULL, NULL, NULL },
        { { "list" }, "add, ls, show, get, set, reset, rename, rm", NULL, NULL, NULL },
        { { "list", "del" }, "list has no 'del'; it has: add, ls", NULL, NULL, NULL },
        { { "check", "everything" }, "check has no 'everything'; it has: config, dnsbl, mail, mailbox, relay, store", NULL, NULL, NULL },
        { { "list", "show" }, "too few arguments: listctl list show LIST", NULL, NULL, NULL },
        { { "list", "show", "a", "b" }, "too many arguments", NULL, NULL, NULL },
        { { "status", "now" }, "too many arguments: listctl status", NULL, NULL, NULL },
        { { "list", "ls", "--owner", "a@b" }, "--owner does not belong here: listctl list ls", NULL, NULL, NULL },
        { { "member", "add", "ml@d", "--title", "x" }, "--title does not belong here", NULL, NULL, NULL },
        { { "list", "--frob" }, "--frob", NULL, NULL, NULL },
        { { "list", "ls", "-c" }, "-c", NULL, NULL, NULL },
        { { "list", "get", "\xff", "title" }, "argument 3 is not UTF-8", NULL, NULL, NULL },
        { { "nonsense", "--help" }, "there is no 'nonsense'", NULL, NULL, NULL },
};

static void check_line(const struct line_case *c, const struct command_line *line)
{
        if (!c->noun) {
                assert_true(line->help || line->version);
                assert_null(line->command);
                return;
        }
        assert_non_null(line->command);
        assert_string_equal(line->command->noun, c->noun);
        assert_true(g_strcmp0(line->command->verb, c->verb) == 0);
        char *args = g_strjoinv("|", line->args);
        assert_string_equal(args, c->args);
        assert_int_equal(line->arg_count, g_strv_length(line->args));
        g_free(args);
}

static bool parse_words(const char *const *words, struct command_line *ret_line, struct err *ret_err)
{
        char *argv[WORDS_MAX + 2] = { (char *) "listctl" };
        int argc = 1;
        for (; argc <= WORDS_MAX && words[argc - 1]; argc++)
                argv[argc] = (char *) words[argc - 1];
        return command_line_parse(ret_line, argc, argv, ret_err);
}

static void test_command_line(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(LINE_CASES); i++) {
                const struct line_case *c = &LINE_CASES[i];
                struct command_line line;
                struct err err = { 0 };
                bool ok = parse_words(c->words, &line, &err);
                if (ok != !c->complaint || (c->complaint && !strstr(err.text, c->complaint)))
                        fail_msg("case %zu: got '%s', want '%s'", i, err.text, c->complaint ? c->complaint : "no error");
                if (ok)
                        check_line(c, &line);
                else
                        assert_int_equal(err_exit_status(err.class), 2);
                command_line_clear(&line);
        }
}

static void test_options_have_values(void **state)
{
        static const char *const words[] = { "-c",     "/c", "list", "add",     "ml@d",        "--owner", "a@b", "--type", "announce",
                                             "--lang", "ja", "--title", "\xe6\x97\xa5\xe6\x9c\xac", "--json",  NULL };
        struct command_line line;
        struct err err;
        assert_true(parse_words(words, &line, &err));
        assert_string_equal(line.config, "/c");
        assert_true(line.json);
        assert_string_equal(line.options[OPTION_OWNER], "a@b");
        assert_string_equal(line.options[OPTION_TYPE], "announce");
        assert_string_equal(line.options[OPTION_LANG], "ja");
        assert_string_equal(line.options[OPTION_TITLE], "\xe6\x97\xa5\xe6\x9c\xac");
        assert_null(line.options[OPTION_FILE]);
        command_line_clear(&line);
}

/* --- documents against the code --------------------------------------------------------- */

static char *read_document(const char *name)
{
        const char *srcdir = g_getenv("LISTD_SRCDIR");
        char *path = g_build_filename(srcdir ? srcdir : ".", name, NULL);
        char *text = NULL;
        if (!g_file_get_contents(path, &text, NULL, NULL))
                fail_msg("%s cannot be read", path);
        g_free(path);
        return text;
}

static GString *all_usages(void)
{
        GString *all = g_string_new(NULL);
        for (const struct command *command = COMMANDS; command->noun; command++) {
                char *usage = command_usage(command);
                g_string_append_printf(all, "%s\n", usage);
                g_free(usage);
        }
        return all;
}

static GString *all_settings(void)
{
        GString *all = g_string_new(NULL);
        for (const struct option *option = LIST_OPTIONS; option->name; option++)
                g_string_append_printf(all, "%s\n", option->name);
        return all;
}

/* The completion holds the table and the settings word by word. */
static void test_completion(void **state)
{
        char *text = read_document("completions/listctl");
        GString *usages = all_usages(), *settings = all_settings();
        g_string_prepend(usages, "_listctl_usage='\n");
        g_string_append(usages, "'\n");
        g_string_prepend(settings, "_listctl_settings='\n");
        g_string_append(settings, "'\n");
        if (!strstr(text, usages->str))
                fail_msg("completions/listctl must have:\n%s", usages->str);
        if (!strstr(text, settings->str))
                fail_msg("completions/listctl must have:\n%s", settings->str);
        g_string_free(usages, TRUE);
        g_string_free(settings, TRUE);
        g_free(text);
}

static bool is_command(const char *words)
{
        for (const struct command *command = COMMANDS; command->noun; command++) {
                char *name = g_strjoin(" ", command->noun, command->verb, NULL);
                size_t length = strlen(name);
                bool same = strncmp(words, name, length) == 0 && (words[length] == ' ' || !words[length]);
                g_free(name);
                if (same)
                        return true;
        }
        return false;
}

/* Each command and each setting has its item in listctl(1), and no item is of something that is not there. */
static void test_man_page(void **state)
{
        char *text = read_document("docs/listctl.1");
        for (const struct command *command = COMMANDS; command->noun; command++) {
                char *name = g_strjoin(" ", command->noun, command->verb, NULL);
                char *item = g_strconcat("\n.It Cm ", name, NULL);
                char *found = strstr(text, item);
                if (!found || !strchr(" \n", found[strlen(item)]))
                        fail_msg("listctl(1) has no item for '%s'", name);
                g_free(item);
                g_free(name);
        }
        for (const struct option *option = LIST_OPTIONS; option->name; option++) {
                char *item = g_strconcat("\n.It Ic ", option->name, "\n", NULL);
                if (!strstr(text, item))
                        fail_msg("listctl(1) has no item for the setting '%s'", option->name);
                g_free(item);
        }
        char **lines = g_strsplit(text, "\n", -1);
        for (char **line = lines; *line; line++) {
                if (g_str_has_prefix(*line, ".It Cm ") && !is_command(*line + strlen(".It Cm ")))
                        fail_msg("listctl(1) tells of a command that is not there: %s", *line);
                if (g_str_has_prefix(*line, ".It Ic ") && !option_find(LIST_OPTIONS, NULL, *line + strlen(".It Ic ")))
                        fail_msg("listctl(1) tells of a setting that is not there: %s", *line);
        }
        g_strfreev(lines);
        g_free(text);
}

/* --- the supervisor's lines --------------------------------------------------------------------- */

struct status_case {
        const char *line;
        bool good;
};

static const struct status_case STATUS_CASES[] = {
        { "receive 123 up 1700000000 0", true },
        { "deliver 0 down 1700000000 12", true },
        { "", false },
        { "receive", false },
        { "receive 123 up 1700000000", false },
        { "receive 123 up 1700000000 0 more", false },
        { "receive -1 up 1700000000 0", false },
        { "receive 99999999999 up 1700000000 0", false },
        { "receive 12x up 1700000000 0", false },
        { "receive 123 up now 0", false },
        { " 123 up 1700000000 0", false },
        { "receive  123 up 1700000000", false },
        { "a-role-with-a-name-of-some-length 1 up 1 0", false },
};

static void test_status_line(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(STATUS_CASES); i++) {
                struct role_status status;
                char *line = exact(STATUS_CASES[i].line, strlen(STATUS_CASES[i].line) + 1);
                if (status_parse_line(line, &status) != STATUS_CASES[i].good)
                        fail_msg("case %zu: '%s'", i, line);
                g_free(line);
        }
        struct role_status status;
        assert_true(status_parse_line("deliver 42 draining 1700000000 12", &status));
        assert_string_equal(status.role, "deliver");
        assert_string_equal(status.state, "draining");
        assert_int_equal(status.pid, 42);
        assert_int_equal(status.since, 1700000000);
        assert_int_equal(status.restarts, 12);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_command_line),
                cmocka_unit_test(test_options_have_values),
                cmocka_unit_test(test_completion),
                cmocka_unit_test(test_man_page),
                cmocka_unit_test(test_status_line),
        };
        setlocale(LC_CTYPE, "C.UTF-8"); /* as listctl's main does: GLib takes words by it */
        return cmocka_run_group_tests(tests, NULL, NULL);
}
