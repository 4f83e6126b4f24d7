/* err.c - errors are values with a class
 * Gives:  err_set(), err_prefix(), err_exit_status()
 * Fails:  never; a text that is too long is cut at ERR_TEXT_MAX */
#include "base/err.h"

#include <stdarg.h>

bool err_set(struct err *ret_err, enum err_class class, const char *format, ...)
{
        if (!ret_err)
                return false;
        va_list args;
        va_start(args, format);
        ret_err->class = class;
        vsnprintf(ret_err->text, sizeof ret_err->text, format, args);
        va_end(args);
        return false;
}

bool err_prefix(struct err *ret_err, const char *format, ...)
{
        if (!ret_err)
                return false;
        char what[ERR_TEXT_MAX / 2];
        char old[ERR_TEXT_MAX];
        va_list args;
        va_start(args, format);
        vsnprintf(what, sizeof what, format, args);
        va_end(args);
        g_strlcpy(old, ret_err->text, sizeof old);
        /* the cut is meant: the beginning says where, and that matters most */
        g_snprintf(ret_err->text, sizeof ret_err->text, "%s: %s", what, old);
        return false;
}

int err_exit_status(enum err_class class)
{
        switch (class) {
        case ERR_NONE:
                return 0;
        case ERR_USAGE:
                return 2;
        default:
                return 1;
        }
}
