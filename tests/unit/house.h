/* house.h - a spool with a deny list in it, for the tests of the list and of what receive makes of it */
#ifndef LISTD_TESTS_HOUSE_H
#define LISTD_TESTS_HOUSE_H

#include "folder.h"

#include <event2/event.h>

#include "store/deny.h"
#include "store/spool.h"

enum { NOW = 1800000000, DAY = 86400 };

struct house {
        char *folder;
        struct event_base *base;
        struct spool *spool;
};

/* For cmocka: *state is a struct house. */
int house_set_up(void **state);
int house_tear_down(void **state);

/* An entry that holds so many seconds; 0: for good. */
void put(struct spool *spool, const char *network, const char *label, int64_t span, int64_t now);
/* The list "drop" is these from now on. */
struct deny_swapped swap(struct spool *spool, int64_t span, int64_t now, const struct deny_item *items, size_t count);
/* Adds a line to the GString `user`: label, network, reason, then added and until from NOW on, span, times, hits. */
void write_down(const struct deny_entry *entry, void *user);
/* All entries, or those of one label, are these lines. */
void assert_all(struct spool *spool, const char *label, const char *want);
int64_t version_of(struct spool *spool);

#endif
