/* json.c - writes one JSON document
 * Gives:     what json.h lists
 * Fails:     never by itself; a write error stays in the stream for who closes it
 * Standards: RFC 8259 (7: strings)
 * libsmartcols can write JSON too, but holds the whole table in memory, nests nothing and passes octets that are no
 * UTF-8 on as they are. */
#include "ctl/json.h"

static void put_escaped(FILE *to, gunichar c)
{
        static const char letters[] = { ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['"'] = '"', ['\\'] = '\\' };
        if (c < sizeof letters && letters[c])
                fprintf(to, "\\%c", letters[c]);
        else
                fprintf(to, "\\u%04x", c);
}

static void put_string(struct json *json, const char *text)
{
        char *valid = g_utf8_make_valid(text, -1);
        const char *plain = valid; /* what needs no escape goes out in one piece */
        fputc('"', json->to);
        for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);
                if (c != '"' && c != '\\' && !g_unichar_iscntrl(c))
                        continue;
                fwrite(plain, 1, (size_t) (p - plain), json->to);
                put_escaped(json->to, c);
                plain = g_utf8_next_char(p);
        }
        fputs(plain, json->to);
        fputc('"', json->to);
        g_free(valid);
}

static void indent(struct json *json)
{
        fprintf(json->to, "\n%*s", (int) (2 * json->depth), "");
}

/* What stands before any value: the comma, the new line, the key. */
static void begin_value(struct json *json, const char *key)
{
        if (json->depth > 0) {
                if (json->has_values[json->depth - 1])
                        fputc(',', json->to);
                json->has_values[json->depth - 1] = true;
                indent(json);
        }
        if (key) {
                put_string(json, key);
                fputs(": ", json->to);
        }
}

static void open_with(struct json *json, const char *key, char opener, char closer)
{
        begin_value(json, key);
        fputc(opener, json->to);
        g_assert(json->depth < JSON_DEPTH_MAX);
        json->closer[json->depth] = closer;
        json->has_values[json->depth] = false;
        json->depth++;
}

void json_open_object(struct json *json, const char *key)
{
        open_with(json, key, '{', '}');
}

void json_open_array(struct json *json, const char *key)
{
        open_with(json, key, '[', ']');
}

void json_close(struct json *json)
{
        g_assert(json->depth > 0);
        json->depth--;
        if (json->has_values[json->depth])
                indent(json);
        fputc(json->closer[json->depth], json->to);
        if (json->depth == 0)
                fputc('\n', json->to);
}

void json_text(struct json *json, const char *key, const char *text)
{
        begin_value(json, key);
        if (text)
                put_string(json, text);
        else
                fputs("null", json->to);
}

void json_number(struct json *json, const char *key, int64_t number)
{
        begin_value(json, key);
        fprintf(json->to, "%" G_GINT64_FORMAT, (gint64) number);
}

void json_tenths(struct json *json, const char *key, int64_t tenths)
{
        begin_value(json, key);
        if (tenths < 0)
                fputs("null", json->to);
        else
                fprintf(json->to, "%" G_GINT64_FORMAT ".%d", (gint64) (tenths / 10), (int) (tenths % 10));
}

void json_flag(struct json *json, const char *key, bool flag)
{
        begin_value(json, key);
        fputs(flag ? "true" : "false", json->to);
}
