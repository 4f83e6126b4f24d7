/* command.c - listctl's commands and its command line
 * Gives:  what command.h lists
 * Fails:  ERR_USAGE; the text names what there is instead */
#include "ctl/command.h"

#include "ctl/nouns.h"

const char *const COMMAND_OPTION_NAMES[] = { "owner", "type", "lang", "title", "file", "reason", "for", "label", "day", "report", NULL };
const char *const COMMAND_FLAG_NAMES[] = { "welcome", "invite",  "shared",   "site",    "html",
                                           "atomic",  "dry-run", "with-key", "replace", NULL };

enum {
        TAKES_NEW_LIST = TAKES_OWNER | TAKES_TYPE | TAKES_LANG | TAKES_TITLE | TAKES_REPORT,
        TAKES_A_REPORT = TAKES_SITE | TAKES_LANG | TAKES_DAY
};

const struct command COMMANDS[] = {
        { "init", NULL, "", "make the data folder, keys and stores (safe to repeat)", NEEDS_CONF, 0, 0, 0, ctl_init },
        { "status", NULL, "", "roles, spool, queue and what waits for a person", NEEDS_STORE, 0, 0, 0, ctl_status },

        { "list", "add",
          "LIST --owner ADDR [--type discussion|announce|support] [--lang en|ja] [--title TEXT] [--report daily|changes|off]",
          "make a list", NEEDS_STORE, TAKES_NEW_LIST, 1, 1, ctl_list_add },
        { "list", "ls", "", "all lists", NEEDS_STORE, 0, 0, 0, ctl_list_ls },
        { "list", "show", "LIST", "a list and its settings", NEEDS_STORE, 0, 1, 1, ctl_list_show },
        { "list", "get", "LIST KEY", "one setting", NEEDS_STORE, 0, 2, 2, ctl_list_get },
        { "list", "set", "LIST KEY VALUE", "change a setting", NEEDS_STORE, 0, 3, 3, ctl_list_set },
        { "list", "reset", "LIST KEY", "give a setting the value of the list's type again", NEEDS_STORE, 0, 2, 2, ctl_list_reset },
        { "list", "rename", "LIST NAME", "give a list another name in its domain", NEEDS_STORE, 0, 2, 2, ctl_list_rename },
        { "list", "rm", "LIST", "remove a list with its members, queue and held mail", NEEDS_STORE, 0, 1, 1, ctl_list_rm },

        { "domain", "ls", "", "our domains, and whether they keep mail for unknown addresses", NEEDS_STORE, 0, 0, 0, ctl_domain_ls },
        { "domain", "set", "DOMAIN no_bounce on|off", "keep mail for unknown addresses, or refuse it", NEEDS_STORE, 0, 3, 3,
          ctl_domain_set },

        { "member", "add", "LIST ADDR... | LIST --file F|- [--welcome|--invite] [--atomic]", "add members", NEEDS_STORE,
          TAKES_FILE | TAKES_WELCOME | TAKES_INVITE | TAKES_ATOMIC, 1, ANY_NUMBER, ctl_member_add },
        { "member", "ls", "LIST", "all members of a list (is recorded in DATA/audit.log)", NEEDS_STORE, 0, 1, 1, ctl_member_ls },
        { "member", "export", "LIST", "all of them as CSV, for --file (is recorded in DATA/audit.log)", NEEDS_STORE, 0, 1, 1,
          ctl_member_export },
        { "member", "show", "LIST ADDR", "one member", NEEDS_STORE, 0, 2, 2, ctl_member_show },
        { "member", "find", "ADDR", "the lists that an address is on", NEEDS_STORE, 0, 1, 1, ctl_member_find },
        { "member", "invite", "LIST ADDR...", "ask somebody whether they want to join", NEEDS_STORE, 0, 2, ANY_NUMBER,
          ctl_member_invite },
        { "member", "pending", "LIST", "what was asked of whom and waits for an answer", NEEDS_STORE, 0, 1, 1, ctl_member_pending },
        { "member", "why", "LIST ADDR", "what an address can and cannot do, in words", NEEDS_STORE, 0, 2, 2, ctl_member_why },
        { "member", "ban", "LIST ADDR|@DOMAIN...", "take no post and no request from it", NEEDS_STORE, 0, 2, ANY_NUMBER,
          ctl_member_ban },
        { "member", "unban", "LIST ADDR|@DOMAIN...", "take them again", NEEDS_STORE, 0, 2, ANY_NUMBER, ctl_member_unban },
        { "member", "bans", "LIST", "who is banned", NEEDS_STORE, 0, 1, 1, ctl_member_bans },
        { "member", "changed", "LIST [YYYY-MM-DD]", "who came, went and changed since that day (30 days)", NEEDS_STORE, 0, 1, 2,
          ctl_member_changed },
        { "member", "mail", "ADDR", "let the server write to who wanted no mail ever again", NEEDS_STORE, 0, 1, 1, ctl_member_mail },
        { "member", "set", "LIST ADDR role|state|name|standing|digest|lang VALUE", "change a member", NEEDS_STORE, 0, 4, 4,
          ctl_member_set },
        { "member", "sync", "LIST --file F|- [-n]", "make the list as the file says (-n only shows it)", NEEDS_STORE,
          TAKES_FILE | TAKES_DRY, 1, 1, ctl_member_sync },
        { "member", "rm", "LIST ADDR... | LIST --file F|- [--atomic]", "remove members", NEEDS_STORE, TAKES_FILE | TAKES_ATOMIC, 1,
          ANY_NUMBER, ctl_member_rm },

        { "held", "ls", "[LIST]", "posts that wait for a moderator", NEEDS_STORE, 0, 0, 1, ctl_held_ls },
        { "held", "show", "ID", "one of them, as it came", NEEDS_STORE, 0, 1, 1, ctl_held_show },
        { "held", "accept", "ID", "distribute it", NEEDS_STORE, 0, 1, 1, ctl_held_accept },
        { "held", "discard", "ID", "delete it, in silence", NEEDS_STORE, 0, 1, 1, ctl_held_discard },
        { "held", "trust", "ID", "distribute it, and let the member's next posts pass", NEEDS_STORE, 0, 1, 1, ctl_held_trust },
        { "held", "ban", "ID", "delete it, and ban its author", NEEDS_STORE, 0, 1, 1, ctl_held_ban },

        { "misaddressed", "ls", "[typo|other|probe|spam]", "mail to addresses that do not exist, in its groups", NEEDS_STORE, 0, 0, 1,
          ctl_misaddressed_ls },
        { "misaddressed", "show", "ID", "one of them, as it came", NEEDS_STORE, 0, 1, 1, ctl_misaddressed_show },
        { "misaddressed", "forward", "ID [ADDR]", "send it on to the right address, or to the one that is suggested", NEEDS_STORE, 0, 1, 2,
          ctl_misaddressed_forward },
        { "misaddressed", "discard", "ID", "delete it, in silence", NEEDS_STORE, 0, 1, 1, ctl_misaddressed_discard },

        { "decoy", "ls", "", "what the decoy was given, as evidence", NEEDS_STORE, 0, 0, 0, ctl_decoy_ls },
        { "decoy", "show", "ID", "one of them, as it came", NEEDS_STORE, 0, 1, 1, ctl_decoy_show },
        { "decoy", "discard", "ID", "delete it, in silence", NEEDS_STORE, 0, 1, 1, ctl_decoy_discard },
        { "failed", "ls", "", "messages that could not be processed", NEEDS_STORE, 0, 0, 0, ctl_failed_ls },
        { "failed", "show", "ID", "one of them, as it came", NEEDS_STORE, 0, 1, 1, ctl_failed_show },
        { "failed", "retry", "ID", "process it once more", NEEDS_STORE, 0, 1, 1, ctl_failed_retry },
        { "failed", "discard", "ID", "delete it, in silence", NEEDS_STORE, 0, 1, 1, ctl_failed_discard },

        { "queue", "ls", "", "messages on their way out", NEEDS_STORE, 0, 0, 0, ctl_queue_ls },
        { "queue", "show", "ID", "one of them, with what is sent", NEEDS_STORE, 0, 1, 1, ctl_queue_show },
        { "queue", "flush", "", "try now what was put off", NEEDS_STORE, 0, 0, 0, ctl_queue_flush },
        { "queue", "rm", "ID", "delete it; who has no copy yet gets none", NEEDS_STORE, 0, 1, 1, ctl_queue_rm },

        { "archive", "ls", "LIST", "copies of posts that are kept", NEEDS_STORE, 0, 1, 1, ctl_archive_ls },
        { "archive", "export", "LIST", "all of them as a mailbox file (mbox)", NEEDS_STORE, 0, 1, 1, ctl_archive_export },
        { "archive", "rm", "LIST NUMBER", "delete the copy of one post", NEEDS_STORE, 0, 2, 2, ctl_archive_rm },

        { "guard", "status", "", "who is slowed or refused at the door, why, since when and until when", NEEDS_STORE, 0, 0, 0,
          ctl_guard_status },
        { "guard", "report", "[--lang en|ja]", "what strangers tried in the last weeks, in words", NEEDS_STORE, TAKES_LANG, 0, 0,
          ctl_guard_report },
        { "guard", "forgive", "CIDR|DOMAIN", "forget what was counted of somebody", NEEDS_STORE, 0, 1, 1, ctl_guard_forgive },

        { "freemail", "ls", "", "domains where anybody gets an address", NEEDS_STORE, 0, 0, 0, ctl_freemail_ls },
        { "freemail", "check", "ADDR|DOMAIN", "whether it is one of them", NEEDS_STORE, 0, 1, 1, ctl_freemail_check },
        { "freemail", "import", "FILE|URL|-", "count a list of others too, in place of the last one", NEEDS_CONF, 0, 1, 1,
          ctl_freemail_import },
        { "freemail", "refresh", "", "fetch the imported list anew, now", NEEDS_CONF, 0, 0, 0, ctl_freemail_refresh },
        { "freemail", "forget", "", "count the base list alone again", NEEDS_STORE, 0, 0, 0, ctl_freemail_forget },

        { "report", "show", "LIST|--site [--day YYYY-MM-DD] [--lang en|ja] [--html]",
          "the report of a list to its owners, or of the server to the admin; sends nothing", NEEDS_STORE, TAKES_A_REPORT | TAKES_HTML,
          0, 1, ctl_report_show },
        { "report", "send", "LIST|--site [--day YYYY-MM-DD] [--lang en|ja]", "send it now, beside the daily one", NEEDS_STORE,
          TAKES_A_REPORT, 0, 1, ctl_report_send },
        { "report", "modes", "", "what came in each mode of our domains, and the trend of 12 weeks", NEEDS_STORE, 0, 0, 0,
          ctl_report_modes },

        { "deny", "ls", "[LABEL]", "networks that are refused at the door", NEEDS_SPOOL, 0, 0, 1, ctl_deny_ls },
        { "deny", "add", "CIDR --reason TEXT [--for 30d] [--label LABEL]", "refuse an address or network", NEEDS_SPOOL,
          TAKES_REASON | TAKES_FOR | TAKES_LABEL, 1, 1, ctl_deny_add },
        { "deny", "rm", "CIDR|LABEL", "refuse it no longer; or remove all entries of a label, and the list", NEEDS_SPOOL, 0, 1, 1,
          ctl_deny_rm },
        { "deny", "review", "", "what of it wants a look, and how the lists do", NEEDS_SPOOL, 0, 0, 0, ctl_deny_review },
        { "deny", "import", "LABEL FILE|URL|- [--for 30d]", "refuse the networks of a list", NEEDS_SPOOL, TAKES_FOR, 2, 2,
          ctl_deny_import },
        { "deny", "refresh", "[LABEL]", "fetch imported lists anew, now", NEEDS_SPOOL, 0, 0, 1, ctl_deny_refresh },

        { "mta", "postfix", "[--shared]", "the lines that Postfix needs to stand before and behind listd", NEEDS_STORE, TAKES_SHARED, 0, 0,
          ctl_mta_postfix },

        { "template", "ls", "", "the texts that listd sends, and where each comes from", NEEDS_CONF, 0, 0, 0, ctl_template_ls },
        { "template", "show", "NAME [--lang en|ja]", "one of them", NEEDS_CONF, TAKES_LANG, 1, 1, ctl_template_show },
        { "template", "check", "", "whether all can be used", NEEDS_CONF, 0, 0, 0, ctl_template_check },
        { "template", "edit", "NAME [--lang en|ja]", "put a text of your own in its place ($VISUAL, $EDITOR)", NEEDS_CONF, TAKES_LANG, 1,
          1, ctl_template_edit },

        { "backup", NULL, "FILE [--with-key]", "all that is stored into one file, while listd runs", NEEDS_STORE, TAKES_WITH_KEY, 1, 1,
          ctl_backup },
        { "restore", NULL, "FILE [--with-key] [--replace]", "all of a backup back, while listd does not run", NEEDS_STORE,
          TAKES_WITH_KEY | TAKES_REPLACE, 1, 1, ctl_restore },
        { "check", NULL, "", "check configuration and store", NEEDS_CONF, 0, 0, 0, ctl_check },
        { "check", "config", "", "what is set and should be looked at", NEEDS_CONF, 0, 0, 0, ctl_check_config },
        { "check", "dnsbl", "[ZONE...]", "whether the DNS blocklists work, and whether we are on one", NEEDS_CONF, 0, 0, ANY_NUMBER,
          ctl_check_dnsbl },
        { "check", "mail", "[--for 1m]", "send a mail through relay and MTA back to us, and say where it stuck", NEEDS_STORE,
          TAKES_FOR, 0, 0, ctl_check_mail },
        { "check", "mailbox", "[NAME]", "whether mail can be taken from the mailboxes; takes nothing", NEEDS_CONF, 0, 0, 1,
          ctl_check_mailbox },
        { "check", "relay", "", "try to relay through the running listener; sends nothing", NEEDS_CONF, 0, 0, 0, ctl_check_relay },
        { "check", "store", "", "read every row of the stores", NEEDS_STORE, 0, 0, 0, ctl_check_store },

        { "trace", NULL, "LIST ADDR|NUMBER|LOG-ID", "what became of a post, or of somebody's posts and copies, in the last two weeks",
          NEEDS_STORE, 0, 2, 2, ctl_trace },
        { "explain", NULL, "LIST FILE.eml|-", "what would become of a post; sends nothing", NEEDS_STORE, 0, 2, 2, ctl_explain },
        { 0 }
};

/* --- help ------------------------------------------------------------------------------ */

static const char *const HELP_HEAD = "Usage: listctl [-c FILE] [--json] NOUN VERB ...\n\n";
static const char *const HELP_TAIL = "\nLists are named name@domain; - reads addresses from standard input.\n"
                                     "  -c, --config FILE  the configuration (" SYSCONFDIR "/listd/listd.conf)\n"
                                     "      --json         print one JSON document\n"
                                     "  -h, --help         this help, or that of a noun: listctl list --help\n"
                                     "  -V, --version      the version\n"
                                     "Exit status: 0 done, 1 refused or not found, 2 usage. More in listctl(1).\n";

char *command_usage(const struct command *command)
{
        const char *parts[] = { command->noun, command->verb, *command->arguments ? command->arguments : NULL };
        GString *usage = g_string_new(NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
                if (parts[i])
                        g_string_append_printf(usage, "%s%s", usage->len ? " " : "", parts[i]);
        return g_string_free(usage, FALSE);
}

char *command_help(const char *noun)
{
        GString *help = g_string_new(HELP_HEAD);
        for (const struct command *command = COMMANDS; command->noun; command++) {
                if (noun && strcmp(noun, command->noun) != 0)
                        continue;
                char *usage = command_usage(command);
                g_string_append_printf(help, "  %s\n        %s\n", usage, command->summary);
                g_free(usage);
        }
        g_string_append(help, HELP_TAIL);
        return g_string_free(help, FALSE);
}

/* --- which command ----------------------------------------------------------------------- */

static bool has_noun(const char *noun)
{
        for (const struct command *command = COMMANDS; command->noun; command++)
                if (strcmp(command->noun, noun) == 0)
                        return true;
        return false;
}

static bool has_verbs(const char *noun)
{
        for (const struct command *command = COMMANDS; command->noun; command++)
                if (command->verb && strcmp(command->noun, noun) == 0)
                        return true;
        return false;
}

static char *all_nouns(void)
{
        GString *nouns = g_string_new(NULL);
        for (const struct command *command = COMMANDS; command->noun; command++)
                if (command == COMMANDS || strcmp(command->noun, command[-1].noun) != 0)
                        g_string_append_printf(nouns, "%s%s", nouns->len ? ", " : "", command->noun);
        return g_string_free(nouns, FALSE);
}

static char *all_verbs(const char *noun)
{
        GString *verbs = g_string_new(NULL);
        for (const struct command *command = COMMANDS; command->noun; command++)
                if (command->verb && strcmp(command->noun, noun) == 0)
                        g_string_append_printf(verbs, "%s%s", verbs->len ? ", " : "", command->verb);
        return g_string_free(verbs, FALSE);
}

static bool no_such_noun(const char *noun, struct err *ret_err)
{
        char *nouns = all_nouns();
        if (noun)
                err_set(ret_err, ERR_USAGE, "there is no '%s'; there are: %s (see listctl --help)", noun, nouns);
        else
                err_set(ret_err, ERR_USAGE, "say what to do; there are: %s (see listctl --help)", nouns);
        g_free(nouns);
        return false;
}

static bool no_such_verb(const char *noun, const char *verb, struct err *ret_err)
{
        char *verbs = all_verbs(noun);
        if (verb)
                err_set(ret_err, ERR_USAGE, "%s has no '%s'; it has: %s (see listctl %s --help)", noun, verb, verbs, noun);
        else
                err_set(ret_err, ERR_USAGE, "%s: say what to do with it: %s (see listctl %s --help)", noun, verbs, noun);
        g_free(verbs);
        return false;
}

/* A row with that verb, else the row of the noun alone. *ret_words: how many words named it. */
static const struct command *find(const char *noun, const char *verb, int *ret_words)
{
        const struct command *alone = NULL;
        for (const struct command *command = COMMANDS; command->noun; command++) {
                if (strcmp(command->noun, noun) != 0)
                        continue;
                if (!command->verb)
                        alone = command;
                else if (verb && strcmp(command->verb, verb) == 0) {
                        *ret_words = 2;
                        return command;
                }
        }
        *ret_words = 1;
        return alone;
}

static bool check_against_command(const struct command_line *line, struct err *ret_err)
{
        const struct command *command = line->command;
        char *usage = command_usage(command);
        bool ok = true;
        for (int i = 0; i < COMMAND_OPTIONS && ok; i++)
                if (line->options[i] && !(command->takes & (1u << i)))
                        ok = err_set(ret_err, ERR_USAGE, "--%s does not belong here: listctl %s", COMMAND_OPTION_NAMES[i], usage);
        for (int i = 0; i < COMMAND_FLAGS && ok; i++)
                if (line->flags[i] && !(command->takes & (1u << (COMMAND_OPTIONS + i))))
                        ok = err_set(ret_err, ERR_USAGE, "--%s does not belong here: listctl %s", COMMAND_FLAG_NAMES[i], usage);
        if (ok && (line->arg_count < command->least || (command->most != ANY_NUMBER && line->arg_count > command->most)))
                ok = err_set(ret_err, ERR_USAGE, "too %s arguments: listctl %s", line->arg_count < command->least ? "few" : "many",
                             usage);
        g_free(usage);
        return ok;
}

static bool take_command(struct command_line *line, char **words, struct err *ret_err)
{
        const char *noun = words[0];
        if (line->version || (line->help && !noun))
                return true;
        if (!noun || !has_noun(noun))
                return no_such_noun(noun, ret_err);
        line->noun = g_strdup(noun);
        if (line->help)
                return true;
        int count;
        const struct command *command = find(noun, words[1], &count);
        bool is_wrong_verb = command && count == 1 && words[1] && has_verbs(noun);
        if (!command || is_wrong_verb)
                return no_such_verb(noun, words[1], ret_err);
        line->command = command;
        line->args = g_strdupv(words + count);
        line->arg_count = (int) g_strv_length(line->args);
        return check_against_command(line, ret_err);
}

/* --- the words ------------------------------------------------------------------------------ */

static bool parse_options(struct command_line *line, char ***words, struct err *ret_err)
{
        const GOptionEntry entries[] = {
                { "config", 'c', 0, G_OPTION_ARG_FILENAME, &line->config, NULL, NULL },
                { "json", 0, 0, G_OPTION_ARG_NONE, &line->json, NULL, NULL },
                { "help", 'h', 0, G_OPTION_ARG_NONE, &line->help, NULL, NULL },
                { "version", 'V', 0, G_OPTION_ARG_NONE, &line->version, NULL, NULL },
                { COMMAND_OPTION_NAMES[OPTION_OWNER], 0, 0, G_OPTION_ARG_STRING, &line->options[OPTION_OWNER], NULL, NULL },
                { COMMAND_OPTION_NAMES[OPTION_TYPE], 0, 0, G_OPTION_ARG_STRING, &line->options[OPTION_TYPE], NULL, NULL },
                { COMMAND_OPTION_NAMES[OPTION_LANG], 0, 0, G_OPTION_ARG_STRING, &line->options[OPTION_LANG], NULL, NULL },
                { COMMAND_OPTION_NAMES[OPTION_TITLE], 0, 0, G_OPTION_ARG_STRING, &line->options[OPTION_TITLE], NULL, NULL },
                { COMMAND_OPTION_NAMES[OPTION_FILE], 0, 0, G_OPTION_ARG_FILENAME, &line->options[OPTION_FILE], NULL, NULL },
                { COMMAND_OPTION_NAMES[OPTION_REASON], 0, 0, G_OPTION_ARG_STRING, &line->options[OPTION_REASON], NULL, NULL },
                { COMMAND_OPTION_NAMES[OPTION_FOR], 0, 0, G_OPTION_ARG_STRING, &line->options[OPTION_FOR], NULL, NULL },
                { COMMAND_OPTION_NAMES[OPTION_LABEL], 0, 0, G_OPTION_ARG_STRING, &line->options[OPTION_LABEL], NULL, NULL },
                { COMMAND_OPTION_NAMES[OPTION_DAY], 0, 0, G_OPTION_ARG_STRING, &line->options[OPTION_DAY], NULL, NULL },
                { COMMAND_OPTION_NAMES[OPTION_REPORT], 0, 0, G_OPTION_ARG_STRING, &line->options[OPTION_REPORT], NULL, NULL },
                { COMMAND_FLAG_NAMES[FLAG_WELCOME], 0, 0, G_OPTION_ARG_NONE, &line->flags[FLAG_WELCOME], NULL, NULL },
                { COMMAND_FLAG_NAMES[FLAG_INVITE], 0, 0, G_OPTION_ARG_NONE, &line->flags[FLAG_INVITE], NULL, NULL },
                { COMMAND_FLAG_NAMES[FLAG_SITE], 0, 0, G_OPTION_ARG_NONE, &line->flags[FLAG_SITE], NULL, NULL },
                { COMMAND_FLAG_NAMES[FLAG_SHARED], 0, 0, G_OPTION_ARG_NONE, &line->flags[FLAG_SHARED], NULL, NULL },
                { COMMAND_FLAG_NAMES[FLAG_HTML], 0, 0, G_OPTION_ARG_NONE, &line->flags[FLAG_HTML], NULL, NULL },
                { COMMAND_FLAG_NAMES[FLAG_ATOMIC], 0, 0, G_OPTION_ARG_NONE, &line->flags[FLAG_ATOMIC], NULL, NULL },
                { COMMAND_FLAG_NAMES[FLAG_DRY], 'n', 0, G_OPTION_ARG_NONE, &line->flags[FLAG_DRY], NULL, NULL },
                { COMMAND_FLAG_NAMES[FLAG_WITH_KEY], 0, 0, G_OPTION_ARG_NONE, &line->flags[FLAG_WITH_KEY], NULL, NULL },
                { COMMAND_FLAG_NAMES[FLAG_REPLACE], 0, 0, G_OPTION_ARG_NONE, &line->flags[FLAG_REPLACE], NULL, NULL },
                { 0 }
        };
        static const char end_of_options[] = "--"; /* GLib leaves it where it stands */
        GOptionContext *context = g_option_context_new(NULL);
        GError *error = NULL;
        g_option_context_set_help_enabled(context, FALSE);
        g_option_context_add_main_entries(context, entries, NULL);
        bool ok = g_option_context_parse_strv(context, words, &error);
        if (!ok)
                err_set(ret_err, ERR_USAGE, "%s (see listctl --help)", error->message);
        g_clear_error(&error);
        g_option_context_free(context);
        for (char **word = *words; ok && *word; word++)
                if (strcmp(*word, end_of_options) == 0) {
                        g_free(*word);
                        memmove(word, word + 1, (g_strv_length(word + 1) + 1) * sizeof *word);
                        break;
                }
        return ok;
}

bool command_line_parse(struct command_line *ret_line, int argc, char *const *argv, struct err *ret_err)
{
        *ret_line = (struct command_line) { 0 };
        for (int i = 0; i < argc; i++)
                if (!g_utf8_validate(argv[i], -1, NULL))
                        return err_set(ret_err, ERR_USAGE, "argument %d is not UTF-8", i);
        char **words = g_strdupv((char **) argv);
        bool ok = parse_options(ret_line, &words, ret_err);
        ok = ok && take_command(ret_line, words[0] ? words + 1 : words, ret_err);
        g_strfreev(words);
        return ok;
}

void command_line_clear(struct command_line *line)
{
        g_free(line->config);
        g_free(line->noun);
        for (int i = 0; i < COMMAND_OPTIONS; i++)
                g_free(line->options[i]);
        g_strfreev(line->args);
        *line = (struct command_line) { 0 };
}
