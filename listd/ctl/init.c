/* init.c - listctl init: data folder, keys and stores
 * Gives:  ctl_init()
 * Fails:  ERR_NOT_FOUND with the useradd line when a user of the configuration is not there; ERR_PERM when the folder is
 *         somebody else's
 *     DATA        0710 user          the group is let through to spool/
 *     DATA/keys   0700 user
 *     DATA/spool  2770 receive user  of the user's group, which what is made in it inherits
 * Safe to repeat: what is there stays; as root, owners and modes are put right. Folders are opened without following
 * links and changed by descriptor, as the listd user may write in DATA. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/keyring.h"
#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "ctl/owner.h"
#include "store/spool.h"

struct owners {
        bool is_root; /* else everything is ours already */
        uid_t user, receive_user;
        gid_t group;
};

/* --- users --------------------------------------------------------------------------------------- */

static bool find_user(const char *name, const char *key, const char *home, uid_t *ret_uid, gid_t *ret_gid, struct err *ret_err)
{
        const struct passwd *user = getpwnam(name);
        if (!user)
                return err_set(ret_err, ERR_NOT_FOUND,
                               "%s: there is no user %s: useradd --system --no-create-home --home-dir %s --shell /usr/sbin/nologin %s",
                               key, name, home, name);
        if (user->pw_uid == 0)
                return err_set(ret_err, ERR_PERM, "%s: must not be root", key);
        *ret_uid = user->pw_uid;
        *ret_gid = user->pw_gid;
        return true;
}

static bool find_owners(const struct conf *conf, struct owners *ret_owners, struct err *ret_err)
{
        uid_t no_owner;
        gid_t unused;
        *ret_owners = (struct owners) { .is_root = geteuid() == 0, .user = geteuid(), .receive_user = geteuid(), .group = getegid() };
        return !ret_owners->is_root
               || (find_user(conf->user, "[server] user", conf->data, &ret_owners->user, &ret_owners->group, ret_err)
                   && find_user(conf->receive_user, "[receive] user", "/nonexistent", &ret_owners->receive_user, &unused, ret_err)
                   && (!conf_wants_fetch(conf)
                       || find_user(conf->fetch_user, "[fetch] user", "/nonexistent", &no_owner, &unused, ret_err)));
}

/* --- folders -------------------------------------------------------------------------------------- */

struct folder {
        const char *path; /* for messages */
        uid_t uid;
        gid_t gid;
        mode_t mode;
};

static bool put_right(int fd, const struct folder *want, bool is_root, struct err *ret_err)
{
        struct stat is;
        bool ok = fstat(fd, &is) == 0;
        if (ok && is_root && (is.st_uid != want->uid || is.st_gid != want->gid))
                ok = fchown(fd, want->uid, want->gid) == 0;
        else if (ok && is.st_uid != want->uid)
                return err_set(ret_err, ERR_PERM, "%s belongs to another user: run listctl init as root", want->path);
        /* after the owner: chown takes the set-group-id bit away */
        ok = ok && fchmod(fd, want->mode) == 0;
        return ok || err_set(ret_err, ERR_TEMP, "%s: owner and mode cannot be set: %s", want->path, g_strerror(errno));
}

/* Makes and opens `name` in the folder `at`; *ret_is_new when it was not there. Returns its descriptor, or -1. */
static int open_folder(int at, const char *name, const struct folder *want, bool *ret_is_new, struct err *ret_err)
{
        *ret_is_new = mkdirat(at, name, 0700) == 0;
        if (!*ret_is_new && errno != EEXIST) {
                err_set(ret_err, ERR_TEMP, "%s: cannot be made: %s", want->path, g_strerror(errno));
                return -1;
        }
        int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                err_set(ret_err, ERR_PERM, "%s: cannot be opened as a folder: %s", want->path, g_strerror(errno));
        return fd;
}

static void tell_made(struct ctl *ctl, const char *path, bool is_new)
{
        output_say(ctl->output, "%s %s", path, is_new ? "made" : "is there");
}

/* A typing error in `data` must not give /home to listd. */
static bool may_take(int fd, const struct folder *want, struct err *ret_err)
{
        struct stat is;
        if (fstat(fd, &is) != 0)
                return err_set(ret_err, ERR_TEMP, "%s: %s", want->path, g_strerror(errno));
        if (is.st_uid == want->uid)
                return true;
        GDir *dir = g_dir_open(want->path, 0, NULL);
        bool is_empty = dir && !g_dir_read_name(dir);
        g_clear_pointer(&dir, g_dir_close);
        return is_empty
               || err_set(ret_err, ERR_PERM, "%s is not empty and belongs to another user: if it is listd's, chown -R it to user %u",
                          want->path, (unsigned) want->uid);
}

static bool make_subfolder(struct ctl *ctl, int at, const char *name, const struct owners *owners, uid_t uid, mode_t mode,
                           struct err *ret_err)
{
        char *path = g_build_filename(ctl->conf->data, name, NULL);
        const struct folder want = { path, uid, owners->group, mode };
        bool is_new;
        int fd = open_folder(at, name, &want, &is_new, ret_err);
        bool ok = fd >= 0 && put_right(fd, &want, owners->is_root, ret_err);
        if (ok)
                tell_made(ctl, path, is_new);
        if (fd >= 0)
                close(fd);
        g_free(path);
        return ok;
}

static bool make_folders(struct ctl *ctl, const struct owners *owners, struct err *ret_err)
{
        const struct folder want = { ctl->conf->data, owners->user, owners->group, 0710 };
        bool is_new;
        int fd = open_folder(AT_FDCWD, want.path, &want, &is_new, ret_err);
        bool ok = fd >= 0 && (is_new || may_take(fd, &want, ret_err)) && put_right(fd, &want, owners->is_root, ret_err);
        if (ok)
                tell_made(ctl, want.path, is_new);
        ok = ok && make_subfolder(ctl, fd, "keys", owners, owners->user, 0700, ret_err)
             && make_subfolder(ctl, fd, "spool", owners, owners->receive_user, 02770, ret_err);
        if (fd >= 0)
                close(fd);
        return ok;
}

/* --- keys and stores, as the user -------------------------------------------------------------------- */

static bool has_file(const struct ctl *ctl, const char *name)
{
        char *path = g_build_filename(ctl->conf->data, name, NULL);
        bool found = access(path, F_OK) == 0;
        g_free(path);
        return found;
}

static bool make_stores(struct ctl *ctl, struct err *ret_err)
{
        struct spool *spool;
        const char *data = ctl->conf->data;
        bool had_keys = has_file(ctl, "keys/master.key"), had_store = has_file(ctl, "listd.db");
        /* a new key would lock the old store for ever */
        if (!had_keys && had_store)
                return err_set(ret_err, ERR_PERM, "%s/keys/master.key is missing, and listd.db cannot be read without it: restore it",
                               data);
        if (!keyring_create(data, ret_err) || !keyring_load(&ctl->keyring, data, ret_err)
            || !store_open(&ctl->store, data, ctl->keyring, true, ret_err) || !spool_open(&spool, data, true, ret_err))
                return false;
        spool_close(spool);
        if (had_keys)
                output_say(ctl->output, "keys are there");
        else
                output_say(ctl->output, "keys made: keep a copy of %s/keys in a safe place, without it nothing can be read", data);
        output_say(ctl->output, "listd.db and spool.db %s", had_store ? "are there" : "made");
        output_fact(ctl->output, "data", TEXT(data));
        output_fact(ctl->output, "keys_made", FLAG(!had_keys));
        output_fact(ctl->output, "store_made", FLAG(!had_store));
        return true;
}

bool ctl_init(struct ctl *ctl, struct err *ret_err)
{
        struct owners owners;
        return find_owners(ctl->conf, &owners, ret_err) && make_folders(ctl, &owners, ret_err)
               && (!owners.is_root || owner_drop_to(owners.user, owners.group, owners.group, ret_err)) && make_stores(ctl, ret_err);
}
