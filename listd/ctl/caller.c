/* caller.c - who called listctl
 * Gives:  caller_uid(), caller_reads_roster()
 * No word from outside gets into a line of the audit log: users are numbers with the name that the system has for them. */
#include "ctl/caller.h"

#include <pwd.h>
#include <unistd.h>

#include "base/audit.h"

uid_t caller_uid(void)
{
        char *text = NULL;
        uid_t caller = getuid();
        if (g_file_get_contents("/proc/self/loginuid", &text, NULL, NULL)) {
                guint64 login = g_ascii_strtoull(text, NULL, 10);
                if (login < G_MAXUINT32) /* 2^32 - 1: nobody logged in (a service, a container) */
                        caller = (uid_t) login;
        }
        g_free(text);
        return caller;
}

bool caller_reads_roster(const struct ctl *ctl, const struct list *list, int64_t members, struct err *ret_err)
{
        const struct command *command = ctl->line->command;
        const struct passwd *user = getpwuid(ctl->caller);
        char *by = g_strdup_printf("by=%s uid=%u", user ? user->pw_name : "-", (unsigned) ctl->caller);
        char *words = g_strjoin(" ", command->noun, command->verb, NULL);
        bool ok = audit_roster_read(ctl->conf->data, by, words, list->address, members, ret_err);
        g_free(by);
        g_free(words);
        return ok;
}
