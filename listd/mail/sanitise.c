/* sanitise.c - HTML of mail with nothing in it but text and its form
 * Gives:     sanitise_html(), sanitise_append_text(), sanitise_document()
 * Standards: HTML 5 13.3 (escaping), CSS 2.1 4.3 (values), as far as the tables below let them through
 * What leaves is written anew: an element of ELEMENTS, an attribute of ATTRIBUTES with a value that its check knows, a
 * declaration of PROPERTIES without a parenthesis; all else is not known and does not leave. Nothing that is let through
 * loads: pictures become their words, and a link is an address of http or https that a person must follow.
 * Budgets:   those of tree.h; ITEMS_MAX, OUT_MAX. The walk does not recurse.
 * Addresses in "Anna wrote:" and footers of ours are found in lines of text (quote.h): so the text of the document is laid
 * out in lines first, and what a line becomes is put back where the line began. */
#include "mail/sanitise.h"

#include <stdlib.h>
#include <string.h>

#include "mail/links.h"
#include "mail/quote.h"
#include "mail/tree.h"

enum {
        ITEMS_MAX = 50000,
        OUT_MAX = 1024 * 1024,
        VALUE_MAX = 100, /* octets of an attribute or of a declaration */
        STYLE_MAX = 2000
};

/* --- elements ----------------------------------------------------------------------------- */

enum form { FORM_UNWRAP, FORM_DROP, FORM_INLINE, FORM_BLOCK, FORM_VOID, FORM_QUOTE, FORM_LINK, FORM_IMAGE };

/* What is not a row loses its tags and keeps its text. By name: it is searched by halves. */
static const struct element {
        const char *name;
        enum form form;
} ELEMENTS[] = {
        { "a", FORM_LINK },         { "abbr", FORM_INLINE },   { "address", FORM_BLOCK }, { "applet", FORM_DROP },
        { "audio", FORM_DROP },     { "b", FORM_INLINE },      { "big", FORM_INLINE },    { "blockquote", FORM_QUOTE },
        { "br", FORM_VOID },        { "canvas", FORM_DROP },   { "caption", FORM_BLOCK }, { "center", FORM_BLOCK },
        { "cite", FORM_INLINE },    { "code", FORM_INLINE },   { "dd", FORM_BLOCK },      { "del", FORM_INLINE },
        { "div", FORM_BLOCK },      { "dl", FORM_BLOCK },      { "dt", FORM_BLOCK },      { "em", FORM_INLINE },
        { "font", FORM_INLINE },    { "frameset", FORM_DROP },
        { "h1", FORM_BLOCK },       { "h2", FORM_BLOCK },      { "h3", FORM_BLOCK },      { "h4", FORM_BLOCK },
        { "h5", FORM_BLOCK },       { "h6", FORM_BLOCK },      { "head", FORM_DROP },     { "hr", FORM_VOID },
        { "i", FORM_INLINE },       { "iframe", FORM_DROP },   { "img", FORM_IMAGE },     { "ins", FORM_INLINE },
        { "kbd", FORM_INLINE },     { "li", FORM_BLOCK },      { "link", FORM_DROP },     { "mark", FORM_INLINE },
        { "math", FORM_DROP },      { "meta", FORM_DROP },     { "noembed", FORM_DROP },  { "noframes", FORM_DROP },
        { "noscript", FORM_DROP },  { "object", FORM_DROP },   { "ol", FORM_BLOCK },      { "p", FORM_BLOCK },
        { "plaintext", FORM_DROP }, { "pre", FORM_BLOCK },     { "q", FORM_INLINE },      { "rp", FORM_INLINE },
        { "rt", FORM_INLINE },      { "ruby", FORM_INLINE },   { "s", FORM_INLINE },      { "samp", FORM_INLINE },
        { "script", FORM_DROP },    { "select", FORM_DROP },   { "small", FORM_INLINE },  { "span", FORM_INLINE },
        { "strike", FORM_INLINE },  { "strong", FORM_INLINE }, { "style", FORM_DROP },    { "sub", FORM_INLINE },
        { "sup", FORM_INLINE },     { "svg", FORM_DROP },      { "table", FORM_BLOCK },   { "tbody", FORM_BLOCK },
        { "td", FORM_BLOCK },       { "template", FORM_DROP }, { "textarea", FORM_DROP }, { "tfoot", FORM_BLOCK },
        { "th", FORM_BLOCK },       { "thead", FORM_BLOCK },   { "title", FORM_DROP },    { "tr", FORM_BLOCK },
        { "tt", FORM_INLINE },      { "u", FORM_INLINE },      { "ul", FORM_BLOCK },      { "var", FORM_INLINE },
        { "video", FORM_DROP },     { "xmp", FORM_DROP },
};

static int compare_element(const void *name, const void *element)
{
        return strcmp(name, ((const struct element *) element)->name);
}

static const struct element *element_of(const xmlNode *node)
{
        static const struct element UNKNOWN = { "", FORM_UNWRAP };
        const struct element *found = bsearch(node->name, ELEMENTS, G_N_ELEMENTS(ELEMENTS), sizeof *ELEMENTS, compare_element);
        return found ? found : &UNKNOWN;
}

/* --- attributes ------------------------------------------------------------------------------- */

static bool is_of(const char *value, const char *characters)
{
        return *value && strlen(value) <= VALUE_MAX && value[strspn(value, characters)] == '\0';
}

static bool is_length(const char *value)
{
        return is_of(value, "0123456789.%");
}

static bool is_number(const char *value)
{
        return is_of(value, "0123456789");
}

static bool is_word(const char *value)
{
        return is_of(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
}

static bool is_color(const char *value)
{
        return is_word(*value == '#' ? value + 1 : value);
}

static bool is_face(const char *value)
{
        return is_of(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ,-");
}

/* The same on all elements. `style` and `href` are written by functions of their own. */
static const struct {
        const char *name;
        bool (*check)(const char *value);
} ATTRIBUTES[] = {
        { "align", is_word },        { "bgcolor", is_color },  { "border", is_length },  { "cellpadding", is_length },
        { "cellspacing", is_length }, { "color", is_color },   { "colspan", is_number }, { "dir", is_word },
        { "face", is_face },         { "height", is_length },  { "lang", is_word },      { "rowspan", is_number },
        { "size", is_word },         { "start", is_number },   { "type", is_word },      { "valign", is_word },
        { "width", is_length },
};

static void append_escaped(GString *out, const char *text, size_t length)
{
        for (const char *at = text; at < text + length; at++) {
                switch (*at) {
                case '&':
                        g_string_append(out, "&amp;");
                        break;
                case '<':
                        g_string_append(out, "&lt;");
                        break;
                case '>':
                        g_string_append(out, "&gt;");
                        break;
                case '"':
                        g_string_append(out, "&quot;");
                        break;
                case '\0':
                        break;
                default:
                        g_string_append_c(out, *at);
                }
        }
}

static void append_attribute(GString *out, const char *name, const char *value)
{
        g_string_append_printf(out, " %s=\"", name);
        append_escaped(out, value, strlen(value));
        g_string_append_c(out, '"');
}

/* --- styles ---------------------------------------------------------------------------------------- */

/* Whole names, and with a star what begins like it. */
static const char *const PROPERTIES[] = {
        "background-color", "border*", "color", "font-family", "font-size", "font-style", "font-weight", "letter-spacing", "line-height",
        "list-style-type", "margin*", "max-width", "padding*", "text-align", "text-decoration", "text-indent", "vertical-align",
        "white-space", "width", "word-break", "word-wrap", "overflow-wrap",
};

static bool is_property(const char *name)
{
        for (size_t i = 0; i < G_N_ELEMENTS(PROPERTIES); i++) {
                const size_t length = strlen(PROPERTIES[i]);
                const bool is_family = PROPERTIES[i][length - 1] == '*';
                if (is_family ? strncmp(name, PROPERTIES[i], length - 1) == 0 && !strstr(name, "image") : strcmp(name, PROPERTIES[i]) == 0)
                        return true;
        }
        return false;
}

/* No parenthesis but that of a color, so no url(); no backslash, so nothing that turns into one. */
static bool is_value(const char *value)
{
        static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 #%.,'-!";
        if (g_str_has_prefix(value, "rgb(") && g_str_has_suffix(value, ")"))
                return strlen(value) <= VALUE_MAX && strspn(value + 4, "0123456789,. %") == strlen(value) - 5;
        return is_of(value, plain);
}

static void append_style(GString *out, const char *style)
{
        GString *kept = g_string_new(NULL);
        char **declarations = strlen(style) <= STYLE_MAX ? g_strsplit(style, ";", -1) : g_new0(char *, 1);
        for (size_t i = 0; declarations[i]; i++) {
                char *value = strchr(declarations[i], ':');
                if (!value)
                        continue;
                *value++ = '\0';
                char *name = g_ascii_strdown(g_strstrip(declarations[i]), -1);
                if (is_property(name) && is_value(g_strstrip(value)))
                        g_string_append_printf(kept, "%s%s: %s", kept->len ? "; " : "", name, value);
                g_free(name);
        }
        if (kept->len)
                append_attribute(out, "style", kept->str);
        g_strfreev(declarations);
        g_string_free(kept, TRUE);
}

/* ` name="value"` of all that may leave. */
static char *attributes_of(const xmlNode *node)
{
        GString *out = g_string_new(NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(ATTRIBUTES); i++) {
                char *value = tree_attribute(node, ATTRIBUTES[i].name);
                if (value && ATTRIBUTES[i].check(value))
                        append_attribute(out, ATTRIBUTES[i].name, value);
                g_free(value);
        }
        char *style = tree_attribute(node, "style");
        if (style)
                append_style(out, style);
        g_free(style);
        return g_string_free(out, FALSE);
}

/* --- the document as items, and its text as lines ----------------------------------------------------- */

struct item {
        const struct element *element; /* NULL: text */
        bool is_end;
        char *text;    /* of a tag: its attributes; NULL: it has none, or is an end */
        size_t line;   /* where the text stands in */
};

struct walk {
        GArray *items;  /* struct item */
        GString *lines; /* each ends in LF */
        size_t line;    /* the one that is open */
        bool is_line_empty;
        unsigned quotes; /* that are open */
        GArray *sights; /* struct sight; of what is open */
        bool is_whole;
};

static void item_clear(void *item)
{
        g_free(((struct item *) item)->text);
}

static struct sight sight_of(const struct walk *walk)
{
        return g_array_index(walk->sights, struct sight, walk->sights->len - 1);
}

static void end_line(struct walk *walk)
{
        if (walk->is_line_empty)
                return;
        g_string_append_c(walk->lines, '\n');
        walk->line++;
        walk->is_line_empty = true;
}

/* Takes the text. */
static void add_item(struct walk *walk, const struct element *element, bool is_end, char *text)
{
        const struct item item = { element, is_end, text, walk->line };
        g_array_append_val(walk->items, item);
}

/* White space in the source is one blank, as it is shown; at the beginning of a line it is none. */
static char *collapsed(const char *text, bool begins_line)
{
        GString *out = g_string_new(NULL);
        for (const char *at = text; *at; at++) {
                const bool is_space = g_ascii_isspace(*at);
                if (!is_space && !g_ascii_iscntrl(*at))
                        g_string_append_c(out, *at);
                else if (is_space && (out->len ? out->str[out->len - 1] != ' ' : !begins_line))
                        g_string_append_c(out, ' ');
        }
        return g_string_free(out, FALSE);
}

static void begin_line(struct walk *walk)
{
        for (unsigned i = 0; walk->is_line_empty && i < walk->quotes; i++)
                g_string_append(walk->lines, "> ");
        walk->is_line_empty = false;
}

static void add_text(struct walk *walk, const char *text)
{
        char *shown = collapsed(text, walk->is_line_empty);
        if (!*shown) {
                g_free(shown);
                return;
        }
        begin_line(walk);
        g_string_append(walk->lines, shown);
        add_item(walk, NULL, false, shown);
}

/* Text of <pre>: each line is one. */
static void add_lines(struct walk *walk, const char *text)
{
        char **lines = g_strsplit(text, "\n", -1);
        for (size_t i = 0; lines[i]; i++) {
                if (i > 0) {
                        add_item(walk, NULL, false, g_strdup("\n"));
                        end_line(walk);
                }
                for (char *at = lines[i]; *at; at++)
                        if (g_ascii_iscntrl(*at))
                                *at = ' ';
                if (!*lines[i])
                        continue;
                begin_line(walk);
                g_string_append(walk->lines, lines[i]);
                add_item(walk, NULL, false, g_strdup(lines[i]));
        }
        g_strfreev(lines);
}

static void add_image(struct walk *walk, const xmlNode *node)
{
        char *alt = tree_attribute(node, "alt");
        if (alt && *alt && !tree_is_pixel(node)) {
                char *text = g_strdup_printf("[%s]", alt);
                add_text(walk, text);
                g_free(text);
        }
        g_free(alt);
}

static char *link_attributes(const xmlNode *node)
{
        char *href = tree_attribute(node, "href");
        char *address = href ? links_address(href) : NULL;
        GString *out = g_string_new(NULL);
        if (address) {
                append_attribute(out, "href", address);
                append_attribute(out, "rel", "noopener noreferrer");
        }
        g_free(address);
        g_free(href);
        return g_string_free(out, FALSE);
}

/* True: what is in it comes next, and close_element() is due. */
static bool open_element(struct walk *walk, const xmlNode *node)
{
        const struct element *element = element_of(node);
        struct sight sight = sight_of(walk);
        if (element->form == FORM_DROP || !tree_sight(&sight, node))
                return false;
        if (element->form == FORM_IMAGE) {
                if (!sight.is_invisible)
                        add_image(walk, node);
                return false;
        }
        if (element->form == FORM_BLOCK || element->form == FORM_QUOTE || element->form == FORM_VOID)
                end_line(walk);
        walk->quotes += element->form == FORM_QUOTE;
        if (element->form != FORM_UNWRAP)
                add_item(walk, element, false, element->form == FORM_LINK ? link_attributes(node) : attributes_of(node));
        if (element->form == FORM_VOID)
                return false;
        g_array_append_val(walk->sights, sight);
        return true;
}

static void close_element(struct walk *walk, const xmlNode *node)
{
        const struct element *element = element_of(node);
        g_array_set_size(walk->sights, walk->sights->len - 1);
        if (element->form == FORM_UNWRAP)
                return;
        add_item(walk, element, true, NULL);
        if (element->form == FORM_BLOCK || element->form == FORM_QUOTE)
                end_line(walk);
        walk->quotes -= element->form == FORM_QUOTE;
}

static bool is_as_is(const xmlNode *node)
{
        for (; node; node = node->parent)
                if (node->type == XML_ELEMENT_NODE && strcmp((const char *) node->name, "pre") == 0)
                        return true;
        return false;
}

static bool open_node(struct walk *walk, const xmlNode *node)
{
        const struct sight sight = sight_of(walk);
        if (node->type == XML_ELEMENT_NODE)
                return open_element(walk, node);
        if (node->type != XML_TEXT_NODE || sight.is_invisible || sight.is_tiny)
                return false;
        if (is_as_is(node->parent))
                add_lines(walk, (const char *) node->content);
        else
                add_text(walk, (const char *) node->content);
        return false;
}

static void walk_tree(struct walk *walk, const xmlDoc *tree)
{
        const xmlNode *node = tree->children;
        while (node) {
                const bool is_open = open_node(walk, node);
                if (walk->items->len > ITEMS_MAX) {
                        walk->is_whole = false;
                        return;
                }
                if (is_open && node->children) {
                        node = node->children;
                        continue;
                }
                if (is_open)
                        close_element(walk, node);
                while (node && !node->next) {
                        node = node->parent;
                        if (node->type == XML_ELEMENT_NODE)
                                close_element(walk, node);
                        else
                                node = NULL;
                }
                node = node ? node->next : NULL;
        }
}

/* --- writing -------------------------------------------------------------------------------------------------- */

/* What is written, and the elements in it that have no end yet. */
struct writer {
        GString *out;
        GPtrArray *open; /* struct element */
        unsigned as_is;  /* of them <pre>, where each line end counts */
        char **edits;    /* by line; NULL: it stays */
        char *told;      /* by line: its edit is written already */
};

/* White space of a line that became another text goes with it. */
static void write_text(struct writer *writer, const struct item *item)
{
        const char *edit = writer->edits[item->line];
        if (!edit || strcmp(item->text, "\n") == 0) {
                append_escaped(writer->out, item->text, strlen(item->text));
                return;
        }
        if (writer->told[item->line] || item->text[strspn(item->text, " ")] == '\0')
                return;
        append_escaped(writer->out, edit, strlen(edit));
        writer->told[item->line] = 1;
}

static bool is_pre(const struct element *element)
{
        return strcmp(element->name, "pre") == 0;
}

static void write_line_end(struct writer *writer)
{
        if (!writer->as_is)
                g_string_append_c(writer->out, '\n');
}

static void write_end_tag(struct writer *writer, const struct element *element)
{
        g_string_append_printf(writer->out, "</%s>", element->name);
        writer->as_is -= is_pre(element);
        if (element->form == FORM_BLOCK || element->form == FORM_QUOTE)
                write_line_end(writer);
}

/* An end of what is open. Elements of a tree end in the order in which they began. */
static void write_tag(struct writer *writer, const struct item *item)
{
        if (item->is_end) {
                write_end_tag(writer, item->element);
                g_ptr_array_set_size(writer->open, (gint) writer->open->len - 1);
                return;
        }
        /* a link in a line that became another text leads to what is gone */
        const bool is_gone = item->element->form == FORM_LINK && writer->edits[item->line];
        g_string_append_printf(writer->out, "<%s%s>", item->element->name, item->text && !is_gone ? item->text : "");
        if (item->element->form == FORM_VOID) {
                write_line_end(writer);
                return;
        }
        writer->as_is += is_pre(item->element);
        g_ptr_array_add(writer->open, (void *) item->element);
}

static bool write_items(struct writer *writer, const GArray *items)
{
        for (guint i = 0; i < items->len; i++) {
                const struct item *item = &g_array_index(items, struct item, i);
                if (writer->out->len > OUT_MAX)
                        return false;
                if (item->element)
                        write_tag(writer, item);
                else
                        write_text(writer, item);
        }
        return true;
}

static GString *write_all(const struct walk *walk, char **edits)
{
        struct writer writer = {
                .out = g_string_new(NULL),
                .open = g_ptr_array_new(),
                .edits = edits,
                .told = g_malloc0(walk->line + 1),
        };
        const bool is_whole = write_items(&writer, walk->items) && walk->is_whole;
        while (writer.open->len) {
                write_end_tag(&writer, writer.open->pdata[writer.open->len - 1]);
                g_ptr_array_set_size(writer.open, (gint) writer.open->len - 1);
        }
        if (!is_whole)
                g_string_append(writer.out, "<p>" TREE_SHORTENED "</p>\n");
        g_ptr_array_unref(writer.open);
        g_free(writer.told);
        return writer.out;
}

GString *sanitise_html(const struct quote *quote, const char *utf8, size_t length)
{
        struct walk walk = {
                .items = g_array_new(FALSE, FALSE, sizeof(struct item)),
                .lines = g_string_new(NULL),
                .is_line_empty = true,
                .sights = g_array_new(FALSE, TRUE, sizeof(struct sight)),
        };
        g_array_set_clear_func(walk.items, item_clear);
        g_array_set_size(walk.sights, 1);
        xmlDoc *tree = tree_read(utf8, length, &walk.is_whole);
        if (tree)
                walk_tree(&walk, tree);
        xmlFreeDoc(tree);
        end_line(&walk);
        char **edits = quote_edits(quote, walk.lines->str, walk.lines->len, walk.line + 1);
        GString *out = write_all(&walk, edits);
        for (size_t i = 0; i <= walk.line; i++)
                g_free(edits[i]);
        g_free(edits);
        g_array_unref(walk.sights);
        g_string_free(walk.lines, TRUE);
        g_array_unref(walk.items);
        return out;
}

/* --- around it --------------------------------------------------------------------------------------------------- */

void sanitise_append_text(GString *out, const char *utf8, size_t length)
{
        const char *end = utf8 + length;
        g_string_append(out, "<p>");
        for (const char *at = utf8; at < end;) {
                const char *line_end = memchr(at, '\n', (size_t) (end - at));
                const size_t line = line_end ? (size_t) (line_end - at) : (size_t) (end - at);
                append_escaped(out, at, line && at[line - 1] == '\r' ? line - 1 : line);
                at += line + 1;
                if (at < end)
                        g_string_append(out, "<br>\n");
        }
        g_string_append(out, "</p>\n");
}

GString *sanitise_document(const char *body, size_t length)
{
        GString *out = g_string_new("<!DOCTYPE html>\r\n<html><head><meta charset=\"utf-8\"></head><body>\r\n");
        for (size_t i = 0; i < length; i++) {
                if (body[i] == '\n' && (i == 0 || body[i - 1] != '\r'))
                        g_string_append_c(out, '\r');
                g_string_append_c(out, body[i]);
        }
        g_string_append(out, "</body></html>\r\n");
        return out;
}
