/* command.h - listctl's commands and its command line
 * One table says what there is; the parser, --help, the bash completion and the man page are made from it or checked
 * against it (tests/unit/test_ctl.c). */
#ifndef LISTD_CTL_COMMAND_H
#define LISTD_CTL_COMMAND_H

#include <glib.h>

#include "base/err.h"

struct ctl;

enum command_needs {
        NEEDS_CONF, /* the configuration only: works before there is a data folder */
        NEEDS_SPOOL, /* spool.db only, as the owner of the data: who talks to other servers has no key in memory */
        NEEDS_STORE /* keys and listd.db, opened as the owner of the data */
};

/* Options that only some commands take; each has a value. */
enum command_option {
        OPTION_OWNER,
        OPTION_TYPE,
        OPTION_LANG,
        OPTION_TITLE,
        OPTION_FILE,
        OPTION_REASON,
        OPTION_FOR,
        OPTION_LABEL,
        OPTION_DAY,
        OPTION_REPORT,
        COMMAND_OPTIONS
};
/* And those without one. */
enum command_flag {
        FLAG_WELCOME,
        FLAG_INVITE,
        FLAG_SHARED,
        FLAG_SITE,
        FLAG_HTML,
        FLAG_ATOMIC,
        FLAG_DRY,
        FLAG_WITH_KEY,
        FLAG_REPLACE,
        COMMAND_FLAGS
};
enum {
        TAKES_OWNER = 1 << OPTION_OWNER,
        TAKES_TYPE = 1 << OPTION_TYPE,
        TAKES_LANG = 1 << OPTION_LANG,
        TAKES_TITLE = 1 << OPTION_TITLE,
        TAKES_FILE = 1 << OPTION_FILE,
        TAKES_REASON = 1 << OPTION_REASON,
        TAKES_FOR = 1 << OPTION_FOR,
        TAKES_LABEL = 1 << OPTION_LABEL,
        TAKES_DAY = 1 << OPTION_DAY,
        TAKES_REPORT = 1 << OPTION_REPORT,
        TAKES_WELCOME = 1 << (COMMAND_OPTIONS + FLAG_WELCOME),
        TAKES_INVITE = 1 << (COMMAND_OPTIONS + FLAG_INVITE),
        TAKES_SHARED = 1 << (COMMAND_OPTIONS + FLAG_SHARED),
        TAKES_SITE = 1 << (COMMAND_OPTIONS + FLAG_SITE),
        TAKES_HTML = 1 << (COMMAND_OPTIONS + FLAG_HTML),
        TAKES_ATOMIC = 1 << (COMMAND_OPTIONS + FLAG_ATOMIC),
        TAKES_DRY = 1 << (COMMAND_OPTIONS + FLAG_DRY),
        TAKES_WITH_KEY = 1 << (COMMAND_OPTIONS + FLAG_WITH_KEY),
        TAKES_REPLACE = 1 << (COMMAND_OPTIONS + FLAG_REPLACE)
};
extern const char *const COMMAND_OPTION_NAMES[]; /* without the --, NULL at the end */
extern const char *const COMMAND_FLAG_NAMES[];

enum { ANY_NUMBER = -1 };

struct command {
        const char *noun;
        const char *verb;      /* NULL: the noun alone is the command */
        const char *arguments; /* as the usage shows them */
        const char *summary;   /* one line */
        enum command_needs needs;
        unsigned takes;  /* TAKES_... */
        int least, most; /* how many arguments; most may be ANY_NUMBER */
        bool (*run)(struct ctl *ctl, struct err *ret_err);
};

/* Ends with a row whose noun is NULL. */
extern const struct command COMMANDS[];

struct command_line {
        char *config;
        int json, help, version;
        char *options[COMMAND_OPTIONS];
        int flags[COMMAND_FLAGS];
        const struct command *command; /* NULL with help or version, when none is named */
        char *noun;                    /* of `help` without a whole command; may be NULL */
        char **args;                   /* behind noun and verb; NULL at the end */
        int arg_count;
};

/* Takes the words of main() apart; options stand anywhere, `--` ends them. ERR_USAGE says what is wrong and what there
 * is: nouns, verbs of the noun, or the usage of the command. Free with command_line_clear(), on failure too. */
MUST_USE bool command_line_parse(struct command_line *ret_line, int argc, char *const *argv, struct err *ret_err);
void command_line_clear(struct command_line *line);

/* One command's usage: "list rename LIST NAME". The caller frees. */
char *command_usage(const struct command *command);
/* The help of all commands (noun NULL), or of those of a noun. The caller frees. */
char *command_help(const char *noun);

#endif
