/* probe.h - what tests for open relays look like: patterns in, facts about a session in, the names of what matched out
 * The patterns are a text that an admin may edit; db/probes.txt explains it. Plain search only: matching is linear in what it
 * looks at, and it looks at so much and no more. Nothing here knows whether an address exists (requirements C1 to C5). */
#ifndef LISTD_POLICY_PROBE_H
#define LISTD_POLICY_PROBE_H

#include <glib.h>
#include <stddef.h>

#include "base/conf.h"

enum {
        PROBE_FILE_MAX = 64 * 1024,
        PROBE_PATTERNS_MAX = 256,
        PROBE_NAME_MAX = 32,
        PROBE_ARGUMENT_MAX = 200,
        PROBE_WHY_MAX = 160,
        PROBE_POINTS_MAX = 100,
        PROBE_SUSPECT_POINTS = 5, /* of one pattern: then the session is a suspect */
        PROBE_MATCHES_MAX = 16,       /* in one step of a session, and of one message */
        PROBE_PATH_MAX = 1024,        /* octets that are looked at, of helo, mail-from, rcpt-to and of a field */
        PROBE_FIELDS_MAX = 8,         /* fields of one name */
        PROBE_HEADER_MAX = 64 * 1024, /* octets */
        PROBE_BODY_MAX = 64 * 1024,
        PROBE_FOREIGN_MAX = 8,        /* recipients elsewhere that a session is remembered for */
        PROBE_NAMES_MAX = PROBE_MATCHES_MAX * (PROBE_NAME_MAX + 1)
};

/* What a pattern looks at. */
enum probe_where { PROBE_CLIENT, PROBE_HELO, PROBE_MAIL_FROM, PROBE_RCPT_TO, PROBE_HEADER, PROBE_BODY, PROBE_SESSION };

/* When a session may be looked at: which of the above have become known. */
enum probe_step {
        STEP_HELO = 1 << PROBE_CLIENT | 1 << PROBE_HELO,
        STEP_MAIL = 1 << PROBE_MAIL_FROM,
        STEP_RCPT = 1 << PROBE_RCPT_TO,
        STEP_MESSAGE = 1 << PROBE_HEADER | 1 << PROBE_BODY,
        STEP_END = 1 << PROBE_SESSION
};

/* What is known. A text that is not known yet is NULL. */
struct probe_facts {
        const struct conf *conf; /* our domains and host name */
        const char *our_ip;      /* the address that the client connected to */
        const char *client;
        const char *helo;
        const char *mail_from; /* paths as they came, without <> */
        const char *rcpt_to;
        const char *message; /* CRLF lines; any octets */
        size_t length;
        bool took_message; /* STEP_END: one or more */
        bool quit;         /* STEP_END: the client said QUIT, or we ended the session */
};

struct probes;

/* A match points into the patterns. */
struct probe_match {
        const char *name;
        const char *why;
        int points;
        bool is_gibberish; /* a name that means nothing (policy/gibberish.h): counted as such */
};

/* What is remembered of a session; all zero at its start. */
struct probe_memory {
        guint64 of_session[PROBE_PATTERNS_MAX / 64]; /* patterns that matched the client or its HELO */
        guint64 of_message[PROBE_PATTERNS_MAX / 64]; /* and since MAIL */
        bool is_suspect; /* one that is not circumstantial, nor of a few points only, has matched */
        guint32 foreign[PROBE_FOREIGN_MAX]; /* hashes of different recipients elsewhere */
        unsigned foreign_count;
};

/* The built-in patterns, line by line, NULL at the end. */
extern const char *const PROBE_LINES[];

/* A text; its name is for errors: ERR_USAGE with file, line and reason. The caller frees. */
MUST_USE bool probes_parse(struct probes **ret_probes, const char *text, size_t length, const char *name, struct err *ret_err);
/* The text that holds: of a file, or with "" the built-in one. ERR_USAGE when the file cannot be read, or is none that
 * probes_parse() takes. The caller frees. */
MUST_USE bool probes_text(char **ret_text, const char *path, struct err *ret_err);
void probes_free(struct probes *probes);
size_t probes_count(const struct probes *probes);
/* Why a pattern of that name counts; NULL: there is none, any more. */
const char *probes_why(const struct probes *probes, const char *name);

/* What matches in this step and was not found before in this message (of the client and its HELO: in this session). What is
 * circumstantial is told only when something else has matched. Returns how many matches were written. */
size_t probes_match(const struct probes *probes, enum probe_step step, const struct probe_facts *facts,
                    struct probe_memory *memory, struct probe_match ret_matches[PROBE_MATCHES_MAX]);

/* A new MAIL; a new HELO forgets what was known of the one before. */
void probe_memory_mail(struct probe_memory *memory);
void probe_memory_helo(struct probe_memory *memory);
/* A recipient that was refused for being elsewhere. */
void probe_memory_foreign(struct probe_memory *memory, const char *rcpt_to);
/* Of a suspect, the names of what matched in this message and its session, but for gibberish: a blank between two, at most
 * PROBE_MATCHES_MAX. Else "". The caller frees. */
char *probe_memory_names(const struct probe_memory *memory, const struct probes *probes);
/* Whether a text is such a list of names: for who gets it from elsewhere. */
bool probe_names_are_clean(const char *names);

#endif
