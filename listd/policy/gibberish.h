/* gibberish.h - local parts that nobody would choose: kdkfjiusdh (requirement D4)
 * A hint among others, never a reason by itself: one name in fifty that a person did choose looks like one. */
#ifndef LISTD_POLICY_GIBBERISH_H
#define LISTD_POLICY_GIBBERISH_H

#include <stdbool.h>
#include <stddef.h>

enum {
        GIBBERISH_FROM = 480, /* the score from which on is_gibberish() says yes */
        GIBBERISH_SURE = 1000 /* letters and digits by turns, or consonants without an end */
};

/* How surprising one letter after the other is, in hundredths of a bit: names of people have 300 to 450. 0: it cannot be told,
 * because it is short, has other characters than ASCII, or is one that programs make (long, or with `+`, `=`). */
int gibberish_score(const char *local, size_t length);

bool is_gibberish(const char *local, size_t length);

#endif
