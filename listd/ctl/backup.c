/* backup.c - listctl backup, restore
 * Gives:  ctl_backup(), ctl_restore()
 * Fails:  as store/backup.h; ERR_PERM when listd runs, or has lists, at a restore */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "store/backup.h"

static void show_progress(void *user, int64_t done, int64_t total)
{
        output_progress(user, "copying", (size_t) done, (size_t) total);
}

static struct backup_job job_of(struct ctl *ctl)
{
        return (struct backup_job){ .store = ctl->store,
                                    .spool = ctl->spool,
                                    .data = ctl->conf->data,
                                    .path = ctl->line->args[0],
                                    .with_keys = ctl->line->flags[FLAG_WITH_KEY],
                                    .progress = show_progress,
                                    .user = ctl->output };
}

bool ctl_backup(struct ctl *ctl, struct err *ret_err)
{
        if (!spool_open(&ctl->spool, ctl->conf->data, false, ret_err))
                return false;
        const struct backup_job job = job_of(ctl);
        if (!backup_write(&job, ret_err))
                return false;
        output_fact(ctl->output, "file", TEXT(job.path));
        output_fact(ctl->output, "keys", TEXT(job.with_keys ? "in the file" : "not in the file"));
        output_say(ctl->output, "%s: written", job.path);
        if (job.with_keys)
                output_warn(ctl->output, "%s holds the keys: WHOEVER HAS THIS FILE CAN READ WHO IS ON EACH LIST", job.path);
        else
                output_warn(ctl->output, "THE KEYS ARE NOT IN IT: keep a copy of %s/keys elsewhere, or nothing of it can ever be read",
                            job.data);
        return true;
}

/* The locks of the roles that work on what is stored (supervise/role.c), until listctl ends: a listd that is started meanwhile waits. */
static bool nobody_runs(const struct ctl *ctl, struct err *ret_err)
{
        static const char *const names[] = { "handle.lock", "deliver.lock" };
        bool ok = true;
        for (size_t i = 0; ok && i < G_N_ELEMENTS(names); i++) {
                char *path = g_build_filename(ctl->conf->data, names[i], NULL);
                struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
                const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
                ok = fd >= 0 || err_set(ret_err, ERR_TEMP, "%s cannot be opened: %s", path, g_strerror(errno));
                ok = ok && (fcntl(fd, F_SETLK, &lock) == 0
                            || err_set(ret_err, ERR_PERM, "listd runs with %s: stop it first", ctl->conf->data));
                g_free(path);
        }
        return ok;
}

static bool has_no_list(struct ctl *ctl, struct err *ret_err)
{
        GPtrArray *lists;
        if (!list_all(ctl->store, &lists, ret_err))
                return false;
        const guint count = lists->len;
        g_ptr_array_unref(lists);
        return count == 0 || ctl->line->flags[FLAG_REPLACE]
               || err_set(ret_err, ERR_PERM, "there are %u lists here already: with --replace they are gone afterwards", count);
}

bool ctl_restore(struct ctl *ctl, struct err *ret_err)
{
        int64_t written;
        if (!nobody_runs(ctl, ret_err) || !has_no_list(ctl, ret_err) || !spool_open(&ctl->spool, ctl->conf->data, false, ret_err))
                return false;
        const struct backup_job job = job_of(ctl);
        if (!backup_restore(&job, &written, ret_err))
                return false;
        output_fact(ctl->output, "file", TEXT(job.path));
        output_fact(ctl->output, "written", TIME(written));
        output_say(ctl->output, "%s: restored. Posts that were on their way then are sent again; 'listctl check store' reads all of it",
                   job.path);
        return true;
}
