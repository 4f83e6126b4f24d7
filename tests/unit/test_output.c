/* test_output.c - what listctl prints: JSON, fields and tables */
#include "unit.h"

#include <locale.h>

#include "ctl/json.h"
#include "ctl/output.h"

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
        output_field(output, "mean", TENTHS(35));
        output_field(output, "no mean", TENTHS(-1));
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
                                              "mean        3.5\n"
                                              "no mean     -\n"
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
        assert_non_null(strstr(sheet->data_text, "\"mean\": 3.5,\n  \"no mean\": null,"));
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

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_json_text),
                cmocka_unit_test(test_json_document),
                cmocka_unit_test(test_output_for_people),
                cmocka_unit_test(test_output_as_json),
                cmocka_unit_test(test_failure_as_json),
                cmocka_unit_test(test_output_pages),
                cmocka_unit_test(test_output_bytes),
        };
        setlocale(LC_CTYPE, "C.UTF-8"); /* as listctl's main does: the width of characters */
        return cmocka_run_group_tests(tests, NULL, NULL);
}
