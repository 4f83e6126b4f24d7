/* keyring.c - the keys and all that is done with them
 * Gives:     what keyring.h lists; the only file that includes sodium.h
 * Fails:     ERR_NOT_FOUND for a missing key file, ERR_PERM for one that others may read
 * Standards: BLAKE2b (RFC 7693), XChaCha20-Poly1305, X25519 with XSalsa20-Poly1305 (crypto_box_seal) */
#include "base/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

struct keyring {
        uint8_t use[KEY_USES][KEY_BYTES];
        uint8_t spool_secret[KEY_BYTES];
        uint8_t spool_public[KEY_BYTES];
};

static const char KDF_CONTEXT[crypto_kdf_CONTEXTBYTES] = "listd001";
enum { NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES };

static void sodium_ready(void)
{
        if (sodium_init() < 0)
                g_error("libsodium does not start");
}

static bool write_key(const char *data, const char *name, const uint8_t key[KEY_BYTES], struct err *ret_err)
{
        char *path = g_build_filename(data, name, NULL);
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        bool exists = fd < 0 && errno == EEXIST;
        bool ok = fd >= 0 && write(fd, key, KEY_BYTES) == KEY_BYTES && fsync(fd) == 0;
        if (!ok && !exists)
                err_set(ret_err, ERR_TEMP, "cannot write %s: %s", path, g_strerror(errno));
        if (!ok && fd >= 0)
                unlink(path); /* half a key would be kept, and never be one */
        if (fd >= 0)
                close(fd);
        g_free(path);
        return ok || exists;
}

bool key_file_read(const char *data, const char *name, uint8_t ret_key[KEY_BYTES], struct err *ret_err)
{
        char *path = g_build_filename(data, name, NULL);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        struct stat status;
        bool ok = false;
        if (fd < 0 && errno == ENOENT)
                err_set(ret_err, ERR_NOT_FOUND, "%s is missing: run 'listctl init' first", path);
        else if (fd < 0 || fstat(fd, &status) != 0)
                err_set(ret_err, ERR_TEMP, "cannot read %s: %s", path, g_strerror(errno));
        else if (status.st_mode & 077)
                err_set(ret_err, ERR_PERM, "%s may be read by others: chmod 600 it, and think who has read it", path);
        else if (status.st_size != KEY_BYTES || read(fd, ret_key, KEY_BYTES) != KEY_BYTES)
                err_set(ret_err, ERR_PERM, "%s is not a key of %d octets: restore it from your backup", path, KEY_BYTES);
        else
                ok = true;
        if (fd >= 0)
                close(fd);
        g_free(path);
        return ok;
}

bool key_file_replace(const char *data, const char *name, const uint8_t key[KEY_BYTES], struct err *ret_err)
{
        char *path = g_build_filename(data, name, NULL), *before = g_strconcat(path, ".before", NULL);
        bool ok = rename(path, before) == 0 || errno == ENOENT
                  || err_set(ret_err, ERR_TEMP, "cannot rename %s: %s", path, g_strerror(errno));
        ok = ok && write_key(data, name, key, ret_err);
        g_free(before);
        g_free(path);
        return ok;
}

bool keyring_create(const char *data, struct err *ret_err)
{
        sodium_ready();
        uint8_t key[KEY_BYTES];
        static const char *const names[] = { "keys/master.key", "keys/log.key", "keys/spool.key" };
        bool ok = true;
        for (size_t i = 0; i < G_N_ELEMENTS(names) && ok; i++) {
                randombytes_buf(key, sizeof key);
                ok = write_key(data, names[i], key, ret_err);
        }
        sodium_memzero(key, sizeof key);
        return ok;
}

bool spool_public_read(const char *data, uint8_t ret_public[KEY_BYTES], struct err *ret_err)
{
        uint8_t secret[KEY_BYTES];
        sodium_ready();
        bool ok = key_file_read(data, "keys/spool.key", secret, ret_err);
        if (ok)
                crypto_scalarmult_base(ret_public, secret);
        sodium_memzero(secret, sizeof secret);
        return ok;
}

bool keyring_load(struct keyring **ret_keyring, const char *data, struct err *ret_err)
{
        sodium_ready();
        uint8_t master[KEY_BYTES];
        struct keyring *keyring = g_new0(struct keyring, 1);
        bool ok = key_file_read(data, "keys/master.key", master, ret_err)
                  && key_file_read(data, "keys/spool.key", keyring->spool_secret, ret_err);
        *ret_keyring = NULL;
        if (ok) {
                for (unsigned use = 1; use < KEY_USES; use++)
                        crypto_kdf_derive_from_key(keyring->use[use], KEY_BYTES, use, KDF_CONTEXT, master);
                crypto_scalarmult_base(keyring->spool_public, keyring->spool_secret);
                *ret_keyring = keyring;
        } else {
                keyring_free(keyring);
        }
        sodium_memzero(master, sizeof master);
        return ok;
}

void keyring_free(struct keyring *keyring)
{
        if (!keyring)
                return;
        sodium_memzero(keyring, sizeof *keyring);
        g_free(keyring);
}

static void scope_octets(int64_t scope, uint8_t ret_octets[8])
{
        for (int i = 0; i < 8; i++)
                ret_octets[i] = (uint8_t) ((uint64_t) scope >> (8 * i));
}

void keyring_hash(const struct keyring *keyring, enum key_use use, int64_t scope, const void *bytes, size_t length,
                  uint8_t ret_hash[HASH_BYTES])
{
        crypto_generichash_state state;
        uint8_t octets[8];
        scope_octets(scope, octets);
        crypto_generichash_init(&state, keyring->use[use], KEY_BYTES, HASH_BYTES);
        crypto_generichash_update(&state, octets, sizeof octets);
        crypto_generichash_update(&state, bytes, length);
        crypto_generichash_final(&state, ret_hash, HASH_BYTES);
}

GBytes *keyring_seal(const struct keyring *keyring, enum key_use use, int64_t scope, const void *bytes, size_t length)
{
        uint8_t octets[8];
        uint8_t *box = g_malloc(NONCE + length + TAG);
        scope_octets(scope, octets);
        randombytes_buf(box, NONCE);
        crypto_aead_xchacha20poly1305_ietf_encrypt(box + NONCE, NULL, bytes, length, octets, sizeof octets, NULL, box,
                                                   keyring->use[use]);
        return g_bytes_new_take(box, NONCE + length + TAG);
}

GBytes *keyring_open(const struct keyring *keyring, enum key_use use, int64_t scope, const void *box, size_t length)
{
        if (length < NONCE + TAG)
                return NULL;
        uint8_t octets[8];
        size_t plain_length = length - NONCE - TAG;
        uint8_t *plain = g_malloc(plain_length + 1); /* a 0 behind, so that text is a string */
        scope_octets(scope, octets);
        if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, (const uint8_t *) box + NONCE, length - NONCE, octets,
                                                       sizeof octets, box, keyring->use[use])
            != 0) {
                g_free(plain);
                return NULL;
        }
        plain[plain_length] = 0;
        return g_bytes_new_take(plain, plain_length);
}

GBytes *spool_box_seal(const uint8_t public_key[KEY_BYTES], const void *bytes, size_t length)
{
        sodium_ready();
        uint8_t *box = g_malloc(length + crypto_box_SEALBYTES);
        if (crypto_box_seal(box, bytes, length, public_key) != 0)
                g_error("the spool's public key cannot be used");
        return g_bytes_new_take(box, length + crypto_box_SEALBYTES);
}

GBytes *spool_box_open(const struct keyring *keyring, const void *box, size_t length)
{
        if (length < crypto_box_SEALBYTES)
                return NULL;
        size_t plain_length = length - crypto_box_SEALBYTES;
        uint8_t *plain = g_malloc(plain_length + 1);
        if (crypto_box_seal_open(plain, box, length, keyring->spool_public, keyring->spool_secret) != 0) {
                g_free(plain);
                return NULL;
        }
        return g_bytes_new_take(plain, plain_length);
}

void keyed_hash_hex(const uint8_t key[KEY_BYTES], const void *bytes, size_t length, char *ret_hex, size_t size)
{
        uint8_t hash[HASH_BYTES];
        char hex[HASH_BYTES * 2 + 1];
        crypto_generichash(hash, sizeof hash, bytes, length, key, KEY_BYTES);
        sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
        g_strlcpy(ret_hex, hex, size);
}

uint64_t short_hash(const uint8_t key[SHORT_KEY_BYTES], const void *bytes, size_t length)
{
        uint64_t hash;
        G_STATIC_ASSERT(SHORT_KEY_BYTES == crypto_shorthash_KEYBYTES && sizeof hash == crypto_shorthash_BYTES);
        crypto_shorthash((uint8_t *) &hash, bytes, length, key);
        return hash;
}

void random_bytes(void *ret_bytes, size_t length)
{
        sodium_ready();
        randombytes_buf(ret_bytes, length);
}

bool bytes_equal(const void *a, const void *b, size_t length)
{
        return sodium_memcmp(a, b, length) == 0;
}
