/* screen.h - the little that `receive` looks at inside a message */
#ifndef LISTD_RECEIVE_SCREEN_H
#define LISTD_RECEIVE_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

struct screen {
        bool has_from;
        size_t received; /* fields of that name: hops so far */
};

/* Reads the header of CRLF lines, linear and without any allocation. */
struct screen screen_header(const char *bytes, size_t length);

#endif
