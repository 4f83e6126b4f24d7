/* notice.h - the line that tells readers what was cut, and the footer: text of ours below a post */
#ifndef LISTD_MAIL_NOTICE_H
#define LISTD_MAIL_NOTICE_H

#include <glib.h>

struct charset;
struct list;

/* What stands below the text of a post: a notice of the parts (struct render_part) that say so, in the list's language,
 * and the footer. UTF-8, CRLF lines; "" when there is neither. Names of files are spelt in characters that `charset`
 * (NULL: any) has. `addresses` is enum conf_addresses. The caller frees. */
char *notice_write(const struct list *list, const GPtrArray *parts, const struct charset *charset, int addresses);

/* What a footer begins with, without its CRLF; replies that quote one are known by it. */
#define NOTICE_RULE "_______________________________________________"

/* The lines of the footer below the rule; none where the list has no footer. Free with g_strfreev(). */
char **notice_footer_lines(const struct list *list, int addresses);

#endif
