/* layout.h - paragraphs of text into lines of a mail: filled, indented, quoted */
#ifndef LISTD_MAIL_LAYOUT_H
#define LISTD_MAIL_LAYOUT_H

#include <glib.h>
#include <stdbool.h>

struct layout;

enum { LAYOUT_COLUMNS = 76 }; /* room for a quote mark of a reply within the 78 of RFC 5322 2.1.1 */

/* Once there are `ceiling` octets, no more lines are taken. */
struct layout *layout_new(size_t ceiling);
/* UTF-8, LF lines, the last one ends; the caller frees. */
GString *layout_end(struct layout *layout);

/* Running text, valid UTF-8: white space collapses, and control and invisible characters go. `as_is` keeps white space
 * and line ends. */
void layout_text(struct layout *layout, const char *text, size_t length, bool as_is);
void layout_line_break(struct layout *layout);

/* Ends the paragraph, if one was begun. `gap`: an empty line stands before the next. */
void layout_paragraph(struct layout *layout, bool gap);

/* What stands before each line from here on: `first` before the next line, `rest` before those after it. To be called
 * between paragraphs. */
void layout_indent(struct layout *layout, const char *first, const char *rest);
void layout_outdent(struct layout *layout);

/* How many visible characters were taken so far: the same number again means that there was nothing to see. */
size_t layout_visible(const struct layout *layout);

bool layout_is_full(const struct layout *layout);

#endif
