/* words.h - what people write to a list server: commands, dates, answers; in English, Japanese, and as fml and majordomo had them
 * Text in, meaning out; nothing here knows a list or a member. Full-width letters are letters. */
#ifndef LISTD_POLICY_WORDS_H
#define LISTD_POLICY_WORDS_H

#include <glib.h>
#include <stdbool.h>

enum { WORDS_LINE_MAX = 512 }; /* octets: a longer line is no command */

enum verb {
        VERB_HELP,
        VERB_GUIDE,
        VERB_STATUS,
        VERB_JOIN,
        VERB_ON, /* join, or mail again after a pause */
        VERB_LEAVE,
        VERB_OFF, /* pause to some, leave to others */
        VERB_PAUSE,
        VERB_RESUME,
        VERB_VACATION, /* `date` */
        VERB_DIGEST,
        VERB_DIGEST_PLAIN,
        VERB_GET,      /* posts by number: args[0] is a range (words_range) */
        VERB_INDEX,
        VERB_EACH,     /* each post as it comes: the end of a digest */
        VERB_NAME,     /* `args[0]`: the rest of the line */
        VERB_LANG,     /* `args[0]`: en, ja */
        VERB_ADDRESS,  /* `args[0]`: the new one */
        VERB_ALSO,     /* `args[0]`: a further one, to post from */
        VERB_NOT_ALSO, /* `args[0]` */
        VERB_CONFIRM,  /* `args[0]`: a ticket */
        VERB_END,
        /* of owners */
        VERB_MEMBERS,
        VERB_CHANGED,      /* `date`: since when */
        VERB_ADD,          /* `args`: an address, or none: what stands in the lines below */
        VERB_REMOVE,       /* `args`: as VERB_ADD */
        VERB_SET_MEMBER,   /* `args`: address, key, value */
        VERB_SET_LIST,     /* `args`: key, value */
        VERB_SETTINGS,
        VERB_REPORT,
        VERB_HELD,
        VERB_ACCEPT,       /* `args[0]`: the id of a held post */
        VERB_DISCARD,      /* likewise */
        VERB_INVITE,       /* `args[0]`: an address */
        VERB_OWNER_ADD,    /* `args[0]`: an address */
        VERB_OWNER_REMOVE, /* `args[0]`: an address */
        VERB_COUNT
};
extern const char *const VERB_WORDS[]; /* what each is called in the log and in letters */

struct request {
        enum verb verb;
        char *args[3]; /* NULL where there is none */
        GDate date;    /* valid where the verb has one and it was read */
        bool is_whole; /* the line is this command and nothing else */
};

/* Reads one line of UTF-8. `today` is for dates without a year. False: it is no command. Free with request_clear(). */
bool words_request(const char *line, const GDate *today, struct request *ret_request);
void request_clear(struct request *request);
bool verb_is_owners(enum verb verb);

/* A day: 2026-12-24, 12/24, 12月24日, 24 Dec; without a year the next one. False: none. */
bool words_date(const char *text, const GDate *today, GDate *ret_date);

/* What a reply says, and what an address of ours in a letter stands for: the numbers are the context of a ticket. */
enum answer {
        ANSWER_READ = 0, /* of a ticket: the reply says it */
        ANSWER_YES,
        ANSWER_NO,
        ANSWER_ACCEPT,
        ANSWER_DISCARD,
        ANSWER_TRUST,
        ANSWER_BAN,
        ANSWER_ALSO, /* "also ADDRESS": words_also() gives it */
        ANSWER_PAUSE,
        ANSWER_LEAVE,
        ANSWER_NEVER, /* never mail me again from this server */
        ANSWER_EMPTY, /* nothing was written */
        ANSWER_UNCLEAR
};
/* "12" or "12-20": numbers of posts. False: it is neither. */
bool words_range(const char *text, int64_t *ret_first, int64_t *ret_last);

enum answer words_answer(const char *line);
char *words_also(const char *line); /* the caller frees */

/* The first line of a reply that its writer wrote: not empty, not quoted, no "... wrote:" before a quotation, not the
 * signature. "" when there is none. The caller frees. */
char *words_first_line(const char *text);

#endif
