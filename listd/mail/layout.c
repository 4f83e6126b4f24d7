/* layout.c - paragraphs of text into lines of a mail
 * Gives:     what layout.h lists
 * Standards: RFC 5322 2.1.1 (78 columns); UAX 11 (wide characters, by GLib); JIS X 4051 (what may not begin or end a line,
 *            in its common part)
 * A paragraph is gathered whole and filled when it ends. East Asian text has no blanks, so a line may end beside any wide
 * character but those that cling to their neighbour. A word that is too long for a line (an address) stays whole. */
#include "mail/layout.h"

#include <string.h>

enum {
        INDENT_COLUMNS_MAX = 40, /* deeper levels are not indented further: there must be room for text */
        LEVEL_COLUMNS_MAX = 8
};

struct level {
        char first[LEVEL_COLUMNS_MAX + 1], rest[LEVEL_COLUMNS_MAX + 1];
        bool is_begun;
};

enum blank { BLANK_NONE, BLANK_LINE_END, BLANK_SPACE, BLANK_HARD };

struct layout {
        GString *out;
        GString *begun;    /* the paragraph; LF is a line break */
        GArray *levels;    /* struct level */
        size_t columns;    /* that all levels take */
        size_t ceiling;
        size_t visible;
        enum blank blank;  /* that stands behind the text and is not yet written */
        guint gap_levels;  /* the fewest levels since the last line */
        bool wants_gap, is_full;
        bool keeps_blanks; /* some of the paragraph is as it is: not to be filled */
};

struct layout *layout_new(size_t ceiling)
{
        struct layout *layout = g_new0(struct layout, 1);
        layout->out = g_string_new(NULL);
        layout->begun = g_string_new(NULL);
        layout->levels = g_array_new(FALSE, TRUE, sizeof(struct level));
        layout->ceiling = ceiling;
        return layout;
}

/* --- characters --------------------------------------------------------------------- */

static size_t width_of(gunichar c)
{
        return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

static bool is_joiner(gunichar c)
{
        return c == 0x200c || c == 0x200d;
}

/* Characters that show nothing; senders hide text behind them, mark it with them, or turn its direction. */
static bool is_unseen(gunichar c)
{
        return (g_unichar_iscntrl(c) && c != '\n' && c != '\t' && c != '\r' && c != '\f') || c == 0xad || c == 0x34f
               || c == 0x180e || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f)
               || c == 0xfeff || g_unichar_type(c) == G_UNICODE_UNASSIGNED || g_unichar_type(c) == G_UNICODE_SURROGATE;
}

static bool is_blank(gunichar c)
{
        return c < 0x80 ? c == ' ' || (c >= '\t' && c <= '\r') : c != 0x3000 && g_unichar_isspace(c);
}

static const char NOT_FIRST[] = "、。，．・：；？！ヽヾゝゞ々ー’”）〕］｝〉》」』】ぁぃぅぇぉっゃゅょァィゥェォッャュョ…‥,.:;?!)]}";
static const char NOT_LAST[] = "‘“（〔［｛〈《「『【([{";

static bool is_one_of(gunichar c, const char *set)
{
        return g_utf8_strchr(set, -1, c) != NULL;
}

static bool may_break_between(gunichar before, gunichar after)
{
        return (g_unichar_iswide(before) || g_unichar_iswide(after)) && width_of(after) > 0 && !is_one_of(before, NOT_LAST)
               && !is_one_of(after, NOT_FIRST);
}

/* --- lines ---------------------------------------------------------------------------- */

static void append_indent(struct layout *layout, guint levels, bool is_empty_line)
{
        for (guint i = 0; i < levels; i++) {
                struct level *level = &g_array_index(layout->levels, struct level, i);
                g_string_append(layout->out, level->is_begun || is_empty_line ? level->rest : level->first);
                level->is_begun = level->is_begun || !is_empty_line;
        }
}

static void end_line(struct layout *layout)
{
        GString *out = layout->out;
        while (out->len && out->str[out->len - 1] == ' ')
                g_string_truncate(out, out->len - 1);
        g_string_append_c(out, '\n');
}

static void append_line(struct layout *layout, const char *text, size_t length)
{
        if (layout->out->len + length >= layout->ceiling)
                layout->is_full = true;
        if (layout->is_full)
                return;
        if (layout->wants_gap && layout->out->len) {
                append_indent(layout, layout->gap_levels, true);
                end_line(layout);
        }
        layout->wants_gap = false;
        append_indent(layout, layout->levels->len, false);
        layout->gap_levels = layout->levels->len;
        g_string_append_len(layout->out, text, (gssize) length);
        end_line(layout);
}

/* How many octets of `text` fit a line of `room` columns, or make up a word that fits none; and where the next begins. */
static size_t fill_line(const char *text, const char *end, size_t room, const char **ret_next)
{
        const char *fits = NULL; /* the last place to end the line at */
        size_t columns = 0;
        gunichar before = 0;
        for (const char *at = text; at < end && !(fits && columns > room); at = g_utf8_next_char(at)) {
                const gunichar c = g_utf8_get_char(at);
                const bool is_place = at > text && (c == ' ' || may_break_between(before, c));
                if (is_place && (columns <= room || !fits)) {
                        fits = at;
                        *ret_next = c == ' ' ? at + 1 : at;
                }
                columns += width_of(c);
                before = c;
        }
        if (columns > room && fits)
                return (size_t) (fits - text);
        *ret_next = end;
        return (size_t) (end - text);
}

/* --- paragraphs ------------------------------------------------------------------------- */

static void append_filled(struct layout *layout, const char *line, const char *end)
{
        const char *next;
        for (const char *at = line; at < end; at = next) {
                const size_t length = fill_line(at, end, LAYOUT_COLUMNS - layout->columns, &next);
                append_line(layout, at, length);
        }
}

/* An empty line in running text is a gap, however many there are; in text that is as it is it stays what it is. */
static void append_paragraph(struct layout *layout, const char *text, const char *end)
{
        const char *next;
        for (const char *line = text; line < end && !layout->is_full; line = next) {
                const char *line_end = memchr(line, '\n', (size_t) (end - line));
                line_end = line_end ? line_end : end;
                next = MIN(line_end + 1, end);
                if (layout->keeps_blanks)
                        append_line(layout, line, (size_t) (line_end - line));
                else if (line == line_end)
                        layout->wants_gap = true;
                else
                        append_filled(layout, line, line_end);
        }
}

void layout_paragraph(struct layout *layout, bool gap)
{
        GString *begun = layout->begun;
        const char *text = begun->str, *end = begun->str + begun->len;
        while (end > text && end[-1] == '\n') /* what ends the last line does not begin another */
                end--;
        while (layout->keeps_blanks && text < end && *text == '\n')
                text++;
        if (text == end && (begun->len || layout->blank == BLANK_HARD))
                layout->wants_gap = true;
        append_paragraph(layout, text, end);
        layout->wants_gap = layout->wants_gap || gap;
        layout->keeps_blanks = false;
        layout->blank = BLANK_NONE;
        g_string_truncate(begun, 0);
}

static gunichar last_of(const GString *text)
{
        return text->len ? g_utf8_get_char(g_utf8_prev_char(text->str + text->len)) : '\n';
}

/* A line end of the source between two wide characters is none of the text's: there are no blanks to write there. */
static void append_blank(struct layout *layout, gunichar after)
{
        const gunichar before = last_of(layout->begun);
        const bool is_inside = layout->blank == BLANK_LINE_END && g_unichar_iswide(before) && g_unichar_iswide(after);
        if (layout->blank != BLANK_NONE && before != '\n' && !is_inside)
                g_string_append_c(layout->begun, ' ');
        layout->blank = BLANK_NONE;
}

static void append_character(struct layout *layout, gunichar c)
{
        append_blank(layout, c);
        g_string_append_unichar(layout->begun, c);
        layout->visible++;
}

/* The strongest of the blanks that follow each other says what they are. */
static void note_blank(struct layout *layout, gunichar c)
{
        const enum blank blank = c == 0xa0 ? BLANK_HARD : c == '\n' || c == '\r' ? BLANK_LINE_END : BLANK_SPACE;
        layout->blank = MAX(layout->blank, blank);
}

static void append_as_is(struct layout *layout, gunichar c)
{
        layout->keeps_blanks = true;
        if (c == '\n' || c == '\t')
                g_string_append_c(layout->begun, (char) c);
        else if (is_blank(c) && c != '\r')
                g_string_append_c(layout->begun, ' ');
        else if (c != '\r')
                append_character(layout, c);
}

void layout_text(struct layout *layout, const char *text, size_t length, bool as_is)
{
        for (const char *at = text; at < text + length; at = g_utf8_next_char(at)) {
                const gunichar c = g_utf8_get_char(at);
                if (is_joiner(c) ? !layout->begun->len || layout->blank != BLANK_NONE || is_blank(last_of(layout->begun)) : is_unseen(c))
                        continue;
                if (as_is)
                        append_as_is(layout, c);
                else if (is_blank(c))
                        note_blank(layout, c);
                else
                        append_character(layout, c);
        }
}

void layout_line_break(struct layout *layout)
{
        layout->blank = BLANK_NONE;
        g_string_append_c(layout->begun, '\n');
}

/* --- levels --------------------------------------------------------------------------------- */

void layout_indent(struct layout *layout, const char *first, const char *rest)
{
        struct level level = { .is_begun = false };
        if (layout->columns + strlen(rest) <= INDENT_COLUMNS_MAX) {
                g_strlcpy(level.first, first, sizeof level.first);
                g_strlcpy(level.rest, rest, sizeof level.rest);
        }
        layout->columns += strlen(level.rest);
        g_array_append_val(layout->levels, level);
}

void layout_outdent(struct layout *layout)
{
        const guint last = layout->levels->len - 1;
        layout->columns -= strlen(g_array_index(layout->levels, struct level, last).rest);
        g_array_set_size(layout->levels, last);
        layout->gap_levels = MIN(layout->gap_levels, last);
}

/* --- all of it --------------------------------------------------------------------------------- */

size_t layout_visible(const struct layout *layout)
{
        return layout->visible;
}

bool layout_is_full(const struct layout *layout)
{
        return layout->is_full;
}

GString *layout_end(struct layout *layout)
{
        layout_paragraph(layout, false);
        GString *out = layout->out;
        g_string_free(layout->begun, TRUE);
        g_array_unref(layout->levels);
        g_free(layout);
        return out;
}
