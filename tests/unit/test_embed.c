/* test_embed.c - files and OpenPGP within text: what is cut, what only looks like it, what is held */
#include "mail.h"

#include <time.h>

#include "mail/embed.h"
#include "mail/lines.h"

struct embed_case {
        const char *what;
        const char *text, *want; /* LF lines; `want` NULL: it stays as it is */
        const char *found;       /* "type|name;" of each, '!' before what is told */
};

#define UU_LINE "M87)I9VEN86P@8VAA<F%C=&5R<R!O9B!A(&9I;&4@=&AA=\"!I<R!E;F-O9&5D\n"
#define UU_LAST "%:&5L;&\\\n"
#define SIGNATURE "-----BEGIN PGP SIGNATURE-----\nVersion: GnuPG v2\n\niQEzBAEBCAAdFiEE\n=AbCd\n-----END PGP SIGNATURE-----\n"
#define ARMOUR "\nmQENBFexample\nAAAA\n=AbCd\n"

static const struct embed_case CASES[] = {
        { "uuencode", "Hi\nbegin 644 cat.png\n" UU_LINE UU_LAST "`\nend\nBye\n", "Hi\nBye\n", "!application/x-uuencode|cat.png;" },
        { "uuencode, its line of no octets lost", "begin 0644 a b.txt\n" UU_LAST "\nend\nBye\n", "Bye\n", "!application/x-uuencode|a b.txt;" },
        { "uuencode that breaks off", "begin 644 x\n" UU_LINE UU_LAST "\nIt is broken.\n", "\nIt is broken.\n", "!application/x-uuencode|x;" },
        { "uuencode of nothing", "begin 644 x\n`\nend\n", "", "!application/x-uuencode|x;" },
        { "uuencode, quoted", "> begin 644 x\n> " UU_LAST "> `\n> end\n> Hi\n", "> Hi\n", "!application/x-uuencode|x;" },
        { "uuencode, data that look like quote marks", "begin 644 x\n>86)C9&5F9VAI:FML;6YO<'%R<W1U=G=X>7I!0D-$\n`\nend\nHi\n", "Hi\n", "!application/x-uuencode|x;" },
        { "uuencode in base64", "begin-base64 644 x\naGVsbG8=\n====\nHi\n", "Hi\n", "!application/x-uuencode|x;" },
        { "two of them", "begin 644 x\n" UU_LAST "`\nend\n\nbegin 644 y\n" UU_LAST "`\nend\n", "\n", "!application/x-uuencode|x;!application/x-uuencode|y;" },
        { "BinHex", "Hi\n(This file must be converted with BinHex 4.0)\n\n:$f*TEQKPH#\"jG'B!N!-\n!!3!:\nBye\n", "Hi\nBye\n", "!application/mac-binhex40|;" },
        { "yEnc", "Hi\n=ybegin line=128 size=3 name=a b.bin\n\x8b\x8c\x8d\n=yend size=3\nBye\n", "Hi\nBye\n", "!application/x-yenc|a b.bin;" },
        { "yEnc that breaks off", "Hi\n=ybegin line=128 size=3 name=x\n\x8b\x8c\x8d\n", "Hi\n", "!application/x-yenc|x;" },
        { "a public key", "Hi\n-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: 1\nComment:\n" ARMOUR "-----END PGP PUBLIC KEY BLOCK-----\nBye\n", "Hi\nBye\n", "!application/pgp-keys|;" },
        { "clear-signed text", "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHi\n- -----\n- - item\n> - quoted\n" SIGNATURE "- after\n",
          "Hi\n-----\n- item\n> - quoted\n- after\n", "application/pgp-signature|;" },
        { "clear-signed text, quoted", "> -----BEGIN PGP SIGNED MESSAGE-----\n> Hash: SHA256\n>\n> Hi\n> - -- \n> -----BEGIN PGP SIGNATURE-----\n>\n> iQEz\n> -----END PGP SIGNATURE-----\nBye\n",
          "> Hi\n> -- \nBye\n", "application/pgp-signature|;" },
        { "an encrypted text, quoted", "> -----BEGIN PGP MESSAGE-----\n>\n> iQEz\n> -----END PGP MESSAGE-----\nNo key.\n", "No key.\n", "!application/pgp-encrypted|;" },

        { "prose: begin", "begin 644 cat.png\nis how a file starts.\n\nend\n", NULL, "" },
        { "prose: begin a sentence", "begin the day\nwith tea\nend\n", NULL, "" },
        { "prose: BinHex", "(This file must be converted with BinHex 4.0)\nis what it said\n", NULL, "" },
        { "prose: yEnc", "=ybegin line=128 size=3 name=x\nis how it starts\n", NULL, "" },
        { "prose: a key", "-----BEGIN PGP PUBLIC KEY BLOCK-----\nis how it starts\n", NULL, "" },
        { "prose: encrypted", "-----BEGIN PGP MESSAGE-----\nis how it starts\n\nwell\n", NULL, "" },
        { "prose: signed", "-----BEGIN PGP SIGNED MESSAGE-----\n\nno signature comes\n- item\n", NULL, "" },
        { "nothing", "", NULL, "" },
};

static char *found_text(const GPtrArray *found)
{
        GString *text = g_string_new(NULL);
        for (guint i = 0; i < found->len; i++) {
                const struct embed *embed = found->pdata[i];
                g_string_append_printf(text, "%s%s|%s;", embed->is_told ? "!" : "", embed->type, embed->name);
                assert_true(embed->size > 0 && *embed->why);
        }
        return g_string_free(text, FALSE);
}

static char *lf_text(GBytes *bytes)
{
        gsize length;
        const char *octets = g_bytes_get_data(bytes, &length);
        return g_string_free(lines_to_lf(octets ? octets : "", length), FALSE);
}

static void test_cases(void **state)
{
        int failed = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
                const struct embed_case *c = &CASES[i];
                GBytes *rest, *bytes = mail_bytes(c->text, strlen(c->text));
                GPtrArray *found;
                struct err err = { 0 };
                if (!embed_cut(&rest, &found, bytes, &err))
                        fail_msg("%s: %s", c->what, err.text);
                char *got = lf_text(rest), *runs = found_text(found);
                if (strcmp(got, c->want ? c->want : c->text) != 0 || strcmp(runs, c->found) != 0 || (rest == bytes) != !c->want) {
                        print_message("# %s: got '%s' and %s\n", c->what, got, runs);
                        failed++;
                }
                g_free(runs);
                g_free(got);
                g_ptr_array_unref(found);
                g_bytes_unref(rest);
                g_bytes_unref(bytes);
        }
        assert_int_equal(failed, 0);
}

static bool is_refused(const char *text, size_t length, const char *why)
{
        GBytes *rest, *bytes = mail_bytes(text, length);
        GPtrArray *found;
        struct err err = { 0 };
        bool ok = embed_cut(&rest, &found, bytes, &err);
        assert_true(ok || (!rest && !found && err.class == ERR_PERM));
        g_bytes_unref(bytes);
        if (!ok)
                return strstr(err.text, why);
        g_ptr_array_unref(found);
        g_bytes_unref(rest);
        return false;
}

static void test_refusals(void **state)
{
        static const char encrypted[] = "Hi\n-----BEGIN PGP MESSAGE-----\nVersion: 1\n\nhQEMA\n=AbCd\n-----END PGP MESSAGE-----\n";
        static const char broken_off[] = "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n";
        assert_true(is_refused(encrypted, strlen(encrypted), "encrypted"));
        assert_true(is_refused(broken_off, strlen(broken_off), "encrypted"));
        GString *many = g_string_new(NULL);
        for (int i = 0; i < 1000; i++)
                g_string_append(many, "begin 644 x\n" UU_LAST "`\nend\n");
        assert_true(is_refused(many->str, many->len, "more than 100 files"));
        g_string_free(many, TRUE);
}

/* What could be looked at again and again: the time stays that of one pass. */
static void test_time(void **state)
{
        static const char *const units[] = {
                "begin 644 x\n", "begin 644 x\n\n", "=ybegin line=1 size=1 name=x\n", "> =ybegin line=1 size=1 name=x\n",
                "-----BEGIN PGP SIGNED MESSAGE-----\n\n", "-----BEGIN PGP MESSAGE-----\na: b\n", "(This file must be converted with BinHex\n", "> ", "\n",
        };
        enum { OCTETS = 300000, SECONDS = 5 };
        for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
                GString *text = g_string_new(NULL);
                while (text->len < OCTETS)
                        g_string_append(text, units[i]);
                g_string_append_c(text, '\n');
                const clock_t start = clock(); /* of this process: others may keep the machine busy */
                assert_false(is_refused(text->str, text->len, ""));
                if (clock() - start > SECONDS * CLOCKS_PER_SEC)
                        fail_msg("'%s' took too long", units[i]);
                g_string_free(text, TRUE);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cases),
                cmocka_unit_test(test_refusals),
                cmocka_unit_test(test_time),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
