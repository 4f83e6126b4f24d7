/* style.h - what of HTML its styles hide */
#ifndef LISTD_MAIL_STYLE_H
#define LISTD_MAIL_STYLE_H

#include <stdbool.h>

/* Of an element; what is in it has the same until a style there says otherwise. */
struct sight {
        bool is_invisible; /* visibility */
        bool is_tiny;      /* font-size: 0, which programs also write to close gaps between boxes */
};

/* Takes in a style attribute. False: the element is not there for a reader, and nothing in it can change that. */
bool style_read(struct sight *sight, const char *style);

#endif
