/* output.c - the one document of a command, for people or as JSON
 * Gives:  what output.h lists; the only file that includes libsmartcols
 * Fails:  output_end() with ERR_TEMP when the data could not be written; out of memory ends the program, as in GLib
 * libsmartcols lays out the tables: it knows the widths of CJK characters and shows control characters as \xNN, so that
 * a subject from a stranger cannot drive the terminal. */
#include "ctl/output.h"

#include <errno.h>
#include <libsmartcols.h>
#include <stdarg.h>

#include "base/csv.h"
#include "ctl/json.h"

enum { COLUMNS_MAX = 12, PROBLEMS_MAX = 1000, PROGRESS_INTERVAL = G_USEC_PER_SEC / 5 };

struct problem {
        char *where, *reason;
        size_t line;
};

struct output {
        FILE *data, *messages;
        struct output_style style;
        GTimeZone *zone;
        struct json json;
        const char *prefix;           /* of the group whose fields are said */
        struct libscols_table *table; /* fields or rows that are not printed yet; NULL: none */
        bool in_rows;                 /* the table holds rows, not fields */
        bool is_csv;                  /* its rows are for programs */
        const struct column *columns;
        size_t column_count;
        size_t page_rows;
        bool has_block;       /* something was printed: the next block has an empty line before it */
        GPtrArray *problems;  /* struct problem */
        gint64 progress_at;   /* monotonic time of the last report of progress; 0: none stands on the terminal */
};

static void problem_free(void *data)
{
        struct problem *problem = data;
        g_free(problem->where);
        g_free(problem->reason);
        g_free(problem);
}

struct output *output_new(FILE *data, FILE *messages, const struct output_style *style)
{
        struct output *output = g_new0(struct output, 1);
        output->data = data;
        output->messages = messages;
        output->style = *style;
        output->json.to = data;
        output->prefix = "";
        output->problems = g_ptr_array_new_with_free_func(problem_free);
        output_set_timezone(output, style->timezone);
        if (style->json)
                json_open_object(&output->json, NULL);
        return output;
}

void output_set_timezone(struct output *output, const char *timezone)
{
        GTimeZone *zone = timezone ? g_time_zone_new_identifier(timezone) : NULL;
        g_clear_pointer(&output->zone, g_time_zone_unref);
        output->zone = zone ? zone : g_time_zone_new_utc();
}

void output_free(struct output *output)
{
        if (!output)
                return;
        scols_unref_table(output->table);
        g_time_zone_unref(output->zone);
        g_ptr_array_unref(output->problems);
        g_free(output);
}

/* --- cells --------------------------------------------------------------------------- */

static char *format_time(GTimeZone *zone, const char *format, int64_t seconds)
{
        GDateTime *utc = seconds ? g_date_time_new_from_unix_utc(seconds) : NULL;
        GDateTime *there = utc ? g_date_time_to_timezone(utc, zone) : NULL;
        char *text = there ? g_date_time_format(there, format) : NULL;
        g_clear_pointer(&there, g_date_time_unref);
        g_clear_pointer(&utc, g_date_time_unref);
        return text;
}

/* As 2026-11-27T07:00:00Z; NULL for none. */
static char *format_time_utc(int64_t seconds)
{
        GTimeZone *utc = g_time_zone_new_utc();
        char *text = format_time(utc, "%Y-%m-%dT%H:%M:%SZ", seconds);
        g_time_zone_unref(utc);
        return text;
}

static char *format_tenths(int64_t tenths)
{
        return g_strdup_printf("%" G_GINT64_FORMAT ".%d", (gint64) (tenths / 10), (int) (tenths % 10));
}

static char *format_size(int64_t octets)
{
        static const char units[] = "KMGT";
        if (octets < 1024)
                return g_strdup_printf("%" G_GINT64_FORMAT, (gint64) octets);
        double size = (double) octets / 1024;
        size_t unit = 0;
        for (; size >= 1024 && unit + 1 < strlen(units); unit++)
                size /= 1024;
        return g_strdup_printf("%.1f%c", size, units[unit]);
}

/* As a program reads it: "" for none; the caller frees. */
static char *cell_plain(const struct cell *cell)
{
        char *text = NULL;
        switch (cell->kind) {
        case CELL_TEXT:
                text = g_strdup(cell->text);
                break;
        case CELL_NUMBER:
        case CELL_SIZE:
                text = g_strdup_printf("%" G_GINT64_FORMAT, (gint64) cell->number);
                break;
        case CELL_TENTHS:
                text = cell->number < 0 ? NULL : format_tenths(cell->number);
                break;
        case CELL_FLAG:
                text = g_strdup(cell->number ? "yes" : "no");
                break;
        case CELL_TIME:
                text = format_time_utc(cell->number);
                break;
        }
        return text ? text : g_strdup("");
}

/* As people read it; the caller frees. */
static char *cell_shown(const struct output *output, const struct cell *cell)
{
        char *shown = NULL;
        if (cell->kind == CELL_NUMBER && cell->text)
                shown = g_strdup(cell->text);
        else if (cell->kind == CELL_SIZE)
                shown = format_size(cell->number);
        else if (cell->kind == CELL_TIME)
                shown = format_time(output->zone, "%Y-%m-%d %H:%M", cell->number);
        else
                shown = cell_plain(cell);
        if (shown && *shown)
                return shown;
        g_free(shown);
        return g_strdup("-");
}

static void cell_to_json(struct json *json, const char *key, const struct cell *cell)
{
        switch (cell->kind) {
        case CELL_TEXT:
                json_text(json, key, cell->text);
                break;
        case CELL_NUMBER:
        case CELL_SIZE:
                json_number(json, key, cell->number);
                break;
        case CELL_TENTHS:
                json_tenths(json, key, cell->number);
                break;
        case CELL_FLAG:
                json_flag(json, key, cell->number != 0);
                break;
        case CELL_TIME: {
                char *text = format_time_utc(cell->number);
                json_text(json, key, text);
                g_free(text);
                break;
        }
        }
}

/* --- blocks on paper: a table of fields, a table of rows ------------------------------- */

static void *needed(void *pointer)
{
        if (!pointer)
                g_error("out of memory");
        return pointer;
}

static void start_block(struct output *output)
{
        if (output->has_block)
                fputc('\n', output->data);
        output->has_block = true;
}

static void open_table(struct output *output, bool in_rows)
{
        struct libscols_table *table = needed(scols_new_table());
        scols_table_set_stream(table, output->data);
        scols_table_set_column_separator(table, "  ");
        scols_table_set_termforce(table, output->style.data_to_terminal ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER);
        scols_table_enable_noheadings(table, !in_rows);
        output->table = table;
        output->in_rows = in_rows;
        output->page_rows = 0;
}

static void print_page(struct output *output)
{
        if (output->page_rows == 0)
                return;
        scols_print_table(output->table);
        scols_table_remove_lines(output->table);
        scols_table_enable_noheadings(output->table, 1);
        output->page_rows = 0;
}

static void close_table(struct output *output)
{
        if (!output->table)
                return;
        print_page(output);
        scols_unref_table(output->table);
        output->table = NULL;
}

static void add_line(struct output *output, char *const *texts, size_t count)
{
        struct libscols_line *line = needed(scols_table_new_line(output->table, NULL));
        if (output->page_rows == 0 && !scols_table_is_noheadings(output->table))
                start_block(output);
        for (size_t i = 0; i < count; i++)
                if (scols_line_set_data(line, i, texts[i]) != 0)
                        needed(NULL);
        output->page_rows++;
}

static void add_field_line(struct output *output, const char *key, char *shown)
{
        if (!output->table) {
                start_block(output);
                open_table(output, false);
                needed(scols_table_new_column(output->table, "key", 0, 0));
                needed(scols_table_new_column(output->table, "value", 0, SCOLS_FL_WRAP));
        }
        char *label = g_strconcat(output->prefix, key, NULL);
        char *const texts[] = { label, shown };
        add_line(output, texts, G_N_ELEMENTS(texts));
        g_free(label);
}

/* --- data ---------------------------------------------------------------------------- */

void output_field(struct output *output, const char *key, struct cell value)
{
        if (output->style.json) {
                cell_to_json(&output->json, key, &value);
                return;
        }
        char *shown = cell_shown(output, &value);
        add_field_line(output, key, shown);
        g_free(shown);
}

void output_fields(struct output *output, const char *key, const GPtrArray *texts)
{
        if (output->style.json) {
                json_open_array(&output->json, key);
                for (guint i = 0; i < texts->len; i++)
                        json_text(&output->json, NULL, texts->pdata[i]);
                json_close(&output->json);
                return;
        }
        GString *line = g_string_new(NULL);
        for (guint i = 0; i < texts->len; i++)
                g_string_append_printf(line, "%s%s", i ? ", " : "", (const char *) texts->pdata[i]);
        output_field(output, key, TEXT(line->str));
        g_string_free(line, TRUE);
}

void output_value(struct output *output, const char *key, struct cell value)
{
        char *shown = cell_shown(output, &value);
        if (output->style.json)
                cell_to_json(&output->json, key, &value);
        else
                fprintf(output->data, "%s\n", value.text && !*value.text ? "" : shown);
        g_free(shown);
}

void output_fact(struct output *output, const char *key, struct cell value)
{
        if (output->style.json)
                cell_to_json(&output->json, key, &value);
}

void output_group(struct output *output, const char *key, const char *prefix)
{
        output->prefix = prefix;
        if (output->style.json)
                json_open_object(&output->json, key);
}

void output_group_end(struct output *output)
{
        output->prefix = "";
        if (output->style.json)
                json_close(&output->json);
}

static void add_columns(struct output *output)
{
        for (size_t i = 0; i < output->column_count; i++) {
                const struct column *column = &output->columns[i];
                char *heading = g_ascii_strup(column->key, -1);
                int flags = (column->is_right ? SCOLS_FL_RIGHT : 0) | (column->may_wrap ? SCOLS_FL_WRAP : 0);
                needed(scols_table_new_column(output->table, heading, 0, flags));
                g_free(heading);
        }
}

void output_table(struct output *output, const char *key, const struct column *columns, size_t count)
{
        g_assert(count <= COLUMNS_MAX);
        output->columns = columns;
        output->column_count = count;
        if (output->style.json) {
                json_open_array(&output->json, key);
                return;
        }
        close_table(output);
        open_table(output, true);
        add_columns(output);
}

static void row_to_csv(struct output *output, char **texts)
{
        GString *row = g_string_new(NULL);
        csv_put(row, (const char *const *) texts, output->column_count);
        fwrite(row->str, 1, row->len, output->data);
        g_string_free(row, TRUE);
        for (size_t i = 0; i < output->column_count; i++)
                g_free(texts[i]);
}

void output_csv(struct output *output, const char *key, const struct column *columns, size_t count)
{
        if (output->style.json) {
                output_table(output, key, columns, count);
                return;
        }
        char *texts[COLUMNS_MAX];
        close_table(output);
        output->columns = columns;
        output->column_count = count;
        output->is_csv = true;
        for (size_t i = 0; i < count; i++)
                texts[i] = g_strdup(columns[i].key);
        row_to_csv(output, texts);
}

static void row_to_json(struct output *output, const struct cell *cells)
{
        json_open_object(&output->json, NULL);
        for (size_t i = 0; i < output->column_count; i++)
                cell_to_json(&output->json, output->columns[i].key, &cells[i]);
        json_close(&output->json);
}

void output_row(struct output *output, const struct cell *cells)
{
        if (output->style.json) {
                row_to_json(output, cells);
                return;
        }
        char *texts[COLUMNS_MAX];
        for (size_t i = 0; i < output->column_count; i++)
                texts[i] = output->is_csv ? cell_plain(&cells[i]) : cell_shown(output, &cells[i]);
        if (output->is_csv) {
                row_to_csv(output, texts);
                return;
        }
        add_line(output, texts, output->column_count);
        for (size_t i = 0; i < output->column_count; i++)
                g_free(texts[i]);
        if (output->page_rows == OUTPUT_PAGE_ROWS)
                print_page(output);
}

void output_table_end(struct output *output)
{
        if (output->style.json)
                json_close(&output->json);
        else
                close_table(output);
        output->is_csv = false;
}

/* Line ends as the terminal has them; all else that it would obey as \xNN. */
static void show_harmless(FILE *to, const char *bytes, size_t length)
{
        const char *end = bytes + length;
        for (const char *p = bytes; p < end;) {
                gunichar c = g_utf8_get_char_validated(p, end - p);
                bool is_valid = c != (gunichar) -1 && c != (gunichar) -2 && c != 0;
                size_t octets = is_valid ? (size_t) (g_utf8_next_char(p) - p) : 1;
                if (*p == '\r' && p + 1 < end && p[1] == '\n')
                        ;
                else if (*p == '\n' || *p == '\t' || (is_valid && !g_unichar_iscntrl(c)))
                        fwrite(p, 1, octets, to);
                else
                        for (size_t i = 0; i < octets; i++)
                                fprintf(to, "\\x%02x", (unsigned char) p[i]);
                p += octets;
        }
        if (length > 0 && end[-1] != '\n')
                fputc('\n', to);
}

static void bytes_to_json(struct json *json, const char *key, const char *bytes, size_t length)
{
        char *text = bytes && g_utf8_validate(bytes, (gssize) length, NULL) ? g_strndup(bytes, length) : NULL;
        char *coded = bytes ? g_base64_encode((const guchar *) bytes, length) : NULL;
        char *coded_key = g_strconcat(key, "_base64", NULL);
        json_text(json, key, text);
        json_text(json, coded_key, coded);
        g_free(coded_key);
        g_free(coded);
        g_free(text);
}

void output_bytes(struct output *output, const char *key, GBytes *bytes)
{
        gsize length = 0;
        const char *data = bytes ? g_bytes_get_data(bytes, &length) : NULL;
        if (bytes && !data)
                data = ""; /* GLib's way to say no octets */
        if (output->style.json) {
                bytes_to_json(&output->json, key, data, length);
                return;
        }
        if (!data)
                return;
        close_table(output);
        start_block(output);
        if (output->style.data_to_terminal)
                show_harmless(output->data, data, length);
        else
                fwrite(data, 1, length, output->data);
}

/* --- what is said --------------------------------------------------------------------- */

static void clear_progress(struct output *output)
{
        if (output->progress_at)
                fputs("\r\033[K", output->messages);
        output->progress_at = 0;
}

/* A line of ours; what it quotes may hold anything, so control characters are shown harmless here too. */
static void put_message(struct output *output, const char *prefix, const char *format, va_list args)
{
        char *text = g_strdup_vprintf(format, args);
        fflush(output->data);
        clear_progress(output);
        fputs(prefix, output->messages);
        show_harmless(output->messages, text, strlen(text));
        g_free(text);
}

void output_say(struct output *output, const char *format, ...)
{
        if (output->style.json)
                return;
        va_list args;
        va_start(args, format);
        put_message(output, "", format, args);
        va_end(args);
}

void output_warn(struct output *output, const char *format, ...)
{
        va_list args;
        va_start(args, format);
        put_message(output, "listctl: ", format, args);
        va_end(args);
}

void output_problem(struct output *output, const char *where, size_t line, const char *reason)
{
        if (line > 0)
                output_warn(output, "%s:%zu: %s", where, line, reason);
        else
                output_warn(output, "%s: %s", where, reason);
        if (output->problems->len >= PROBLEMS_MAX)
                return;
        struct problem *problem = g_new0(struct problem, 1);
        problem->where = g_strdup(where);
        problem->line = line;
        problem->reason = g_strdup(reason);
        g_ptr_array_add(output->problems, problem);
}

void output_progress(struct output *output, const char *what, size_t done, size_t total)
{
        gint64 now = g_get_monotonic_time();
        if (!output->style.messages_to_terminal || now - output->progress_at < PROGRESS_INTERVAL)
                return;
        fprintf(output->messages, "\r%s %zu of %zu\033[K", what, done, total);
        fflush(output->messages);
        output->progress_at = now;
}

/* --- the end -------------------------------------------------------------------------- */

static const char *class_word(enum err_class class)
{
        switch (class) {
        case ERR_NONE:
                return "none";
        case ERR_TEMP:
                return "temporary";
        case ERR_PERM:
                return "refused";
        case ERR_NOT_FOUND:
                return "not_found";
        case ERR_USAGE:
                return "usage";
        case ERR_BUG:
                break;
        }
        return "bug";
}

static void failure_to_json(struct output *output, const struct err *failure)
{
        struct json *json = &output->json;
        json_open_object(json, "error");
        json_text(json, "class", class_word(failure->class));
        json_text(json, "text", failure->text);
        json_open_array(json, "problems");
        for (guint i = 0; i < output->problems->len; i++) {
                const struct problem *problem = output->problems->pdata[i];
                json_open_object(json, NULL);
                json_text(json, "where", problem->where);
                if (problem->line > 0)
                        json_number(json, "line", (int64_t) problem->line);
                else
                        json_text(json, "line", NULL);
                json_text(json, "reason", problem->reason);
                json_close(json);
        }
        json_close(json);
        json_close(json);
}

bool output_end(struct output *output, const struct err *failure, struct err *ret_err)
{
        close_table(output);
        clear_progress(output);
        if (output->style.json) {
                while (output->json.depth > 1) /* a table that a failure cut short */
                        json_close(&output->json);
                if (failure)
                        failure_to_json(output, failure);
                json_close(&output->json);
        }
        if (failure)
                output_warn(output, "%s", failure->text);
        if (fflush(output->data) == 0 && !ferror(output->data))
                return true;
        return err_set(ret_err, ERR_TEMP, "standard output: cannot be written: %s", g_strerror(errno));
}
