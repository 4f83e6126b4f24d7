/* deny_file.c - a list of networks as others publish it, read line by line
 * Gives:  deny_file_parse(), deny_file_free()
 * Fails:  ERR_PERM when there is no network in it, more than DENY_FILE_NETWORKS_MAX, or one bad line in DENY_BAD_SHARE
 * Linear in its length; a line that is wrong is told with its number, and left out. */
#include "policy/deny.h"

static const char BLANKS[] = " \t";
static const char SEPARATORS[] = " \t;#,"; /* end a network */
static const char COMMENTS[] = "#;";
static const char BYTE_ORDER_MARK[] = "\xEF\xBB\xBF";

static void problem_free(void *data)
{
        struct deny_problem *problem = data;
        g_free(problem->reason);
        g_free(problem);
}

static void item_clear(void *data)
{
        struct deny_item *item = data;
        g_free(item->network);
        g_free(item->reason);
}

static void say_problem(struct deny_file *file, size_t line, const char *reason)
{
        if (file->problems->len >= DENY_PROBLEMS_MAX)
                return;
        struct deny_problem *problem = g_new0(struct deny_problem, 1);
        problem->line = line;
        problem->reason = g_strdup(reason);
        g_ptr_array_add(file->problems, problem);
}

/* --- a line --------------------------------------------------------------------------------- */

/* What stands behind the network, without the marks before it. It is another's text: what cannot be shown is left out. */
static char *read_reason(const char *rest)
{
        char text[DENY_REASON_MAX + 1];
        rest += strspn(rest, SEPARATORS);
        g_strlcpy(text, rest, sizeof text);
        g_strchomp(text);
        const char *end;
        if (!g_utf8_validate(text, -1, &end) && strlen(rest) >= sizeof text)
                text[end - text] = '\0'; /* cut within a character */
        return g_strdup(deny_reason_is_plain(text) ? text : "");
}

/* "192.0.2.0 - 192.0.2.255", "192.0.2.0 192.0.2.255 24": its first address alone would not be what is meant. */
static bool is_range(const char *rest)
{
        struct in6_addr address;
        char second[64];
        rest += strspn(rest, " \t-,");
        const size_t length = strcspn(rest, SEPARATORS);
        if (length >= sizeof second)
                return false;
        memcpy(second, rest, length);
        second[length] = '\0';
        return ip_parse(&address, second);
}

/* `line` is without its end, and not empty. False: *ret_err says what is wrong. */
static bool read_line(struct deny_file *file, const struct conf *conf, char *line, struct err *ret_err)
{
        struct network network;
        const size_t length = strcspn(line, SEPARATORS);
        const char *rest = line + length;
        char *word = g_strndup(line, length);
        bool ok = network_parse(&network, word, NULL);
        g_free(word);
        if (!ok || is_range(rest)) {
                file->bad++;
                return err_set(ret_err, ERR_PERM, "%s (192.0.2.0/24)", ok ? "a range of addresses: write it as a network" : "no network");
        }
        if (!deny_may(conf, &network, ret_err)) {
                file->refused++;
                return false;
        }
        file->masked += network_mask(&network);
        const struct deny_item item = { network_text(&network), read_reason(rest) };
        g_array_append_val(file->items, item);
        return true;
}

static void take_line(struct deny_file *file, const struct conf *conf, const char *bytes, size_t length, size_t number)
{
        struct err err = { 0 };
        char line[DENY_LINE_MAX + 1];
        while (length > 0 && strchr(" \t\r", bytes[length - 1]) && bytes[length - 1])
                length--;
        while (length > 0 && strchr(BLANKS, *bytes) && *bytes)
                bytes++, length--;
        if (length == 0 || (strchr(COMMENTS, *bytes) && *bytes))
                return;
        file->lines++;
        if (length > DENY_LINE_MAX || memchr(bytes, '\0', length)) {
                file->bad++;
                say_problem(file, number, length > DENY_LINE_MAX ? "the line is too long" : "there is a NUL in it");
                return;
        }
        memcpy(line, bytes, length);
        line[length] = '\0';
        if (!read_line(file, conf, line, &err))
                say_problem(file, number, err.text);
}

/* --- all of them ------------------------------------------------------------------------------- */

static void take_lines(struct deny_file *file, const struct conf *conf, const char *text, size_t length)
{
        const size_t mark = strlen(BYTE_ORDER_MARK);
        const char *end = text + length;
        size_t number = 0;
        if (length >= mark && memcmp(text, BYTE_ORDER_MARK, mark) == 0)
                text += mark;
        while (text < end && file->items->len <= DENY_FILE_NETWORKS_MAX) {
                const char *newline = memchr(text, '\n', (size_t) (end - text));
                take_line(file, conf, text, (size_t) ((newline ? newline : end) - text), ++number);
                text = newline ? newline + 1 : end;
        }
}

bool deny_file_parse(struct deny_file **ret_file, const struct conf *conf, const char *text, size_t length, struct err *ret_err)
{
        struct deny_file *file = g_new0(struct deny_file, 1);
        *ret_file = file;
        file->items = g_array_new(FALSE, FALSE, sizeof(struct deny_item));
        g_array_set_clear_func(file->items, item_clear);
        file->problems = g_ptr_array_new_with_free_func(problem_free);
        if (length > DENY_FILE_MAX)
                return err_set(ret_err, ERR_PERM, "larger than %d octets", DENY_FILE_MAX);
        take_lines(file, conf, text, length);
        if (file->items->len > DENY_FILE_NETWORKS_MAX)
                return err_set(ret_err, ERR_PERM, "more than %d networks", DENY_FILE_NETWORKS_MAX);
        if (file->bad * DENY_BAD_SHARE > file->lines)
                return err_set(ret_err, ERR_PERM, "%zu of %zu lines are no networks: it is no such list", file->bad, file->lines);
        return file->items->len > 0 || err_set(ret_err, ERR_PERM, "there is no network in it that can be denied");
}

void deny_file_free(struct deny_file *file)
{
        if (!file)
                return;
        g_array_unref(file->items);
        g_ptr_array_unref(file->problems);
        g_free(file);
}
