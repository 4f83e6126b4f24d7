/* err.h - errors are values with a class
 * A function that can fail returns false (or NULL) and fills *ret_err: what went wrong, where, and what to do, as one
 * line of text. The ground floors never log and never exit; who calls decides. */
#ifndef LISTD_BASE_ERR_H
#define LISTD_BASE_ERR_H

#include <stdbool.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

enum { ERR_TEXT_MAX = 512 };

enum err_class {
        ERR_NONE,
        ERR_TEMP,      /* may work later: 4xx, exit 1 */
        ERR_PERM,      /* refused, malformed, forged: 5xx, exit 1 */
        ERR_NOT_FOUND, /* there is no such thing: exit 1 */
        ERR_USAGE,     /* the caller's words are off: exit 2 */
        ERR_BUG        /* our own fault: 451 and a log line */
};

struct err {
        enum err_class class;
        char text[ERR_TEXT_MAX];
};

/* Fills *ret_err (NULL: nobody asks) and returns false, so that `return err_set(...)` reads well. */
bool err_set(struct err *ret_err, enum err_class class, const char *format, ...) PRINTF_LIKE(3, 4);

/* Puts "what: " before the text of *ret_err and returns false. */
bool err_prefix(struct err *ret_err, const char *format, ...) PRINTF_LIKE(2, 3);

/* The exit status of listctl that belongs to a class: 0, 1 or 2. */
int err_exit_status(enum err_class class);

#endif
