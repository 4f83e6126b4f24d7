/* modes.h - what came to a domain in each of its modes, so that they can be compared: days in, weeks and averages out
 * Days and weeks are those of UTC; a week begins on Monday. */
#ifndef LISTD_POLICY_MODES_H
#define LISTD_POLICY_MODES_H

#include <glib.h>

#include "store/domain.h"

enum mode_count {
        MODE_TAKEN,
        MODE_MISADDRESSED,
        MODE_PROBES,
        MODE_SPAM,
        MODE_REFUSED, /* unknown addresses that were refused: with no_bounce off */
        MODE_COUNTS
};
extern const char *const MODE_COUNT_WORDS[]; /* taken, misaddressed, probes, spam, refused, NULL */

enum { MODE_WEEKS = 12 };

struct mode_day {
        int64_t day; /* since 1970 */
        int64_t counts[MODE_COUNTS];
};

struct modes_facts {
        const GArray *switches; /* struct domain_switch, oldest first */
        const GArray *days;     /* struct mode_day, oldest first; a day that is missing is one without anything */
        int64_t now;
};

struct mode_average {
        int64_t days; /* whole days in that mode since something was counted: those of a switch, and today, are none */
        int64_t tenths[MODE_COUNTS]; /* tenths of a message, a week; -1: there is no day */
};
void modes_average(const struct modes_facts *facts, bool no_bounce, struct mode_average *ret_average);

/* The last weeks, oldest first, the running one included; *ret_first is the Monday of the first, as a day since 1970. */
void modes_weeks(const struct modes_facts *facts, int64_t *ret_first, int64_t ret_weeks[MODE_WEEKS][MODE_COUNTS]);

/* A character for each number, higher for a larger one: ▁▃█. The caller frees. */
char *modes_spark(const int64_t *numbers, size_t count);

#endif
