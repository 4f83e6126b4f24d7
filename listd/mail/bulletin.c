/* bulletin.c - a page of headings, paragraphs, numbers and bars, as plain text and as HTML
 * Gives:  what bulletin.h lists
 * Fails:  never
 * The HTML is written by libxml2, so that nothing in a text can become markup. It is a table for old mail programs, has no picture, and
 * a bar is a table cell with a colour. */
#include "mail/bulletin.h"

#include <glib.h>
#include <libxml/xmlwriter.h>
#include <string.h>

#include "mail/layout.h"

enum {
        LABEL_COLUMNS = 34,
        VALUE_COLUMNS = 9,
        BAR_COLUMNS = 24,
        PAGE_MAX = 256 * 1024, /* octets of a page as text */
        ITEMS_MAX = 400,
        TREND_MAX = 12
};

enum kind { HEADING, PARAGRAPH, LINES, FACT, BAR, TREND, LINK };

struct item {
        enum kind kind;
        bool is_urgent;
        char *label, *value, *more;
        int64_t number, most;
        int64_t numbers[TREND_MAX];
        int count;
};

struct bulletin {
        char *title, *lang;
        GPtrArray *items; /* struct item */
};

static void item_free(void *data)
{
        struct item *item = data;
        g_free(item->label);
        g_free(item->value);
        g_free(item->more);
        g_free(item);
}

struct bulletin *bulletin_new(const char *title, const char *lang)
{
        struct bulletin *bulletin = g_new0(struct bulletin, 1);
        bulletin->title = g_strdup(title);
        bulletin->lang = g_strdup(lang);
        bulletin->items = g_ptr_array_new_with_free_func(item_free);
        return bulletin;
}

void bulletin_free(struct bulletin *bulletin)
{
        if (!bulletin)
                return;
        g_free(bulletin->title);
        g_free(bulletin->lang);
        g_ptr_array_unref(bulletin->items);
        g_free(bulletin);
}

/* What is beyond the ceiling is not there; NULL then. */
static struct item *add(struct bulletin *bulletin, enum kind kind, const char *label)
{
        if (bulletin->items->len == ITEMS_MAX)
                return NULL;
        struct item *item = g_new0(struct item, 1);
        item->kind = kind;
        item->label = g_utf8_make_valid(label, -1);
        g_ptr_array_add(bulletin->items, item);
        return item;
}

void bulletin_heading(struct bulletin *bulletin, const char *text)
{
        add(bulletin, HEADING, text);
}

void bulletin_text(struct bulletin *bulletin, const char *text, bool is_urgent)
{
        struct item *item = add(bulletin, PARAGRAPH, text);
        if (item)
                item->is_urgent = is_urgent;
}

void bulletin_lines(struct bulletin *bulletin, const char *text)
{
        add(bulletin, LINES, text);
}

void bulletin_fact(struct bulletin *bulletin, const char *label, const char *value, const char *more)
{
        struct item *item = add(bulletin, FACT, label);
        if (!item)
                return;
        item->value = g_utf8_make_valid(value, -1);
        item->more = more ? g_utf8_make_valid(more, -1) : NULL;
}

static char *number_text(int64_t number)
{
        return g_strdup_printf("%" G_GINT64_FORMAT, (gint64) number);
}

void bulletin_bar(struct bulletin *bulletin, const char *label, int64_t number, int64_t most)
{
        struct item *item = add(bulletin, BAR, label);
        if (!item)
                return;
        item->value = number_text(number);
        item->number = CLAMP(number, 0, MAX(most, 0));
        item->most = most;
}

void bulletin_trend(struct bulletin *bulletin, const char *label, const int64_t *numbers, int count)
{
        struct item *item = count > 0 ? add(bulletin, TREND, label) : NULL;
        if (!item)
                return;
        item->count = MIN(count, TREND_MAX);
        for (int i = 0; i < item->count; i++) {
                item->numbers[i] = MAX(0, numbers[count - item->count + i]);
                item->most = MAX(item->most, item->numbers[i]);
        }
        item->value = number_text(item->numbers[item->count - 1]);
}

void bulletin_link(struct bulletin *bulletin, const char *text, const char *href)
{
        struct item *item = g_str_has_prefix(href, "mailto:") ? add(bulletin, LINK, text) : NULL;
        if (item)
                item->value = g_strdup(href);
}

/* --- as text ---------------------------------------------------------------------------------------------- */

static size_t columns_of(const char *text)
{
        size_t columns = 0;
        for (const char *at = text; *at; at = g_utf8_next_char(at)) {
                const gunichar c = g_utf8_get_char(at);
                columns += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
        }
        return columns;
}

static void append_repeated(GString *out, const char *text, size_t times)
{
        for (size_t i = 0; i < times; i++)
                g_string_append(out, text);
}

static void append_paragraph(GString *out, const char *text, const char *first)
{
        struct layout *layout = layout_new(PAGE_MAX);
        char *rest = g_strnfill(columns_of(first), ' ');
        layout_indent(layout, first, rest);
        layout_text(layout, text, strlen(text), false);
        GString *lines = layout_end(layout);
        g_string_append_len(out, lines->str, (gssize) lines->len);
        g_string_free(lines, TRUE);
        g_free(rest);
}

/* Blocks of an eighth, so that small differences are seen; in charsets that have none, squares. */
static void append_blocks(GString *out, const struct item *item, bool is_plain)
{
        static const char *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
        enum { WIDE_COLUMNS = BAR_COLUMNS / 2, EIGHTHS = 8 };
        if (item->most <= 0)
                return;
        if (is_plain) {
                append_repeated(out, "■", (size_t) ((item->number * WIDE_COLUMNS + item->most - 1) / item->most));
                return;
        }
        const int64_t length = (item->number * BAR_COLUMNS * EIGHTHS + item->most - 1) / item->most;
        append_repeated(out, "█", (size_t) (length / EIGHTHS));
        g_string_append(out, eighths[length % EIGHTHS]);
}

static void append_columns(GString *out, const struct item *item, bool is_plain)
{
        static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
        const int64_t top = (int64_t) G_N_ELEMENTS(blocks) - 1;
        for (int i = 0; i < item->count; i++)
                if (is_plain)
                        g_string_append_printf(out, "%s%" G_GINT64_FORMAT, i ? " " : "", (gint64) item->numbers[i]);
                else
                        g_string_append(out, blocks[item->numbers[i] > 0 ? MAX(1, item->numbers[i] * top / item->most) : 0]);
}

static void append_line(GString *out, const struct item *item, bool is_plain)
{
        const size_t label = columns_of(item->label), value = columns_of(item->value);
        g_string_append_printf(out, "  %s", item->label);
        append_repeated(out, " ", label < LABEL_COLUMNS ? LABEL_COLUMNS - label : 1);
        append_repeated(out, " ", value < VALUE_COLUMNS ? VALUE_COLUMNS - value : 0);
        g_string_append(out, item->value);
        if (item->kind != FACT)
                g_string_append(out, "  ");
        if (item->kind == BAR)
                append_blocks(out, item, is_plain);
        else if (item->kind == TREND)
                append_columns(out, item, is_plain);
        else if (item->more)
                g_string_append_printf(out, "  %s", item->more);
        while (out->str[out->len - 1] == ' ')
                g_string_truncate(out, out->len - 1);
        g_string_append_c(out, '\n');
}

static bool is_line(const struct item *item)
{
        return item->kind == FACT || item->kind == BAR || item->kind == TREND;
}

char *bulletin_as_text(const struct bulletin *bulletin, bool is_plain)
{
        GString *out = g_string_new(NULL);
        for (guint i = 0; i < bulletin->items->len; i++) {
                const struct item *item = bulletin->items->pdata[i], *before = i ? bulletin->items->pdata[i - 1] : NULL;
                const bool has_gap = before && before->kind != HEADING && !(is_line(before) && is_line(item));
                if (has_gap)
                        g_string_append(out, item->kind == HEADING ? "\n\n" : "\n");
                if (item->kind == HEADING) {
                        g_string_append_printf(out, "%s\n", item->label);
                        append_repeated(out, "-", columns_of(item->label));
                        g_string_append_c(out, '\n');
                } else if (is_line(item)) {
                        append_line(out, item, is_plain);
                } else if (item->kind == LINES) {
                        g_string_append_printf(out, "%s%s", item->label, g_str_has_suffix(item->label, "\n") ? "" : "\n");
                } else {
                        append_paragraph(out, item->label, item->is_urgent ? "* " : "  ");
                        if (item->kind == LINK)
                                g_string_append_printf(out, "  %s\n", item->value);
                }
        }
        return g_string_free(out, FALSE);
}

/* --- as HTML -------------------------------------------------------------------------------------------------- */

static const char STYLE[] = "body{margin:0;padding:0;background:#eef1f4}"
                            "@media(prefers-color-scheme:dark){body,.page{background:#15191e!important}"
                            ".card{background:#1f252c!important;border-color:#333c46!important}"
                            ".ink{color:#e6eaee!important}.soft{color:#9aa7b4!important}.line{border-color:#333c46!important}"
                            ".track{background:#2c353f!important}.note{background:#3a2f14!important;color:#f3dfae!important}}";

#define FONT "font-family:-apple-system,'Segoe UI',Roboto,'Hiragino Sans','Noto Sans CJK JP',Meiryo,sans-serif;"


/* One attribute after the other, up to NULL: name, value. */
static void open_tag(xmlTextWriter *writer, const char *name, ...) G_GNUC_NULL_TERMINATED;

static void open_tag(xmlTextWriter *writer, const char *name, ...)
{
        va_list args;
        xmlTextWriterStartElement(writer, (const xmlChar *) name);
        va_start(args, name);
        for (const char *attribute = va_arg(args, const char *); attribute; attribute = va_arg(args, const char *))
                xmlTextWriterWriteAttribute(writer, (const xmlChar *) attribute, (const xmlChar *) va_arg(args, const char *));
        va_end(args);
}

static void close_tag(xmlTextWriter *writer)
{
        xmlTextWriterFullEndElement(writer);
}

static void put_text(xmlTextWriter *writer, const char *text)
{
        xmlTextWriterWriteString(writer, (const xmlChar *) text);
}

static void put_head(xmlTextWriter *writer, const struct bulletin *bulletin)
{
        open_tag(writer, "head", NULL);
        open_tag(writer, "meta", "charset", "utf-8", NULL);
        xmlTextWriterEndElement(writer);
        open_tag(writer, "meta", "name", "viewport", "content", "width=device-width", NULL);
        xmlTextWriterEndElement(writer);
        open_tag(writer, "meta", "name", "color-scheme", "content", "light dark", NULL);
        xmlTextWriterEndElement(writer);
        open_tag(writer, "title", NULL);
        put_text(writer, bulletin->title);
        close_tag(writer);
        open_tag(writer, "style", NULL);
        xmlTextWriterWriteRaw(writer, (const xmlChar *) STYLE); /* ours, and without a character that HTML minds */
        close_tag(writer);
        close_tag(writer);
}

static void put_track(xmlTextWriter *writer, const struct item *item)
{
        const int percent = item->most > 0 ? (int) (item->number * 100 / item->most) : 0;
        char *width = g_strdup_printf("%d%%", MAX(percent, item->number > 0 ? 2 : 0));
        open_tag(writer, "table", "role", "presentation", "class", "track", "cellpadding", "0", "cellspacing", "0", "width", "100%",
                 "style", "background:#eef1f4;border-radius:3px", NULL);
        open_tag(writer, "tr", NULL);
        if (item->number > 0) {
                open_tag(writer, "td", "width", width, "height", "10", "style", "background:#3b6ea5;border-radius:3px;font-size:1px", NULL);
                put_text(writer, "\u00a0");
                close_tag(writer);
        }
        open_tag(writer, "td", "height", "10", "style", "font-size:1px", NULL);
        put_text(writer, "\u00a0");
        close_tag(writer);
        close_tag(writer);
        close_tag(writer);
        g_free(width);
}

static void put_columns(xmlTextWriter *writer, const struct item *item)
{
        enum { TALLEST = 28 };
        open_tag(writer, "table", "role", "presentation", "cellpadding", "0", "cellspacing", "0", NULL);
        open_tag(writer, "tr", NULL);
        for (int i = 0; i < item->count; i++) {
                const int height = item->most > 0 ? (int) (item->numbers[i] * TALLEST / item->most) : 0;
                const bool is_last = i == item->count - 1;
                char *style = g_strdup_printf("width:9px;height:%dpx;background:%s;font-size:1px;border-radius:2px 2px 0 0", MAX(height, 2),
                                              item->numbers[i] == 0 ? "#cdd5dd" : is_last ? "#3b6ea5" : "#8fb0d1");
                open_tag(writer, "td", "valign", "bottom", "style", "padding-right:3px", NULL);
                open_tag(writer, "div", "style", style, NULL);
                put_text(writer, "\u00a0");
                close_tag(writer);
                close_tag(writer);
                g_free(style);
        }
        close_tag(writer);
        close_tag(writer);
}

#define CELL "padding:7px 0;border-top:1px solid #e3e8ed;" FONT "font-size:15px;line-height:1.35;"

static void put_row(xmlTextWriter *writer, const struct item *item)
{
        open_tag(writer, "tr", NULL);
        open_tag(writer, "td", "class", "ink line", "valign", "middle", "width", "44%", "style", CELL "color:#25313d", NULL);
        put_text(writer, item->label);
        close_tag(writer);
        open_tag(writer, "td", "class", "ink line", "align", "right", "valign", "middle", "width", "18%", "style",
                 CELL "color:#25313d;font-weight:600", NULL);
        put_text(writer, item->value);
        close_tag(writer);
        open_tag(writer, "td", "class", "soft line", "valign", "middle", "width", "38%", "style",
                 CELL "color:#5c6b7a;font-size:13px;padding-left:14px", NULL);
        if (item->kind == BAR)
                put_track(writer, item);
        else if (item->kind == TREND)
                put_columns(writer, item);
        else
                put_text(writer, item->more ? item->more : "\u00a0");
        close_tag(writer);
        close_tag(writer);
}

static void put_rows(xmlTextWriter *writer, const struct bulletin *bulletin, guint *i)
{
        open_tag(writer, "table", "role", "presentation", "cellpadding", "0", "cellspacing", "0", "width", "100%", "style",
                 "border-collapse:collapse;table-layout:fixed;margin:6px 0 12px", NULL);
        for (; *i < bulletin->items->len && is_line(bulletin->items->pdata[*i]); ++*i)
                put_row(writer, bulletin->items->pdata[*i]);
        close_tag(writer);
}

static void put_item(xmlTextWriter *writer, const struct item *item)
{
        static const char note[] = "margin:8px 0;padding:10px 14px;background:#fff5d9;border-radius:6px;color:#5a4300;" FONT
                                   "font-size:15px;line-height:1.5";
        static const char plain[] = "margin:8px 0;color:#3a4755;" FONT "font-size:15px;line-height:1.55";
        if (item->kind == HEADING) {
                open_tag(writer, "h2", "class", "ink", "style",
                         "margin:26px 0 8px;" FONT "font-size:17px;font-weight:700;color:#16202a", NULL);
                put_text(writer, item->label);
        } else if (item->kind == LINES) {
                open_tag(writer, "p", "class", "ink", "style",
                         "margin:12px 0 0;white-space:pre-wrap;color:#25313d;" FONT "font-size:15px;line-height:1.55", NULL);
                put_text(writer, item->label);
        } else if (item->kind == LINK) {
                open_tag(writer, "p", "style", plain, NULL);
                open_tag(writer, "a", "href", item->value, "style", "color:#3b6ea5", NULL);
                put_text(writer, item->label);
                close_tag(writer);
        } else {
                open_tag(writer, "p", "class", item->is_urgent ? "note" : "ink", "style", item->is_urgent ? note : plain, NULL);
                put_text(writer, item->label);
        }
        close_tag(writer);
}

static void put_body(xmlTextWriter *writer, const struct bulletin *bulletin)
{
        open_tag(writer, "body", "class", "page", NULL);
        open_tag(writer, "table", "role", "presentation", "class", "page", "cellpadding", "0", "cellspacing", "0", "width", "100%", "style",
                 "background:#eef1f4", NULL);
        open_tag(writer, "tr", NULL);
        open_tag(writer, "td", "align", "center", "style", "padding:20px 10px", NULL);
        open_tag(writer, "table", "role", "presentation", "class", "card", "cellpadding", "0", "cellspacing", "0", "width", "100%", "style",
                 "max-width:640px;background:#ffffff;border:1px solid #dde3e9;border-radius:10px;text-align:left", NULL);
        open_tag(writer, "tr", NULL);
        open_tag(writer, "td", "style", "padding:22px 26px 26px", NULL);
        open_tag(writer, "h1", "class", "ink", "style", "margin:0 0 4px;" FONT "font-size:21px;line-height:1.3;color:#16202a", NULL);
        put_text(writer, bulletin->title);
        close_tag(writer);
        for (guint i = 0; i < bulletin->items->len;)
                if (is_line(bulletin->items->pdata[i]))
                        put_rows(writer, bulletin, &i);
                else
                        put_item(writer, bulletin->items->pdata[i++]);
        for (int i = 0; i < 7; i++)
                close_tag(writer);
}

char *bulletin_as_html(const struct bulletin *bulletin)
{
        xmlBuffer *buffer = xmlBufferCreate();
        xmlTextWriter *writer = xmlNewTextWriterMemory(buffer, 0);
        xmlTextWriterWriteRaw(writer, (const xmlChar *) "<!DOCTYPE html>\n");
        xmlTextWriterSetIndent(writer, 1); /* short lines, for mail */
        xmlTextWriterSetIndentString(writer, (const xmlChar *) "");
        open_tag(writer, "html", "lang", bulletin->lang, NULL);
        put_head(writer, bulletin);
        put_body(writer, bulletin);
        close_tag(writer);
        xmlFreeTextWriter(writer);
        char *html = g_strndup((const char *) xmlBufferContent(buffer), (gsize) xmlBufferLength(buffer));
        xmlBufferFree(buffer);
        return html;
}
