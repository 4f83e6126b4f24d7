/* watch.h - reads along what is said with the relay before the first mail, and notices what libESMTP does not tell
 * libESMTP goes on without AUTH when none fits, and gives no words of a relay that turned it away. */
#ifndef LISTD_DELIVER_WATCH_H
#define LISTD_DELIVER_WATCH_H

#include <stddef.h>

#include "base/err.h"

enum { WATCH_LINE_MAX = 512 }; /* RFC 5321 4.5.3.1.5; what is longer is cut */

/* By the command that was written last; commands of any other kind do not change it. */
enum watch_phase { WATCH_GREETING, WATCH_EHLO, WATCH_STARTTLS, WATCH_AUTH, WATCH_MAIL, WATCH_QUIT };
extern const char *const WATCH_PHASE_WORDS[];

struct watch {
        enum watch_phase phase;
        bool has_ehlo; /* the answer to EHLO is complete */
        bool offers_8bitmime, offers_smtputf8, offers_chunking, offers_starttls, offers_auth;
        bool is_authenticated;
        size_t replies; /* whole ones */
        char line[WATCH_LINE_MAX + 1]; /* the reply line under way */
        size_t length;
        char last[WATCH_LINE_MAX + 1]; /* the last whole reply line; "" when there was none */
};

/* What is about to be written, one command at a time. */
void watch_wrote(struct watch *watch, const char *bytes, size_t length);

/* What was read. */
void watch_read(struct watch *watch, const char *bytes, size_t length);

#endif
