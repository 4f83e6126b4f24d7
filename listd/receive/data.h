/* data.h - the octets that follow DATA, up to CRLF.CRLF
 * One instance takes one message. Only CRLF.CRLF ends it, whatever else it holds (leaks X8). */
#ifndef LISTD_RECEIVE_DATA_H
#define LISTD_RECEIVE_DATA_H

#include <glib.h>
#include <stdbool.h>

struct data;

/* DATA_STRICT keeps nothing of a message that will be refused: one with bad bytes, or with more than `keep` octets.
 * DATA_LENIENT keeps the first `keep` octets of whatever comes. */
enum data_manner { DATA_STRICT, DATA_LENIENT };

struct data *data_new(size_t keep, enum data_manner manner);
void data_free(struct data *data);

/* Returns how many of the octets were taken: all of them, or those up to the end of the message. */
size_t data_feed(struct data *data, const char *bytes, size_t length);
bool data_ended(const struct data *data);

/* Whether a NUL, a CR without LF or an LF without CR was among them. */
bool data_has_bad_bytes(const struct data *data);

/* The size of the message so far, as RFC 1870 counts: without stuffed dots and the end, kept or not. */
size_t data_size(const struct data *data);

/* What was kept, dots unstuffed; `data` is left empty. The caller unrefs. */
GBytes *data_take(struct data *data);

#endif
