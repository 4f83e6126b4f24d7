/* folder.c - a throw-away data folder with keys, for tests that need a store */
#include "folder.h"

#include <ftw.h>

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
        return remove(path);
}

char *folder_make(struct keyring **ret_keyring)
{
        struct err err = { 0 };
        char *data = g_dir_make_tmp("listd-test-XXXXXX", NULL);
        static const char *const names[] = { "keys", "spool" };
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                char *path = g_build_filename(data, names[i], NULL);
                assert_int_equal(g_mkdir_with_parents(path, 0700), 0);
                g_free(path);
        }
        if (!keyring_create(data, &err) || !keyring_load(ret_keyring, data, &err))
                fail_msg("%s", err.text);
        return data;
}

void folder_remove(char *data)
{
        nftw(data, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
        g_free(data);
}
