/* owner.c - listctl works as the owner of the data, never as root
 * Gives:  owner_become(), owner_drop_to()
 * Fails:  ERR_NOT_FOUND when there is no data folder, ERR_PERM when it is another's */
#include "ctl/owner.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

bool owner_drop_to(uid_t uid, gid_t gid, gid_t second_gid, struct err *ret_err)
{
        const gid_t groups[] = { gid, second_gid };
        if (setgroups(G_N_ELEMENTS(groups), groups) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
                return err_set(ret_err, ERR_TEMP, "cannot become user %u: %s", (unsigned) uid, g_strerror(errno));
        if (setuid(0) == 0 || geteuid() != uid)
                return err_set(ret_err, ERR_BUG, "still root after becoming user %u", (unsigned) uid);
        return true;
}

static bool is_other(const char *data, uid_t owner, struct err *ret_err)
{
        const struct passwd *user = getpwuid(owner);
        char number[16];
        g_snprintf(number, sizeof number, "%u", (unsigned) owner);
        return err_set(ret_err, ERR_PERM, "%s belongs to user %s: run listctl as that user or as root", data,
                       user ? user->pw_name : number);
}

static gid_t group_of_spool(const char *data, gid_t fallback)
{
        struct stat status;
        char *path = g_build_filename(data, "spool", NULL);
        bool found = stat(path, &status) == 0;
        g_free(path);
        return found ? status.st_gid : fallback;
}

bool owner_become(const char *data, struct err *ret_err)
{
        struct stat status;
        if (stat(data, &status) != 0)
                return err_set(ret_err, ERR_NOT_FOUND, "%s: %s: run 'listctl init' first, or name another folder in listd.conf", data,
                               g_strerror(errno));
        if (!S_ISDIR(status.st_mode))
                return err_set(ret_err, ERR_PERM, "%s is not a folder", data);
        if (geteuid() != 0)
                return status.st_uid == geteuid() || is_other(data, status.st_uid, ret_err);
        if (status.st_uid == 0)
                return err_set(ret_err, ERR_PERM, "%s belongs to root: run 'listctl init', which gives it to the listd user", data);
        return owner_drop_to(status.st_uid, status.st_gid, group_of_spool(data, status.st_gid), ret_err);
}
