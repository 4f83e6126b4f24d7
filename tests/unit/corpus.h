/* corpus.h - the shared corpora, where they are: LISTD_CORPORA, or ../shared/corpora beside the sources */
#ifndef LISTD_TESTS_CORPUS_H
#define LISTD_TESTS_CORPUS_H

#include "unit.h"

/* The path of a file or folder of the corpora; the caller frees. Skips the test when it is not there. */
static inline char *corpus_path(const char *name)
{
        const char *folder = g_getenv("LISTD_CORPORA");
        const char *sources = g_getenv("LISTD_SRCDIR");
        char *path = folder ? g_build_filename(folder, name, NULL)
                            : g_build_filename(sources ? sources : ".", "../shared/corpora", name, NULL);
        if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
                print_message("# skipped: no %s\n", path);
                g_free(path);
                skip();
        }
        return path;
}

/* The lines of a text file without the comments (#), each split at its tabs: char **, the caller unrefs. */
static inline GPtrArray *corpus_rows(const char *name)
{
        char *path = corpus_path(name);
        char *text;
        GPtrArray *rows = g_ptr_array_new_with_free_func((GDestroyNotify) g_strfreev);
        assert_true(g_file_get_contents(path, &text, NULL, NULL));
        char **lines = g_strsplit(text, "\n", -1);
        for (char **line = lines; *line; line++)
                if (**line && **line != '#')
                        g_ptr_array_add(rows, g_strsplit(*line, "\t", -1));
        g_strfreev(lines);
        g_free(text);
        g_free(path);
        return rows;
}

/* Resolves \\, \xHH (an octet) and \uHHHH (a character, be it a surrogate); the caller frees. */
static inline char *corpus_unescape(const char *text, size_t *ret_length)
{
        GString *out = g_string_new(NULL);
        while (*text) {
                const size_t digits = text[0] != '\\' ? 0 : text[1] == 'x' ? 2 : text[1] == 'u' ? 4 : 0;
                gunichar value = 0;
                for (size_t i = 0; i < digits; i++)
                        value = value << 4 | (gunichar) g_ascii_xdigit_value(text[2 + i]);
                if (digits == 2)
                        g_string_append_c(out, (char) value);
                else if (digits == 4)
                        g_string_append_unichar(out, value);
                else
                        g_string_append_c(out, *(text += text[0] == '\\' && text[1] == '\\'));
                text += digits ? 2 + digits : 1;
        }
        *ret_length = out->len;
        return g_string_free(out, FALSE);
}

#endif
