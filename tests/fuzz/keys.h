/* keys.h - a keyring for a fuzz target, of files that are gone again */
#ifndef LISTD_TESTS_FUZZ_KEYS_H
#define LISTD_TESTS_FUZZ_KEYS_H

#include <stdio.h>

#include <glib/gstdio.h>

#include "base/keyring.h"

static inline struct keyring *fuzz_keyring(void)
{
        static const char *const made[] = { "keys/master.key", "keys/spool.key", "keys/log.key", "keys", "" };
        struct keyring *keyring;
        struct err err = { 0 };
        char *data = g_dir_make_tmp("listd-fuzz-XXXXXX", NULL);
        char *keys = g_build_filename(data, "keys", NULL);
        g_assert(g_mkdir(keys, 0700) == 0);
        if (!keyring_create(data, &err) || !keyring_load(&keyring, data, &err))
                g_error("%s", err.text);
        for (size_t i = 0; i < G_N_ELEMENTS(made); i++) {
                char *path = g_build_filename(data, made[i], NULL);
                g_assert(remove(path) == 0);
                g_free(path);
        }
        g_free(keys);
        g_free(data);
        return keyring;
}

#endif
