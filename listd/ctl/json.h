/* json.h - writes one JSON document to a stream, value by value (RFC 8259)
 * Nothing is kept: a document of a million members needs no more memory than one of three. */
#ifndef LISTD_CTL_JSON_H
#define LISTD_CTL_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { JSON_DEPTH_MAX = 8 };

struct json {
        FILE *to;
        unsigned depth; /* how many objects and arrays are open */
        char closer[JSON_DEPTH_MAX];
        bool has_values[JSON_DEPTH_MAX]; /* of each that is open */
};

/* `key` is NULL inside an array and for the document itself. */
void json_open_object(struct json *json, const char *key);
void json_open_array(struct json *json, const char *key);
void json_close(struct json *json);

/* NULL is written as null. Octets that are no UTF-8 become U+FFFD; control characters are escaped, those of U+0080 to
 * U+009F too: a terminal would obey them. */
void json_text(struct json *json, const char *key, const char *text);
void json_number(struct json *json, const char *key, int64_t number);
void json_tenths(struct json *json, const char *key, int64_t tenths); /* below 0: null */
void json_flag(struct json *json, const char *key, bool flag);

#endif
