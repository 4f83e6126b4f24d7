/* daybook.h - counts unknown addresses that are refused, by domain and day, for the comparison of modes (requirements B2, D8) */
#ifndef LISTD_RECEIVE_DAYBOOK_H
#define LISTD_RECEIVE_DAYBOOK_H

#include <event2/event.h>

#include "base/conf.h"
#include "store/refused.h"

struct daybook;

/* `conf` and `spool` are borrowed. A timer writes it. */
struct daybook *daybook_new(struct event_base *base, const struct conf *conf, struct spool *spool);
/* No timer any more, so that the loop can end. */
void daybook_stop(struct daybook *daybook);
/* Writes first. */
void daybook_free(struct daybook *daybook);

/* One more; `domain` is one of ours. */
void daybook_count(struct daybook *daybook, const char *domain);

#endif
