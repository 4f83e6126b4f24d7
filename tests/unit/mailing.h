/* mailing.h - copies for a relay and the answers to them, for the tests of relay.c */
#ifndef LISTD_TESTS_MAILING_H
#define LISTD_TESTS_MAILING_H

#include "copies.h"
#include "deliver/relay.h"
#include "sink.h"

enum { COPIES_MAX = 300 };

/* The caller's side of a session: hands out copies and keeps the answers. */
struct mailing {
        struct relay_copy copies[COPIES_MAX];
        size_t count, given, answered;
        struct relay_answer answers[COPIES_MAX];
        struct gate_message message;
        struct relay_report report;
};

#define MESSAGE FIELDS "\r\nHello\r\n"
extern const char *const THREE[]; /* recipients; NULL at the end, as of all */

/* A copy for each recipient. */
struct mailing *mailing_new(const char *text, size_t length, const char *head, const char *const *recipients);
void mailing_free(struct mailing *mailing);
struct relay *relay_to(const char *endpoint, struct relay_settings settings);
void mailing_run(struct relay *relay, struct mailing *mailing);
/* MESSAGE to THREE, with a sink of its own; the caller frees and stops. */
void mailing_session(const struct sink_options *options, struct relay_settings settings, struct mailing **ret_mailing,
                     struct sink **ret_sink);

#endif
