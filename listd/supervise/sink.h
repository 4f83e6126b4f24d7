/* sink.h - where the log goes: stderr, syslog, journald, or a file with a new one each day ([log] to, keep) */
#ifndef LISTD_SUPERVISE_SINK_H
#define LISTD_SUPERVISE_SINK_H

#include "base/err.h"

struct sink;

/* `to`: stderr, syslog, journal or a file's path. `stderr_fd` is where stderr was before the log pipe took its place. */
MUST_USE bool sink_open(struct sink **ret_sink, const char *to, int keep_seconds, int stderr_fd, struct err *ret_err);
void sink_close(struct sink *sink);

/* Whole lines and pieces of lines, as they come out of the pipe; a piece waits for its end. */
void sink_feed(struct sink *sink, const char *bytes, size_t length);

#endif
