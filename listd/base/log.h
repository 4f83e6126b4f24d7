/* log.h - one line an event, in logfmt
 *     2026-11-24T06:23:01.123Z info receive rcpt-to msg=k3v... session=12 to=~9f2c1a@example.org
 * A role writes its lines to stderr, which is a pipe to the supervisor; the supervisor writes them where [log] to says.
 * An address is named by log_address(): above debug level its local part is a keyed hash (requirement A11). */
#ifndef LISTD_BASE_LOG_H
#define LISTD_BASE_LOG_H

#include <stdint.h>

#include "base/err.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
extern const char *const LOG_LEVEL_WORDS[];

enum { LOG_LINE_MAX = 2048, LOG_KEY_BYTES = 32 }; /* a line is one write of less than PIPE_BUF: lines never mix */

/* Once, at the start of a process. `key` (LOG_KEY_BYTES, or NULL: then local parts show as `~`) hashes local parts. */
void log_open(const char *role, enum log_level level, const uint8_t *key);

/* Pairs of key and value, both text, NULL at the end. A NULL value leaves its pair out. Values are quoted where they
 * need it, so nothing from outside can forge a line or a field. */
void log_event(enum log_level level, const char *event, ...) __attribute__((sentinel));

/* Whether lines of that level are written: for who would only make their values in vain, many times a second. */
bool log_writes(enum log_level level);

/* Values for the call at hand: they live in a small ring of the thread, 16 deep. */
const char *log_number(int64_t number);
const char *log_address(const char *address); /* "~hash@domain"; "<>" for an empty one */

/* Takes a finished line apart for a sink: the level that it was written with (LOG_LEVEL_INFO when it is not ours). */
enum log_level log_line_level(const char *line);

#endif
