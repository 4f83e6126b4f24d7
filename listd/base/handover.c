/* handover.c - what the supervisor hands to a role
 * Gives:  handover_write(), handover_read(), handover_free()
 * Fails:  ERR_BUG: both ends are the same binary
 * The memory file holds named blobs: "name length\n" and the octets. It is sealed against change. */
#include "base/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 4 * 1024 * 1024 };

static void put(GString *file, const char *name, const void *bytes, size_t length)
{
        g_string_append_printf(file, "%s %zu\n", name, length);
        g_string_append_len(file, bytes, (gssize) length);
}

static void put_text(GString *file, const char *name, const char *text)
{
        if (text)
                put(file, name, text, strlen(text));
}

/* "password 3": written with a colon, for a name has no blank. */
static void put_numbered(GString *file, const char *name, size_t number, const char *text)
{
        char *whole = g_strdup_printf("%s:%zu", name, number);
        put_text(file, whole, text);
        g_free(whole);
}

/* The fixed-size part: the same binary reads it, so its layout is the struct's. */
struct numbers {
        pid_t supervisor;
        bool crashed;
        int wake_in, wake_out;
        uint8_t log_key[KEY_BYTES], spool_public[KEY_BYTES];
        struct listener listeners[LISTENERS_MAX];
        size_t listener_count;
};

static GString *compose(const struct handover *handover)
{
        struct numbers numbers = { 0 };
        GString *file = g_string_new(NULL);
        char *conf = conf_text(handover->conf);
        numbers.supervisor = handover->supervisor;
        numbers.crashed = handover->crashed;
        numbers.wake_in = handover->wake_in;
        numbers.wake_out = handover->wake_out;
        numbers.listener_count = handover->listener_count;
        memcpy(numbers.log_key, handover->log_key, KEY_BYTES);
        memcpy(numbers.spool_public, handover->spool_public, KEY_BYTES);
        memcpy(numbers.listeners, handover->listeners, sizeof numbers.listeners);
        put(file, "numbers", &numbers, sizeof numbers);
        put_text(file, "conf", conf);
        put_text(file, "tls_cert", handover->tls_cert);
        put_text(file, "tls_key", handover->tls_key);
        put_text(file, "probes", handover->probes);
        put_text(file, "password", handover->password);
        put_text(file, "tls_ca", handover->tls_ca);
        for (size_t i = 0; i < PICKUPS_MAX; i++) {
                put_numbered(file, "password", i, handover->pickup_passwords[i]);
                put_numbered(file, "ca", i, handover->pickup_cas[i]);
        }
        g_free(conf);
        return file;
}

static void wipe(char *text)
{
        if (text)
                explicit_bzero(text, strlen(text));
        g_free(text);
}

int handover_write(const struct handover *handover, struct err *ret_err)
{
        GString *file = compose(handover);
        int fd = memfd_create("listd-handover", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        bool ok = fd >= 0 && write(fd, file->str, file->len) == (ssize_t) file->len && lseek(fd, 0, SEEK_SET) == 0
                  && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0;
        if (!ok) {
                err_set(ret_err, ERR_TEMP, "cannot make the handover file: %s", g_strerror(errno));
                if (fd >= 0)
                        close(fd);
                fd = -1;
        }
        explicit_bzero(file->str, file->len);
        g_string_free(file, TRUE);
        return fd;
}

/* --- reading -------------------------------------------------------------------------- */

static bool take_numbered(char *texts[PICKUPS_MAX], const char *name, const char *prefix, const char *bytes, size_t length)
{
        guint64 number;
        if (!g_str_has_prefix(name, prefix) || !g_ascii_string_to_unsigned(name + strlen(prefix), 10, 0, PICKUPS_MAX - 1, &number, NULL))
                return false;
        texts[number] = g_strndup(bytes, length);
        return true;
}

static bool take(struct handover *handover, const char *name, const char *bytes, size_t length, struct err *ret_err)
{
        const struct {
                const char *name;
                char **place;
        } texts[] = { { "tls_cert", &handover->tls_cert },
                      { "tls_key", &handover->tls_key },
                      { "probes", &handover->probes },
                      { "password", &handover->password },
                      { "tls_ca", &handover->tls_ca } };
        if (strcmp(name, "conf") == 0)
                return conf_parse(&handover->conf, bytes, length, "handover", ret_err);
        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
                if (strcmp(name, texts[i].name) == 0) {
                        *texts[i].place = g_strndup(bytes, length);
                        return true;
                }
        if (take_numbered(handover->pickup_passwords, name, "password:", bytes, length)
            || take_numbered(handover->pickup_cas, name, "ca:", bytes, length))
                return true;
        struct numbers numbers;
        if (strcmp(name, "numbers") != 0 || length != sizeof numbers)
                return err_set(ret_err, ERR_BUG, "the handover holds an unknown '%s'", name);
        memcpy(&numbers, bytes, sizeof numbers);
        handover->supervisor = numbers.supervisor;
        handover->crashed = numbers.crashed;
        handover->wake_in = numbers.wake_in;
        handover->wake_out = numbers.wake_out;
        handover->listener_count = MIN(numbers.listener_count, LISTENERS_MAX);
        memcpy(handover->log_key, numbers.log_key, KEY_BYTES);
        memcpy(handover->spool_public, numbers.spool_public, KEY_BYTES);
        memcpy(handover->listeners, numbers.listeners, sizeof handover->listeners);
        return true;
}

static bool take_all(struct handover *handover, const char *file, size_t length, struct err *ret_err)
{
        size_t at = 0;
        while (at < length) {
                char name[16];
                size_t size;
                const char *newline = strchr(file + at, '\n');
                if (!newline || sscanf(file + at, "%15s %zu", name, &size) != 2)
                        return err_set(ret_err, ERR_BUG, "the handover is cut short");
                at = (size_t) (newline + 1 - file);
                if (size > length - at)
                        return err_set(ret_err, ERR_BUG, "the handover is cut short");
                if (!take(handover, name, file + at, size, ret_err))
                        return false;
                at += size;
        }
        return handover->conf || err_set(ret_err, ERR_BUG, "the handover holds no configuration");
}

bool handover_read(struct handover **ret_handover, int fd, struct err *ret_err)
{
        struct stat status;
        *ret_handover = NULL;
        if (fstat(fd, &status) != 0 || status.st_size <= 0 || status.st_size > FILE_MAX)
                return err_set(ret_err, ERR_BUG, "there is no handover: a role is started by listd only");
        size_t length = (size_t) status.st_size;
        char *file = g_malloc(length + 1);
        struct handover *handover = g_new0(struct handover, 1);
        file[length] = '\0';
        bool ok = pread(fd, file, length, 0) == (ssize_t) length ? take_all(handover, file, length, ret_err)
                                                                 : err_set(ret_err, ERR_BUG, "the handover cannot be read");
        explicit_bzero(file, length);
        g_free(file);
        if (ok)
                *ret_handover = handover;
        else
                handover_free(handover);
        return ok;
}

void handover_free(struct handover *handover)
{
        if (!handover)
                return;
        conf_free(handover->conf);
        wipe(handover->tls_cert);
        wipe(handover->tls_key);
        g_free(handover->probes);
        wipe(handover->password);
        wipe(handover->tls_ca);
        for (size_t i = 0; i < PICKUPS_MAX; i++) {
                wipe(handover->pickup_passwords[i]);
                wipe(handover->pickup_cas[i]);
        }
        explicit_bzero(handover, sizeof *handover);
        g_free(handover);
}
