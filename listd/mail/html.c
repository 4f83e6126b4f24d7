/* html.c - HTML of mail as text
 * Gives:     html_to_text()
 * Standards: HTML 4.01 and what mail programs write
 * Budgets:   TEXT_MAX, and those of tree.h. Where one ends the text, it says so (leaks X10). The walk does not recurse. */
#include "mail/html.h"

#include <stdlib.h>

#include "mail/layout.h"
#include "mail/links.h"
#include "mail/tree.h"

enum {
        TEXT_MAX = 256 * 1024,
        LINK_TEXT_MAX = 1024,
        CELL_MAX = 60, /* octets of a text in a cell of a table that is shown in rows */
        RULE_COLUMNS = 40
};

/* --- elements ------------------------------------------------------------------------- */

enum role { ROLE_INLINE, ROLE_DROP, ROLE_BLOCK, ROLE_BREAK, ROLE_RULE, ROLE_IMAGE, ROLE_LINK, ROLE_LIST, ROLE_ITEM,
            ROLE_INDENT, ROLE_QUOTE, ROLE_PRE, ROLE_TABLE, ROLE_ROW, ROLE_CELL };

/* What is not a row is inline. By name: it is searched by halves. */
static const struct element {
        const char *name;
        enum role role;
        bool gap; /* an empty line before and after it */
} ELEMENTS[] = {
        { "a", ROLE_LINK },                   { "address", ROLE_BLOCK },            { "applet", ROLE_DROP },
        { "article", ROLE_BLOCK, true },      { "aside", ROLE_BLOCK, true },        { "audio", ROLE_DROP },
        { "blockquote", ROLE_QUOTE, true },   { "body", ROLE_BLOCK },               { "br", ROLE_BREAK },
        { "canvas", ROLE_DROP },              { "caption", ROLE_BLOCK, true },      { "center", ROLE_BLOCK },
        { "dd", ROLE_INDENT },                { "dir", ROLE_LIST, true },           { "div", ROLE_BLOCK },
        { "dl", ROLE_BLOCK, true },           { "dt", ROLE_BLOCK },                 { "fieldset", ROLE_BLOCK, true },
        { "figcaption", ROLE_BLOCK },         { "figure", ROLE_BLOCK, true },       { "footer", ROLE_BLOCK, true },
        { "form", ROLE_BLOCK },               { "h1", ROLE_BLOCK, true },           { "h2", ROLE_BLOCK, true },
        { "h3", ROLE_BLOCK, true },           { "h4", ROLE_BLOCK, true },           { "h5", ROLE_BLOCK, true },
        { "h6", ROLE_BLOCK, true },           { "header", ROLE_BLOCK, true },       { "hr", ROLE_RULE, true },
        { "html", ROLE_BLOCK },               { "iframe", ROLE_DROP },              { "img", ROLE_IMAGE },
        { "li", ROLE_ITEM },                  { "main", ROLE_BLOCK },               { "menu", ROLE_LIST, true },
        { "nav", ROLE_BLOCK, true },          { "noframes", ROLE_DROP },            { "object", ROLE_DROP },
        { "ol", ROLE_LIST, true },            { "p", ROLE_BLOCK, true },            { "pre", ROLE_PRE, true },
        { "script", ROLE_DROP },              { "section", ROLE_BLOCK, true },      { "select", ROLE_DROP },
        { "style", ROLE_DROP },               { "svg", ROLE_DROP },                 { "table", ROLE_TABLE, true },
        { "td", ROLE_CELL, true },            { "template", ROLE_DROP },            { "textarea", ROLE_DROP },
        { "th", ROLE_CELL, true },            { "title", ROLE_DROP },               { "tr", ROLE_ROW },
        { "ul", ROLE_LIST, true },            { "video", ROLE_DROP },
};

static int compare_element(const void *name, const void *element)
{
        return strcmp(name, ((const struct element *) element)->name);
}

static const struct element *element_of(const xmlNode *node)
{
        static const struct element INLINE = { "", ROLE_INLINE };
        const struct element *found = bsearch(node->name, ELEMENTS, G_N_ELEMENTS(ELEMENTS), sizeof *ELEMENTS, compare_element);
        return found ? found : &INLINE;
}

/* --- the walk: what it knows --------------------------------------------------------------- */

/* An element that is open. */
struct frame {
        const struct element *element;
        struct sight sight;
        bool is_as_is;      /* within <pre> */
        bool is_data;       /* within a table that is shown in rows */
        bool is_in_row;     /* of such a table: nothing there begins a line */
        bool is_ordered;    /* of a list */
        unsigned counter;   /* of a list: the next number; of a row: cells so far */
        char *link;         /* its address; NULL: none to be shown */
        size_t visible;     /* before it */
};

struct walk {
        struct layout *layout;
        GArray *frames; /* struct frame; the first is none of an element */
        unsigned lists; /* that are open */
        struct links *links; /* for the end */
        GString *link_text; /* of the link that is open */
};

static struct frame *frame_at(const struct walk *walk, guint from_the_last)
{
        return &g_array_index(walk->frames, struct frame, walk->frames->len - 1 - from_the_last);
}

static void write_text(struct walk *walk, const char *text, size_t length)
{
        layout_text(walk->layout, text, length, frame_at(walk, 0)->is_as_is);
        if (walk->link_text->len < LINK_TEXT_MAX)
                g_string_append_len(walk->link_text, text, (gssize) length);
}

static void write_ours(struct walk *walk, const char *text)
{
        layout_text(walk->layout, text, strlen(text), false);
}

static void end_paragraph(struct walk *walk, const struct frame *frame, bool gap)
{
        if (frame->is_in_row)
                write_ours(walk, " ");
        else
                layout_paragraph(walk->layout, gap);
}

/* --- links ------------------------------------------------------------------------------------- */

/* The address of a link, if it is one to show. */
static char *link_of(const xmlNode *node)
{
        char *href = tree_attribute(node, "href");
        char *address = href ? links_address(href) : NULL;
        g_free(href);
        return address;
}

static void close_link(struct walk *walk, const struct frame *frame)
{
        if (!frame->link || layout_visible(walk->layout) == frame->visible || links_say_the_same(walk->link_text->str, frame->link))
                return;
        const unsigned number = links_number(walk->links, frame->link);
        if (!number)
                return;
        char *mark = g_strdup_printf(" [%u]", number);
        write_ours(walk, mark);
        g_free(mark);
}

static void write_links(struct walk *walk)
{
        const guint count = links_count(walk->links);
        layout_paragraph(walk->layout, true);
        for (guint number = 1; number <= count; number++) {
                char *line = g_strdup_printf("[%u] %s", number, links_get(walk->links, number));
                layout_text(walk->layout, line, strlen(line), true);
                layout_paragraph(walk->layout, false);
                g_free(line);
        }
}

/* --- pictures ------------------------------------------------------------------------------------ */

/* Names of files and of places say nothing to a reader. */
static bool is_meaningful(const char *alt)
{
        static const char *const SUFFIXES[] = { ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".svg", ".webp" };
        static const char *const PREFIXES[] = { "cid:", "http://", "https://", "data:" };
        bool found = *alt != '\0';
        char *lower = g_ascii_strdown(alt, -1);
        for (size_t i = 0; i < G_N_ELEMENTS(SUFFIXES); i++)
                found = found && !g_str_has_suffix(lower, SUFFIXES[i]);
        for (size_t i = 0; i < G_N_ELEMENTS(PREFIXES); i++)
                found = found && !g_str_has_prefix(lower, PREFIXES[i]);
        g_free(lower);
        return found;
}

/* A letter or two is a picture of them, as of a smiley. */
static void write_image(struct walk *walk, const xmlNode *node)
{
        enum { LETTERS_MAX = 2 };
        char *alt = tree_attribute(node, "alt");
        if (alt && is_meaningful(alt) && !tree_is_pixel(node)) {
                const bool is_letter = g_utf8_strlen(alt, -1) <= LETTERS_MAX;
                char *text = is_letter ? g_strdup(alt) : g_strdup_printf("[%s]", alt);
                write_text(walk, text, strlen(text));
                g_free(text);
        }
        g_free(alt);
}

/* --- tables ---------------------------------------------------------------------------------------- */

/* The next node of the tree under `top`, in its order; NULL: that was the last. */
static const xmlNode *next_under(const xmlNode *top, const xmlNode *node)
{
        if (node->children && node->type == XML_ELEMENT_NODE)
                return node->children;
        while (node != top && !node->next)
                node = node->parent;
        return node == top ? NULL : node->next;
}

static bool may_stand_in_row(const xmlNode *node)
{
        if (node->type == XML_TEXT_NODE)
                return strlen((const char *) node->content) <= CELL_MAX;
        switch (node->type == XML_ELEMENT_NODE ? element_of(node)->role : ROLE_INLINE) {
        case ROLE_TABLE:
        case ROLE_LIST:
        case ROLE_QUOTE:
        case ROLE_PRE:
        case ROLE_RULE:
                return false;
        default:
                return true;
        }
}

static unsigned cells_of(const xmlNode *row)
{
        unsigned cells = 0;
        for (const xmlNode *node = row->children; node; node = node->next)
                cells += node->type == XML_ELEMENT_NODE && element_of(node)->role == ROLE_CELL;
        return cells;
}

/* Whether a table is one, of short entries in rows and columns; most tables in mail only put things beside each other. */
static bool is_data_table(const xmlNode *table)
{
        unsigned rows = 0;
        for (const xmlNode *node = next_under(table, table); node; node = next_under(table, node)) {
                if (!may_stand_in_row(node))
                        return false;
                if (node->type == XML_ELEMENT_NODE && element_of(node)->role == ROLE_ROW)
                        rows += cells_of(node) > 1;
        }
        return rows > 1;
}

/* --- opening and closing ------------------------------------------------------------------------------ */

static void open_item(struct walk *walk, struct frame *list)
{
        if (!list->is_ordered) {
                layout_indent(walk->layout, "* ", "  ");
                return;
        }
        char *marker = g_strdup_printf("%u. ", list->counter++);
        char *blanks = g_strnfill(strlen(marker), ' ');
        layout_indent(walk->layout, marker, blanks);
        g_free(blanks);
        g_free(marker);
}

static void open_list(struct walk *walk, struct frame *frame, const xmlNode *node)
{
        frame->is_ordered = strcmp(frame->element->name, "ol") == 0;
        frame->counter = (unsigned) tree_number(node, "start", 1);
        walk->lists++;
}

/* In front of an element's content, its paragraph begun. */
static void open_content(struct walk *walk, const xmlNode *node)
{
        struct frame *frame = frame_at(walk, 0), *outer = frame_at(walk, 1);
        switch (frame->element->role) {
        case ROLE_LINK:
                frame->link = link_of(node);
                g_string_truncate(walk->link_text, 0);
                break;
        case ROLE_LIST:
                open_list(walk, frame, node);
                break;
        case ROLE_ITEM:
                open_item(walk, outer);
                break;
        case ROLE_INDENT:
                layout_indent(walk->layout, "    ", "    ");
                break;
        case ROLE_QUOTE:
                layout_indent(walk->layout, "> ", "> ");
                break;
        case ROLE_PRE:
                frame->is_as_is = true;
                break;
        case ROLE_TABLE:
                frame->is_data = is_data_table(node);
                break;
        case ROLE_ROW:
                frame->is_in_row = frame->is_data;
                break;
        case ROLE_CELL:
                if (frame->is_in_row && outer->counter++ > 0)
                        write_ours(walk, " | ");
                break;
        default:
                break;
        }
}

static bool is_paragraph(const struct element *element)
{
        return element->role != ROLE_INLINE && element->role != ROLE_LINK;
}

static bool has_gap(const struct walk *walk, const struct element *element)
{
        return element->gap && !(element->role == ROLE_LIST && walk->lists > 0);
}

static void write_leaf(struct walk *walk, const struct frame *frame, enum role role, const xmlNode *node)
{
        if (role == ROLE_IMAGE) {
                write_image(walk, node);
        } else if (role == ROLE_BREAK && !frame->is_in_row) {
                layout_line_break(walk->layout);
        } else if (role == ROLE_BREAK) {
                write_ours(walk, " ");
        } else if (role == ROLE_RULE) {
                char *rule = g_strnfill(RULE_COLUMNS, '-');
                end_paragraph(walk, frame, true);
                write_ours(walk, rule);
                end_paragraph(walk, frame, true);
                g_free(rule);
        }
}

/* True: the element is open now, and close_element() is due. */
static bool open_element(struct walk *walk, const xmlNode *node)
{
        const struct element *element = element_of(node);
        struct frame frame = *frame_at(walk, 0);
        if (element->role == ROLE_DROP || !tree_sight(&frame.sight, node))
                return false;
        if (element->role == ROLE_IMAGE || element->role == ROLE_BREAK || element->role == ROLE_RULE) {
                if (!frame.sight.is_invisible)
                        write_leaf(walk, frame_at(walk, 0), element->role, node);
                return false;
        }
        frame.element = element;
        frame.link = NULL;
        frame.counter = 0;
        frame.is_ordered = false;
        frame.visible = layout_visible(walk->layout);
        if (is_paragraph(element))
                end_paragraph(walk, &frame, has_gap(walk, element));
        g_array_append_val(walk->frames, frame);
        open_content(walk, node);
        return true;
}

static void close_element(struct walk *walk)
{
        struct frame *frame = frame_at(walk, 0);
        const struct element *element = frame->element;
        const bool is_row = element->role == ROLE_ROW;
        if (element->role == ROLE_LINK)
                close_link(walk, frame);
        if (element->role == ROLE_LIST)
                walk->lists--;
        if (is_paragraph(element))
                end_paragraph(walk, is_row ? frame_at(walk, 1) : frame, has_gap(walk, element));
        if (element->role == ROLE_ITEM || element->role == ROLE_INDENT || element->role == ROLE_QUOTE)
                layout_outdent(walk->layout);
        g_free(frame->link);
        g_array_set_size(walk->frames, walk->frames->len - 1);
}

/* True: it is open, and what is in it comes next. */
static bool open_node(struct walk *walk, const xmlNode *node)
{
        const struct sight sight = frame_at(walk, 0)->sight;
        if (node->type == XML_ELEMENT_NODE)
                return open_element(walk, node);
        if (node->type == XML_TEXT_NODE && !sight.is_invisible && !sight.is_tiny)
                write_text(walk, (const char *) node->content, strlen((const char *) node->content));
        return false;
}

static void walk_tree(struct walk *walk, const xmlDoc *tree)
{
        const xmlNode *node = tree->children;
        while (node && !layout_is_full(walk->layout)) {
                const bool is_open = open_node(walk, node);
                if (is_open && node->children) {
                        node = node->children;
                        continue;
                }
                if (is_open)
                        close_element(walk);
                while (node && !node->next) {
                        node = node->parent;
                        if (node->type == XML_ELEMENT_NODE)
                                close_element(walk);
                        else
                                node = NULL;
                }
                node = node ? node->next : NULL;
        }
}

/* --- all of it ----------------------------------------------------------------------------------------------- */

static void write_end(struct walk *walk)
{
        while (walk->frames->len > 1) /* of a walk that ended early */
                close_element(walk);
        write_links(walk);
        g_array_unref(walk->frames);
        links_free(walk->links);
        g_string_free(walk->link_text, TRUE);
}

GString *html_to_text(const char *utf8, size_t length)
{
        struct frame outermost = { .element = &ELEMENTS[0] };
        bool is_whole;
        struct walk walk = {
                .layout = layout_new(TEXT_MAX),
                .frames = g_array_new(FALSE, FALSE, sizeof(struct frame)),
                .links = links_new(),
                .link_text = g_string_new(NULL),
        };
        g_array_append_val(walk.frames, outermost);
        xmlDoc *tree = tree_read(utf8, length, &is_whole);
        if (tree)
                walk_tree(&walk, tree);
        xmlFreeDoc(tree);
        write_end(&walk);
        is_whole = is_whole && !layout_is_full(walk.layout);
        GString *text = layout_end(walk.layout);
        if (!is_whole)
                g_string_append_printf(text, "%s%s\n", text->len ? "\n" : "", TREE_SHORTENED);
        return text;
}
