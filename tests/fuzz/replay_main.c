/* replay_main.c - the main of a fuzz target in an ordinary build: runs each file of a folder, and speaks TAP
 *     fuzz_X [FOLDER]    the folder is tests/fuzz/corpus/X of the sources when none is given
 * A crash, a sanitizer's find or a broken promise ends the process before its plan is fulfilled, which is a failure. */
#include "fuzz.h"

static int by_name(const void *a, const void *b)
{
        return strcmp(*(char *const *) a, *(char *const *) b);
}

static char *own_folder(const char *program)
{
        const char *sources = g_getenv("LISTD_SRCDIR");
        char *name = g_path_get_basename(program);
        char *folder = g_build_filename(sources ? sources : ".", "tests/fuzz/corpus",
                                        g_str_has_prefix(name, "fuzz_") ? name + strlen("fuzz_") : name, NULL);
        g_free(name);
        return folder;
}

static GPtrArray *list_files(const char *folder)
{
        GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
        GDir *dir = g_dir_open(folder, 0, NULL);
        const char *name;
        while (dir && (name = g_dir_read_name(dir)))
                g_ptr_array_add(names, g_strdup(name));
        if (dir)
                g_dir_close(dir);
        g_ptr_array_sort(names, by_name);
        return names;
}

/* On an exact-size heap block, so that a sanitizer sees every over-read. */
static bool replay(const char *folder, const char *name)
{
        char *path = g_build_filename(folder, name, NULL);
        char *text = NULL;
        gsize size = 0;
        bool ok = g_file_get_contents(path, &text, &size, NULL);
        if (ok) {
                uint8_t *data = g_memdup2(text, size ? size : 1);
                LLVMFuzzerTestOneInput(data, size);
                g_free(data);
        }
        g_free(text);
        g_free(path);
        return ok;
}

int main(int argc, char **argv)
{
        char *folder = argc > 1 ? g_strdup(argv[1]) : own_folder(argv[0]);
        GPtrArray *names = list_files(folder);
        bool all = names->len > 0;
        printf("1..%u\n", MAX(names->len, 1));
        if (!all)
                printf("not ok 1 - no files in %s\n", folder);
        for (guint i = 0; i < names->len; i++) {
                bool ok = replay(folder, names->pdata[i]);
                printf("%s %u - %s\n", ok ? "ok" : "not ok", i + 1, (char *) names->pdata[i]);
                fflush(stdout);
                all &= ok;
        }
        g_ptr_array_unref(names);
        g_free(folder);
        return all ? 0 : 1;
}
