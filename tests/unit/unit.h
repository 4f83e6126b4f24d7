/* unit.h - what every unit test includes, in the order that cmocka wants */
#ifndef LISTD_TESTS_UNIT_H
#define LISTD_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"

/* The input on an exact-size heap block without a NUL behind it, so that a sanitizer sees every over-read. */
static inline char *exact(const char *text, size_t length)
{
        return g_memdup2(text, length ? length : 1);
}

#endif
