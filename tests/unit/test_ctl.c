/* test_ctl.c - listctl: command line, JSON, tables, member files, status lines; its documents against the code */
#include "unit.h"

#include <locale.h>

#include "ctl/command.h"
#include "ctl/json.h"
#include "ctl/output.h"
#include "mail/roster.h"
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
        { { NULL }, "there are: init, status, list, member", NULL, NULL, NULL },
        { { "lists" }, "there is no 'lists'; there are: init, status, list", NULL, NULL, NULL },
        { { "invite" }, "there is no 'invite'", NULL, NULL, NULL },
        { { "list" }, "add, ls, show, get, set, reset, rename, rm", NULL, NULL, NULL },
        { { "list", "del" }, "list has no 'del'; it has: add, ls", NULL, NULL, NULL },
        { { "check", "relay" }, "check has no 'relay'; it has: config, store", NULL, NULL, NULL },
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

/* --- JSON -------------------------------------------------------------------------------- */

struct json_case {
        const char *text, *want;
};

static const struct json_case JSON_CASES[] = {
        { NULL, "null" },
        { "", "\"\"" },
        { "plain", "\"plain\"" },
        { "a \"b\" \\c", "\"a \\\"b\\\" \\\\c\"" },
        { "1\n2\r3\t4", "\"1\\n2\\r3\\t4\"" },
        { "\x1b[31m\x01\x7f", "\"\\u001b[31m\\u0001\\u007f\"" },
        { "\xc2\x9b", "\"\\u009b\"" }, /* CSI of eight bits */
        { "\xe6\x97\xa5\xe6\x9c\xac", "\"\xe6\x97\xa5\xe6\x9c\xac\"" },
        { "\xf0\x9f\x93\xac", "\"\xf0\x9f\x93\xac\"" },
        { "x\xffy", "\"x\xef\xbf\xbdy\"" },
        { "x\xe6\x97", "\"x\xef\xbf\xbd\xef\xbf\xbd\"" },
};

static void test_json_text(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(JSON_CASES); i++) {
                const struct json_case *c = &JSON_CASES[i];
                char *written;
                size_t length;
                struct json json = { .to = open_memstream(&written, &length) };
                char *text = c->text ? exact(c->text, strlen(c->text) + 1) : NULL;
                json_text(&json, NULL, text);
                fclose(json.to);
                assert_string_equal(written, c->want);
                free(written);
                g_free(text);
        }
}

static void test_json_document(void **state)
{
        char *written;
        size_t length;
        struct json json = { .to = open_memstream(&written, &length) };
        json_open_object(&json, NULL);
        json_number(&json, "n", INT64_MIN);
        json_open_array(&json, "rows");
        json_open_object(&json, NULL);
        json_flag(&json, "yes", true);
        json_flag(&json, "no", false);
        json_close(&json);
        json_text(&json, NULL, "x");
        json_close(&json);
        json_open_array(&json, "none");
        json_close(&json);
        json_close(&json);
        fclose(json.to);
        assert_string_equal(written, "{\n  \"n\": -9223372036854775808,\n  \"rows\": [\n    {\n      \"yes\": true,\n"
                                     "      \"no\": false\n    },\n    \"x\"\n  ],\n  \"none\": []\n}\n");
        free(written);
}

/* --- output --------------------------------------------------------------------------------- */

struct sheet {
        FILE *data, *messages;
        char *data_text, *message_text;
        size_t data_length, message_length;
        struct output *output;
};

static struct sheet *sheet_new(bool json)
{
        struct sheet *sheet = g_new0(struct sheet, 1);
        const struct output_style style = { .json = json };
        sheet->data = open_memstream(&sheet->data_text, &sheet->data_length);
        sheet->messages = open_memstream(&sheet->message_text, &sheet->message_length);
        sheet->output = output_new(sheet->data, sheet->messages, &style);
        return sheet;
}

static void sheet_end(struct sheet *sheet, const struct err *failure)
{
        struct err err;
        assert_true(output_end(sheet->output, failure, &err));
        output_free(sheet->output);
        fclose(sheet->data);
        fclose(sheet->messages);
}

static void sheet_free(struct sheet *sheet)
{
        free(sheet->data_text);
        free(sheet->message_text);
        g_free(sheet);
}

static const struct column COLUMNS[] = { { "name" }, { "count", .is_right = true }, { "at" } };

static void fill_sheet(struct output *output)
{
        const struct cell rows[][3] = {
                { TEXT("\xe6\x97\xa5\xe6\x9c\xac"), NUMBER(7), TIME(1700000000) },
                { TEXT("evil\x1b[2J"), NUMBER(1234), TIME(0) },
                { TEXT(NULL), NUMBER_AS(0, "none"), TIME(60) },
        };
        output_field(output, "list", TEXT("ml@d"));
        output_field(output, "size", SIZE(1536 * 1024));
        output_group(output, "spool", "spool ");
        output_field(output, "full", FLAG(true));
        output_group_end(output);
        output_fact(output, "hidden", NUMBER(1));
        output_table(output, "rows", COLUMNS, G_N_ELEMENTS(COLUMNS));
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                output_row(output, rows[i]);
        output_table_end(output);
        output_say(output, "three rows");
}

static void test_output_for_people(void **state)
{
        struct sheet *sheet = sheet_new(false);
        fill_sheet(sheet->output);
        sheet_end(sheet, NULL);
        assert_string_equal(sheet->data_text, "list        ml@d\n"
                                              "size        1.5M\n"
                                              "spool full  yes\n"
                                              "\n"
                                              "NAME         COUNT  AT\n"
                                              "\xe6\x97\xa5\xe6\x9c\xac             7  2023-11-14 22:13\n"
                                              "evil\\x1b[2J   1234  -\n"
                                              "-             none  1970-01-01 00:01\n");
        assert_string_equal(sheet->message_text, "three rows\n");
        sheet_free(sheet);
}

static void test_output_as_json(void **state)
{
        struct sheet *sheet = sheet_new(true);
        fill_sheet(sheet->output);
        sheet_end(sheet, NULL);
        assert_non_null(strstr(sheet->data_text, "\"size\": 1572864,"));
        assert_non_null(strstr(sheet->data_text, "\"spool\": {\n    \"full\": true\n  },"));
        assert_non_null(strstr(sheet->data_text, "\"hidden\": 1,"));
        assert_non_null(strstr(sheet->data_text, "\"name\": \"evil\\u001b[2J\",\n      \"count\": 1234,\n      \"at\": null\n"));
        assert_non_null(strstr(sheet->data_text, "\"at\": \"2023-11-14T22:13:20Z\""));
        assert_string_equal(sheet->message_text, "");
        sheet_free(sheet);
}

/* A table that fails half-way is still one document, and the failure is in it. */
static void test_failure_as_json(void **state)
{
        struct sheet *sheet = sheet_new(true);
        const struct cell row[] = { TEXT("a"), NUMBER(1), TIME(0) };
        const struct err failure = { ERR_PERM, "it broke" };
        output_table(sheet->output, "rows", COLUMNS, G_N_ELEMENTS(COLUMNS));
        output_row(sheet->output, row);
        output_problem(sheet->output, "f", 3, "bad");
        output_problem(sheet->output, "x@", 0, "worse");
        sheet_end(sheet, &failure);
        assert_string_equal(sheet->data_text,
                            "{\n  \"rows\": [\n    {\n      \"name\": \"a\",\n      \"count\": 1,\n      \"at\": null\n    }\n  ],\n"
                            "  \"error\": {\n    \"class\": \"refused\",\n    \"text\": \"it broke\",\n    \"problems\": [\n"
                            "      {\n        \"where\": \"f\",\n        \"line\": 3,\n        \"reason\": \"bad\"\n      },\n"
                            "      {\n        \"where\": \"x@\",\n        \"line\": null,\n        \"reason\": \"worse\"\n      }\n"
                            "    ]\n  }\n}\n");
        assert_string_equal(sheet->message_text, "listctl: f:3: bad\nlistctl: x@: worse\nlistctl: it broke\n");
        sheet_free(sheet);
}

/* A long table goes out by pages: one heading, every row. */
static void test_output_pages(void **state)
{
        enum { ROWS = 2 * OUTPUT_PAGE_ROWS + 1 };
        struct sheet *sheet = sheet_new(false);
        output_table(sheet->output, "rows", COLUMNS, G_N_ELEMENTS(COLUMNS));
        for (int i = 0; i < ROWS; i++) {
                const struct cell row[] = { TEXT("a"), NUMBER(i), TIME(0) };
                output_row(sheet->output, row);
        }
        output_table_end(sheet->output);
        sheet_end(sheet, NULL);
        size_t lines = 0, headings = 0;
        char **each = g_strsplit(g_strchomp(sheet->data_text), "\n", -1);
        for (char **line = each; *line; line++) {
                lines++;
                headings += g_str_has_prefix(*line, "NAME");
                assert_true(**line);
        }
        assert_int_equal(headings, 1);
        assert_int_equal(lines, ROWS + 1);
        g_strfreev(each);
        sheet_free(sheet);
}

static void test_output_bytes(void **state)
{
        static const char octets[] = "A: b\r\n\r\n\x1b$B\xff\0z\r\n";
        GBytes *bytes = g_bytes_new_static(octets, sizeof octets - 1);
        struct sheet *plain = sheet_new(false), *json = sheet_new(true);
        output_bytes(plain->output, "message", bytes);
        output_bytes(json->output, "message", bytes);
        sheet_end(plain, NULL);
        sheet_end(json, NULL);
        assert_int_equal(plain->data_length, sizeof octets - 1);
        assert_memory_equal(plain->data_text, octets, sizeof octets - 1);
        assert_string_equal(json->data_text, "{\n  \"message\": null,\n  \"message_base64\": \"QTogYg0KDQobJEL/AHoNCg==\"\n}\n");
        sheet_free(plain);
        sheet_free(json);
        g_bytes_unref(bytes);
}

/* --- member files ------------------------------------------------------------------------------ */

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
                cmocka_unit_test(test_json_text),
                cmocka_unit_test(test_json_document),
                cmocka_unit_test(test_output_for_people),
                cmocka_unit_test(test_output_as_json),
                cmocka_unit_test(test_failure_as_json),
                cmocka_unit_test(test_output_pages),
                cmocka_unit_test(test_output_bytes),
                cmocka_unit_test(test_roster),
                cmocka_unit_test(test_roster_limits),
                cmocka_unit_test(test_status_line),
        };
        setlocale(LC_CTYPE, "C.UTF-8"); /* as listctl's main does: the width of characters */
        return cmocka_run_group_tests(tests, NULL, NULL);
}
