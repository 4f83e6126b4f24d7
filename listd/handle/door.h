/* door.h - what happened at the door, in words for people: for listctl, and for the reports to owners and the admin
 * Texts are the templates door-relay, door-harvest and door-fault (requirement C5). */
#ifndef LISTD_HANDLE_DOOR_H
#define LISTD_HANDLE_DOOR_H

#include <glib.h>

#include "base/conf.h"
#include "policy/guard.h"
#include "store/source.h"

enum door_event { EVENT_NONE, EVENT_RELAY, EVENT_HARVEST, EVENT_FAULT };
extern const char *const DOOR_EVENT_WORDS[];

/* "4th", or in Japanese "4". The caller frees. */
char *door_nth(int64_t times, int lang);
/* A time in the server's zone, as g_date_time_format() has it. The caller frees. */
char *door_time(const struct conf *conf, int64_t at, const char *format) G_GNUC_STRFTIME(3);

/* What is known of a source, as points and counts. */
struct score door_score(const struct source_row *row);

/* What a network did that is worth telling. A client is told of with its network. */
enum door_event door_event_of(const struct conf *conf, const struct source_row *row);

/* The words for it. `is_told`: a domain of ours tells which addresses exist (no_bounce = off). The caller frees. */
char *door_tell(const struct conf *conf, int lang, const struct source_row *row, enum door_event event, bool is_told);

/* All that receive has counted of strangers, read once for several reports. */
struct door_log {
        GPtrArray *rows; /* struct source_row */
        bool is_told;    /* a domain of ours tells which addresses exist */
};
struct spool;
MUST_USE bool door_read(struct store *store, struct spool *spool, struct door_log *ret_log, struct err *ret_err);
void door_clear(struct door_log *log);

/* What is worth telling since a time, a paragraph each, an empty line between two; *ret_events counts them. The caller frees. */
char *door_story(const struct door_log *log, const struct conf *conf, int lang, int64_t since, int64_t *ret_events);

#endif
