/* cfws.c - white space and comments between the words of a structured field
 * Gives:     cfws_skip()
 * Standards: RFC 5322 3.2.2 (CFWS), 3.2.1 (quoted-pair)
 * The nesting of comments is counted, never recursed into. */
#include "mail/cfws.h"

#include <stddef.h>

const char *cfws_skip(const char *at)
{
        size_t depth = 0;
        for (; *at; at++) {
                if (*at == '(')
                        depth++;
                else if (*at == ')' && depth)
                        depth--;
                else if (*at == '\\' && depth && at[1])
                        at++;
                else if (!depth && *at != ' ' && *at != '\t')
                        break;
        }
        return depth ? NULL : at;
}
