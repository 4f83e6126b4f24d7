/* bulletin.h - a page of headings, paragraphs, numbers and bars, as plain text and as HTML: both say the same
 * Texts are UTF-8 of ours or of people, never markup: what could be read as such is escaped when the page is written. */
#ifndef LISTD_MAIL_BULLETIN_H
#define LISTD_MAIL_BULLETIN_H

#include <stdbool.h>
#include <stdint.h>

struct bulletin;

struct bulletin *bulletin_new(const char *title, const char *lang /* "en", "ja" */);
void bulletin_free(struct bulletin *bulletin);

/* Each adds to the end; texts are copied. */
void bulletin_heading(struct bulletin *bulletin, const char *text);
/* A paragraph; with `is_urgent` it stands out. */
void bulletin_text(struct bulletin *bulletin, const char *text, bool is_urgent);
/* Lines that stay as they are. */
void bulletin_lines(struct bulletin *bulletin, const char *text);
/* A label with what there is of it: "posts: 12". `more` may be NULL. */
void bulletin_fact(struct bulletin *bulletin, const char *label, const char *value, const char *more);
/* The same with a bar, as long as `number` is of `most`. */
void bulletin_bar(struct bulletin *bulletin, const char *label, int64_t number, int64_t most);
/* The same with a column for each of some numbers, the latest last. */
void bulletin_trend(struct bulletin *bulletin, const char *label, const int64_t *numbers, int count);
/* A sentence that is a link to be followed: mailto: only. */
void bulletin_link(struct bulletin *bulletin, const char *text, const char *href);

/* At most 76 columns, LF lines. `is_plain`: without block characters, for charsets that have none. The caller frees both. */
char *bulletin_as_text(const struct bulletin *bulletin, bool is_plain);
/* A document that loads nothing. */
char *bulletin_as_html(const struct bulletin *bulletin);

#endif
