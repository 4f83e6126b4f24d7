/* unit.h - what every unit test includes, in the order that cmocka wants */
#ifndef LISTD_TESTS_UNIT_H
#define LISTD_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "base/err.h"

/* What must work: `call` fills the caller's `err` when it does not. */
#define OK(call)                                            \
        do {                                                \
                struct err *e_ = &err;                      \
                *e_ = (struct err){ 0 };                    \
                if (!(call))                                \
                        fail_msg("%s: %s", #call, e_->text); \
        } while (0)

/* The input on an exact-size heap block without a NUL behind it, so that a sanitizer sees every over-read. */
static inline char *exact(const char *text, size_t length)
{
        return g_memdup2(text, length ? length : 1);
}

/* Seconds that this thread has worked: what others did on the machine meanwhile is not in it. */
static inline double worked(void)
{
        struct timespec now;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

#endif
