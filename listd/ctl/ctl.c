/* ctl.c - what several commands of listctl need
 * Gives:  what ctl.h lists
 * Fails:  ERR_USAGE for words that are no list or address, ERR_NOT_FOUND for what is not there */
#include "ctl/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/domain.h"
#include "base/keyring.h"
#include "ctl/owner.h"
#include "handle/publish.h"
#include "store/spool.h"

bool ctl_open(struct ctl *ctl, struct err *ret_err)
{
        return owner_become(ctl->conf->data, ret_err) && keyring_load(&ctl->keyring, ctl->conf->data, ret_err)
               && store_open(&ctl->store, ctl->conf->data, ctl->keyring, false, ret_err);
}

bool ctl_open_spool(struct ctl *ctl, struct err *ret_err)
{
        return owner_become(ctl->conf->data, ret_err) && spool_open(&ctl->spool, ctl->conf->data, false, ret_err);
}

void ctl_close(struct ctl *ctl)
{
        spool_close(ctl->spool);
        store_close(ctl->store);
        keyring_free(ctl->keyring);
        ctl->store = NULL;
        ctl->spool = NULL;
        ctl->keyring = NULL;
}

bool ctl_list_name(const char *text, char **ret_name, char **ret_domain, struct err *ret_err)
{
        const char *at = strrchr(text, '@');
        char *domain = at ? domain_to_ascii(at + 1) : NULL;
        if (!domain || at == text) {
                g_free(domain);
                return err_set(ret_err, ERR_USAGE, "'%s' names no list: write name@domain", text);
        }
        char *name = g_strndup(text, (gsize) (at - text));
        *ret_name = g_ascii_strdown(name, -1);
        *ret_domain = domain;
        g_free(name);
        return true;
}

bool ctl_list(struct ctl *ctl, const char *text, struct list **ret_list, struct err *ret_err)
{
        char *name, *domain;
        *ret_list = NULL;
        if (!ctl_list_name(text, &name, &domain, ret_err))
                return false;
        bool ok = list_find(ctl->store, name, domain, ret_list, ret_err);
        if (ok && !*ret_list)
                ok = err_set(ret_err, ERR_NOT_FOUND, "%s@%s: there is no such list ('listctl list ls' names them)", name, domain);
        g_free(name);
        g_free(domain);
        return ok;
}

bool ctl_address(const char *text, struct address **ret_address, struct err *ret_err)
{
        if (address_parse(ret_address, text, strlen(text), ret_err))
                return true;
        ret_err->class = ERR_USAGE;
        return err_prefix(ret_err, "'%s'", text);
}

bool ctl_member(struct ctl *ctl, const struct list *list, const char *text, struct member **ret_member, struct err *ret_err)
{
        struct address *address;
        *ret_member = NULL;
        if (!ctl_address(text, &address, ret_err))
                return false;
        bool ok = member_find(ctl->store, list->id, address->fold, ret_member, ret_err);
        if (ok && !*ret_member)
                ok = err_set(ret_err, ERR_NOT_FOUND, "%s is not a member of %s", address->text, list->address);
        address_free(address);
        return ok;
}

bool ctl_each_word(struct ctl *ctl, struct list *list, ctl_word *each, struct err *ret_err)
{
        if (!store_begin(ctl->store, ret_err))
                return false;
        bool ok = true;
        for (char **word = ctl->line->args + 1; ok && *word; word++)
                ok = each(ctl, list, *word, ret_err);
        return store_end(ctl->store, ok, ret_err);
}

struct desk ctl_desk(const struct ctl *ctl, struct list *list)
{
        return (struct desk){ .store = ctl->store, .conf = ctl->conf, .list = list, .log_id = "listctl", .now = clock_now() };
}

bool ctl_publish(struct ctl *ctl, struct err *ret_err)
{
        return publish_facts(ctl->store, ctl->conf->data, ret_err)
               || err_prefix(ret_err, "the change stands, but the receiver does not know it yet (restart listd)");
}

static bool read_all(int fd, size_t most, GByteArray *bytes, struct err *ret_err)
{
        uint8_t block[64 * 1024];
        for (;;) {
                ssize_t got = read(fd, block, sizeof block);
                if (got < 0 && errno == EINTR)
                        continue;
                if (got < 0)
                        return err_set(ret_err, ERR_TEMP, "cannot be read: %s", g_strerror(errno));
                if (got == 0)
                        return true;
                if (bytes->len + (size_t) got > most)
                        return err_set(ret_err, ERR_PERM, "is larger than %zu octets", most);
                g_byte_array_append(bytes, block, (guint) got);
        }
}

/* -1: it cannot be opened. Standard input is not the caller's to close. */
static int open_input(const char *path, struct err *ret_err)
{
        const int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0 && errno == EACCES)
                err_set(ret_err, ERR_PERM, "%s: listctl, as the owner of the data, may not read it: use '-' and '< %s'", path, path);
        else if (fd < 0)
                err_set(ret_err, ERR_NOT_FOUND, "%s: cannot be read: %s", path, g_strerror(errno));
        return fd;
}

static bool close_input(int fd, const char *path, bool ok, struct err *ret_err)
{
        if (fd != STDIN_FILENO)
                close(fd);
        return ok || err_prefix(ret_err, "%s", fd == STDIN_FILENO ? "standard input" : path);
}

bool ctl_read_file(const char *path, size_t most, char **ret_text, size_t *ret_length, struct err *ret_err)
{
        *ret_text = NULL;
        const int fd = open_input(path, ret_err);
        if (fd < 0)
                return false;
        GByteArray *bytes = g_byte_array_new();
        const bool ok = close_input(fd, path, read_all(fd, most, bytes, ret_err), ret_err);
        *ret_length = bytes->len;
        g_byte_array_append(bytes, (const guint8 *) "", 1);
        char *text = (char *) g_byte_array_free(bytes, FALSE);
        if (ok)
                *ret_text = text;
        else
                g_free(text);
        return ok;
}

/* NULL: it is no file, or is not to be read from its start. */
static GMappedFile *map(int fd)
{
        struct stat status;
        const bool is_file = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && lseek(fd, 0, SEEK_CUR) == 0;
        return is_file ? g_mapped_file_new_from_fd(fd, FALSE, NULL) : NULL;
}

static bool map_or_read(int fd, size_t most, GBytes **ret_bytes, struct err *ret_err)
{
        GMappedFile *file = map(fd);
        GByteArray *bytes = file ? NULL : g_byte_array_new();
        if (file && g_mapped_file_get_length(file) > most)
                err_set(ret_err, ERR_PERM, "is larger than %zu octets", most);
        else if (file)
                *ret_bytes = g_mapped_file_get_bytes(file);
        else if (read_all(fd, most, bytes, ret_err))
                *ret_bytes = g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
        g_clear_pointer(&bytes, g_byte_array_unref);
        g_clear_pointer(&file, g_mapped_file_unref);
        return *ret_bytes != NULL;
}

bool ctl_map_file(const char *path, size_t most, GBytes **ret_bytes, struct err *ret_err)
{
        *ret_bytes = NULL;
        const int fd = open_input(path, ret_err);
        return fd >= 0 && close_input(fd, path, map_or_read(fd, most, ret_bytes, ret_err), ret_err);
}
