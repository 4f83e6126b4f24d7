/* test_kind.c - what a file is by its content, what a list lets through, and what is in a winmail.dat */
#include "corpus.h"
#include "mail.h"

#include "mail/kind.h"
#include "mail/tnef.h"

#define OCTETS(literal) literal, sizeof(literal) - 1
#define PNG "\x89PNG\r\n\x1a\n....IHDR"
#define ZIP_OF(name, length) "PK\3\4..........................PK\1\2........................" length "\0................" name
#define OOXML "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

/* --- content ---------------------------------------------------------------------------- */

static void test_content(void **state)
{
        static const struct {
                const char *octets;
                size_t length;
                const char *type;
        } cases[] = {
                { OCTETS(PNG), "image/png" },
                { OCTETS("\xff\xd8\xff\xe0..JFIF"), "image/jpeg" },
                { OCTETS("GIF89a..."), "image/gif" },
                { OCTETS("RIFF....WEBPVP8 "), "image/webp" },
                { OCTETS("RIFF....WAVEfmt "), "audio/wav" },
                { OCTETS("%PDF-1.7\n"), "application/pdf" },
                { OCTETS("....ftypisom"), "video/mp4" },
                { OCTETS("MZ\x90"), "application/x-executable" },
                { OCTETS("\x7f" "ELF\2"), "application/x-executable" },
                { OCTETS("#!/bin/sh\n"), "application/x-executable" },
                { OCTETS("BEGIN:VCALENDAR\r\n"), "text/calendar" },
                { OCTETS("a,b\n1,2\n"), "text/plain" },
                { OCTETS("Gr\xfc\xdf" "e"), "text/plain" },
                { OCTETS("<!DOCTYPE html><p>x"), "text/html" },
                { OCTETS("<?xml version=\"1.0\"?><svg onload=\"x()\">"), "image/svg+xml" },
                { OCTETS("a\0b"), NULL },
                { OCTETS("\1\2\3"), NULL },
                { OCTETS(""), NULL },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                char *octets = exact(cases[i].octets, cases[i].length);
                const char *type = kind_of_content(octets, cases[i].length);
                if (g_strcmp0(type, cases[i].type) != 0)
                        fail_msg("case %zu: %s", i, type ? type : "nothing");
                g_free(octets);
        }
}

/* --- what passes -------------------------------------------------------------------------- */

static const struct pass_case {
        const char *what, *allow; /* of attachments_allow; NULL: attachments = allow */
        const char *label, *name, *octets;
        size_t length;
        const char *type; /* NULL: it is cut */
} PASS_CASES[] = {
        { "as listed", "image/png", "image/png", "a.png", OCTETS(PNG), "image/png" },
        { "any of a kind", "image/*", "image/png", "a.png", OCTETS(PNG), "image/png" },
        { "not listed", "image/jpeg", "image/png", "a.png", OCTETS(PNG), NULL },
        { "another content", "image/png", "image/png", "a.png", OCTETS("%PDF-1.7"), NULL },
        { "a program with a label", "image/png", "image/png", "a.png", OCTETS("MZ\x90"), NULL },
        { "a label for a picture", "application/pdf", "application/pdf", "a.pdf", OCTETS(PNG), NULL },
        { "a program by name", "text/plain", "text/plain", "a.txt.js", OCTETS("alert()"), NULL },
        { "a name with dots behind it", "text/plain", "text/plain", "a.bat. .", OCTETS("del"), NULL },
        { "a name in capitals", "text/plain", "text/plain", "A.CMD", OCTETS("del"), NULL },
        { "text", "text/csv", "text/csv", "a.csv", OCTETS("a,b\n"), "text/csv" },
        { "text that is none", "text/csv", "text/csv", "a.csv", OCTETS("a\0b"), NULL },
        { "a document", OOXML, OOXML, "a.docx", OCTETS(ZIP_OF("word/document.xml", "\x11")), OOXML },
        { "a document with macros", OOXML, OOXML, "a.docx", OCTETS(ZIP_OF("word/vbaProject.bin", "\x13")), NULL },
        { "an archive", "application/zip", "application/zip", "a.zip", OCTETS(ZIP_OF("x/a.txt", "\x07")), "application/zip" },
        { "a program in an archive", "application/zip", "application/zip", "a.zip", OCTETS(ZIP_OF("x/a.Exe", "\x07")), NULL },
        { "an archive that does not end", "application/zip", "application/zip", "a.zip", OCTETS("PK\3\4...........................PK\1\2..."), NULL },
        { "an archive without a directory", "application/zip", "application/zip", "a.zip", OCTETS("PK\3\4.............................x.exe"), NULL },
        { "a calendar, by name", "text/calendar", "text/calendar", "a.ics", OCTETS("BEGIN:VCALENDAR\n"), "text/calendar" },
        { "all: a picture", NULL, "image/png", "a.png", OCTETS(PNG), "image/png" },
        { "all: a picture with another label", NULL, "image/jpeg", "a.jpg", OCTETS(PNG), "image/png" },
        { "all: what nobody knows", NULL, "application/x-thing", "a.thing", OCTETS("\1\2\3"), "application/octet-stream" },
        { "all: a program", NULL, "application/octet-stream", "a", OCTETS("\x7f" "ELF"), NULL },
        { "all: a program by its label", NULL, "application/x-msdownload", "a", OCTETS("\1\2\3"), NULL },
        { "all: a calendar", NULL, "text/calendar", "a.ics", OCTETS("BEGIN:VCALENDAR\n"), NULL },
        { "all: a calendar with another label", NULL, "text/plain", "a.txt", OCTETS("BEGIN:VCALENDAR\n"), NULL },
        { "all: a card", NULL, "text/vcard", "a.vcf", OCTETS("BEGIN:VCARD\n"), NULL },
        { "all: a page", NULL, "application/octet-stream", "a", OCTETS("<html><img src=x>"), NULL },
        { "all: a message that is a file", NULL, "message/rfc822", "a.eml", OCTETS("From: anna"), NULL },
        { "none", "", "image/png", "a.png", OCTETS(PNG), NULL },
};

static void test_passes(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(PASS_CASES); i++) {
                const struct pass_case *c = &PASS_CASES[i];
                struct list list = mail_list();
                char **allow = g_strsplit(c->allow ? c->allow : "", ",", -1);
                GBytes *octets = g_bytes_new_take(exact(c->octets, c->length), c->length);
                const char *type, *why;
                list.attachments = c->allow ? ATTACHMENTS_STRIP : ATTACHMENTS_ALLOW;
                list.attachments_allow = allow;
                const bool passes = kind_passes(&list, c->label, c->name, octets, &type, &why);
                if (passes != (c->type != NULL) || (passes && strcmp(type, c->type) != 0))
                        fail_msg("%s: %s", c->what, passes ? type : why ? why : "not listed");
                g_bytes_unref(octets);
                g_strfreev(allow);
        }
}

/* --- winmail.dat ---------------------------------------------------------------------------- */

static void append_attribute(GString *out, char level, guint32 id, const char *octets, size_t length)
{
        guint16 sum = 0;
        const guint32 size = GUINT32_TO_LE((guint32) length), little = GUINT32_TO_LE(id);
        for (size_t i = 0; i < length; i++)
                sum = (guint16) (sum + (unsigned char) octets[i]);
        g_string_append_c(out, level);
        g_string_append_len(out, (const char *) &little, sizeof little);
        g_string_append_len(out, (const char *) &size, sizeof size);
        g_string_append_len(out, octets, (gssize) length);
        g_string_append_len(out, (const char *) &sum, sizeof sum);
}

enum { ATTACHMENT = 0x00069005, RENDDATA = 0x00069002, TITLE = 0x00018010, DATA = 0x0006800f, VERSION = 0x00089006 };

static GString *winmail(const char *const *names)
{
        GString *out = g_string_new_len("\x78\x9f\x3e\x22\1\0", 6);
        append_attribute(out, 1, VERSION, OCTETS("\0\0\1\0"));
        for (; *names; names++) {
                append_attribute(out, 2, RENDDATA, OCTETS("\1\0\0\0\0\0\0\0\0\0\0\0\0\0"));
                append_attribute(out, 2, TITLE, *names, strlen(*names) + 1);
                append_attribute(out, 2, DATA, OCTETS("12345"));
        }
        return out;
}

static void test_winmail(void **state)
{
        static const char *const names[] = { "plan.doc", "G\xe4rten.xls", "", NULL };
        GString *octets = winmail(names);
        assert_true(tnef_is(octets->str, octets->len));
        GPtrArray *files = tnef_files(octets->str, octets->len);
        assert_int_equal(files->len, 3);
        for (guint i = 0; i < files->len; i++) {
                const struct tnef_file *file = files->pdata[i];
                assert_string_equal(file->name, names[i]);
                assert_int_equal(file->size, 5);
        }
        g_ptr_array_unref(files);
        for (size_t length = 0; length < octets->len; length++) { /* wherever it ends, nothing is read behind it */
                char *cut = exact(octets->str, length);
                files = tnef_files(cut, length);
                assert_true(!files || files->len <= 3);
                g_clear_pointer(&files, g_ptr_array_unref);
                g_free(cut);
        }
        g_string_free(octets, TRUE);
        assert_false(tnef_is("x", 1));
        assert_null(tnef_files("no such file", 12));
}

/* A property that says it is longer than what there is makes libytnef talk: its words stay inside, for listctl's standard
 * output is a document. */
static void test_nothing_is_printed(void **state)
{
        /* one property: PT_STRING8, PR_ATTACH_LONG_FILENAME, one value of 23,060 octets */
        static const char property[] = "\1\0\0\0\x1e\0\x07\x37\1\0\0\0\x14\x5a\0\0name";
        GString *octets = winmail((const char *const[]) { "plan.doc", NULL });
        FILE *real = stdout;
        char *said = NULL;
        size_t length;
        append_attribute(octets, 2, ATTACHMENT, property, sizeof property - 1);
        FILE *listener = open_memstream(&said, &length);
        stdout = listener;
        GPtrArray *files = tnef_files(octets->str, octets->len);
        stdout = real;
        fclose(listener);
        g_clear_pointer(&files, g_ptr_array_unref);
        g_string_free(octets, TRUE);
        assert_string_equal(said, "");
        free(said);
}

/* The files that the corpus expects; the text of a message, which its reader writes as a file, is none. */
static void test_corpus_of_winmails(void **state)
{
        char *folder = corpus_path("tnef/verdammelt");
        GDir *dir = g_dir_open(folder, 0, NULL);
        size_t found = 0;
        for (const char *entry; (entry = g_dir_read_name(dir));) {
                if (!g_str_has_suffix(entry, ".tnef"))
                        continue;
                gsize length;
                char *octets, *wanted;
                char *base = g_strndup(entry, strlen(entry) - strlen(".tnef"));
                char *list = g_strdup_printf("%s/%s.list", folder, base);
                char *path = g_strdup_printf("%s/%s", folder, entry);
                assert_true(g_file_get_contents(path, &octets, &length, NULL) && g_file_get_contents(list, &wanted, NULL, NULL));
                GPtrArray *files = tnef_files(octets, length);
                char **lines = g_strsplit(wanted, "\n", -1);
                for (char **line = lines; *line; line++) {
                        bool is_there = strstr(*line, "-body.") || !**line;
                        for (guint i = 0; !is_there && files && i < files->len; i++)
                                is_there = strstr(((const struct tnef_file *) files->pdata[i])->name, *line);
                        is_there = is_there || strcmp(*line, "Untitled_Attachment") == 0; /* which has no name */
                        if (!is_there)
                                fail_msg("%s: '%s' is not found", entry, *line);
                        found += **line && !strstr(*line, "-body.");
                }
                g_strfreev(lines);
                g_clear_pointer(&files, g_ptr_array_unref);
                g_free(octets);
                g_free(wanted);
                g_free(path);
                g_free(list);
                g_free(base);
        }
        assert_true(found > 0);
        g_dir_close(dir);
        g_free(folder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_content), cmocka_unit_test(test_passes), cmocka_unit_test(test_winmail), cmocka_unit_test(test_nothing_is_printed),
                cmocka_unit_test(test_corpus_of_winmails),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
