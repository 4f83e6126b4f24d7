/* test_address.c - the gate of addresses: own cases, requirement C1, and two corpora */
#include "corpus.h"

#include "mail/address.h"

static bool parse(const char *text, size_t length, struct address **ret_address, struct err *ret_err)
{
        char *copy = exact(text, length);
        bool ok = address_parse(ret_address, copy, length, ret_err);
        g_free(copy);
        assert_true(ok == (*ret_address != NULL));
        return ok;
}

/* --- what comes out ------------------------------------------------------------------ */

struct good_case {
        const char *text;
        const char *local, *domain, *fold;
        bool is_utf8;
};

static const struct good_case GOOD_CASES[] = {
        { "anna@example.org", "anna", "example.org", "anna@example.org", false },
        { "Anna.Ames@EXAMPLE.Org", "Anna.Ames", "example.org", "anna.ames@example.org", false },
        { "\"anna\"@example.org", "anna", "example.org", "anna@example.org", false }, /* quotes not needed */
        { "\"a\\n\\na\"@example.org", "anna", "example.org", "anna@example.org", false },
        { "\"a b\"@example.org", "\"a b\"", "example.org", "\"a b\"@example.org", false },
        { "\"a\\\"\\\\b\\.\"@example.org", "\"a\\\"\\\\b.\"", "example.org", "\"a\\\"\\\\b.\"@example.org", false },
        { "\"\"@example.org", "\"\"", "example.org", "\"\"@example.org", false },
        { "\".a\"@example.org", "\".a\"", "example.org", "\".a\"@example.org", false },
        { "a@localhost", "a", "localhost", "a@localhost", false },
        { "a@b\xc3\xbc" "cher.example", "a", "xn--bcher-kva.example", "a@xn--bcher-kva.example", false },
        { "a@B\xc3\x9c" "CHER.example", "a", "xn--bcher-kva.example", "a@xn--bcher-kva.example", false },
        { "a@bu\xcc\x88" "cher.example", "a", "xn--bcher-kva.example", "a@xn--bcher-kva.example", false },
        { "a@XN--BCHER-KVA.example", "a", "xn--bcher-kva.example", "a@xn--bcher-kva.example", false },
        { "J\xc3\x96RG@example.org", "J\xc3\x96RG", "example.org", "j\xc3\xb6rg@example.org", true },
        { "jo\xcc\x88rg@example.org", "jo\xcc\x88rg", "example.org", "j\xc3\xb6rg@example.org", true }, /* NFC in the fold */
        { "stra\xc3\x9f" "e@example.org", "stra\xc3\x9f" "e", "example.org", "strasse@example.org", true },
        { "a@[192.0.2.1]", "a", "[192.0.2.1]", "a@[192.0.2.1]", false },
        { "a@[ipv6:2001:DB8:0:0:0:0:0:1]", "a", "[IPv6:2001:db8::1]", "a@[ipv6:2001:db8::1]", false },
        { "a+b=c%d!e@example.org", "a+b=c%d!e", "example.org", "a+b=c%d!e@example.org", false },
};

static void test_good(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(GOOD_CASES); i++) {
                const struct good_case *c = &GOOD_CASES[i];
                struct address *address;
                struct err err = { 0 };
                if (!parse(c->text, strlen(c->text), &address, &err))
                        fail_msg("case %zu: %s", i, err.text);
                char *text = g_strconcat(c->local, "@", c->domain, NULL);
                assert_string_equal(address->local, c->local);
                assert_string_equal(address->domain, c->domain);
                assert_string_equal(address->text, text);
                assert_string_equal(address->fold, c->fold);
                assert_int_equal(address->is_utf8, c->is_utf8);
                g_free(text);
                address_free(address);
        }
}

/* --- what does not pass (requirement C1) ------------------------------------------------ */

struct bad_case {
        const char *text;
        const char *complaint;
};

static const struct bad_case BAD_CASES[] = {
        { "", "empty" },
        { "anna", "no local part" },
        { "@example.org", "no local part" },
        { "                   @example.org", "atoms" },   /* the probe of L203: 19 spaces */
        { " anna@example.org", "atoms" },
        { "anna @example.org", "atoms" },
        { "anna@example.org ", "neither" },
        { "anna@ example.org", "neither" },
        { "an\tna@example.org", "control" },
        { "an\rna@example.org", "control" },
        { "anna@example.org\r\n", "control" },
        { "\"an\nna\"@example.org", "control" },
        { "\"an\\\tna\"@example.org", "control" },
        { "an\x7fna@example.org", "control" },
        { "an\xc2\xa0na@example.org", "control" },         /* NBSP */
        { "an\xc2\x85na@example.org", "control" },         /* C1 */
        { "\"a\xe3\x80\x80" "b\"@example.org", "control" }, /* ideographic space */
        { "anna\xe2\x80\x8b@example.org", "control" },     /* zero width space */
        { "anna\xe2\x80\xae@example.org", "control" },     /* right-to-left override */
        { "\xcc\x81" "anna@example.org", "combining" },
        { "\"\xcc\x81" "anna\"@example.org", "combining" },
        { "a\xcd\xbe@example.org", "atoms" },              /* U+037E becomes ';' */
        { "anna\xff@example.org", "not UTF-8" },
        { "anna\xed\xa0\x80@example.org", "not UTF-8" },   /* a surrogate */
        { "<anna@example.org>", "atoms" },
        { "anna@example.org>", "neither" },
        { "<>anna@example.org", "atoms" },
        { "@one.example,@two.example:anna@example.org", "no local part" }, /* a source route */
        { "anna@dom.example@lists.example", "neither" },
        { "anna(comment)@example.org", "atoms" },
        { "anna@example.org(comment)", "neither" },
        { "anna,bert@example.org", "atoms" },
        { "anna;@example.org", "atoms" },
        { ".anna@example.org", "atoms" },
        { "anna.@example.org", "atoms" },
        { "anna..ames@example.org", "atoms" },
        { "\"anna\".ames@example.org", "no local part" },
        { "\"anna@example.org", "no local part" },
        { "\"anna\\\"@example.org", "no local part" },
        { "\"anna\\", "no local part" },
        { "\"anna\"", "no local part" },
        { "anna@", "neither" },
        { "anna@example.org.", "neither" },
        { "anna@.example.org", "neither" },
        { "anna@example..org", "neither" },
        { "anna@-example.org", "neither" },
        { "anna@exam_ple.org", "neither" },
        { "anna@exam\xc2\xad" "ple.org", "control" },           /* soft hyphen: IDNA would drop it */
        { "anna@example\xef\xbc\x8e" "org", "neither" },         /* full-width dot */
        { "anna@\xef\xbd\x85xample.org", "neither" },            /* full-width e: IDNA would map it */
        { "anna@[192.0.2.1", "neither" },
        { "anna@[]", "neither" },
        { "anna@[", "neither" },
        { "anna@[192.0.2.1]x", "neither" },
        { "anna@[192.0.2.01]", "neither" },
        { "anna@[192.0.2]", "neither" },
        { "anna@[ 192.0.2.1]", "neither" },
        { "anna@[2001:db8::1]", "neither" },
        { "anna@[IPv6:2001:db8::1%eth0]", "neither" },
        { "anna@[x400:anything]", "neither" },
};

static void test_bad(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(BAD_CASES); i++) {
                const struct bad_case *c = &BAD_CASES[i];
                struct address *address;
                struct err err = { 0 };
                if (parse(c->text, strlen(c->text), &address, &err))
                        fail_msg("case %zu: '%s' passed", i, c->text);
                if (err.class != ERR_PERM || !strstr(err.text, c->complaint) || strstr(err.text, "anna"))
                        fail_msg("case %zu: got '%s', want '%s'", i, err.text, c->complaint);
        }
}

/* Every octet that is a control character, at every kind of place, with NUL among them. */
static void test_no_control_character_passes(void **state)
{
        static const char *const frames[] = { "%can@example.org", "a%cn@example.org", "\"a%cn\"@example.org", "\"a\\%cn\"@example.org",
                                              "an@ex%cample.org", "an@example.org%c", "an@[192.0.2.1%c]" };
        for (size_t i = 0; i < G_N_ELEMENTS(frames); i++)
                for (int octet = 0; octet <= 0x7f; octet = octet == 0x1f ? 0x7f : octet + 1) {
                        char text[64];
                        struct address *address;
                        char *at = strchr(frames[i], '%');
                        size_t before = (size_t) (at - frames[i]);
                        g_strlcpy(text, frames[i], sizeof text);
                        text[before] = (char) octet;
                        g_strlcpy(text + before + 1, at + 2, sizeof text - before - 1);
                        if (parse(text, strlen(frames[i]) - 1, &address, NULL))
                                fail_msg("octet %d passed in frame %zu", octet, i);
                }
}

/* --- lengths (RFC 5321 4.5.3.1) ----------------------------------------------------------- */

static bool parses_with(size_t local, size_t label, size_t labels)
{
        struct address *address;
        GString *text = g_string_new(NULL);
        for (size_t i = 0; i < local; i++)
                g_string_append_c(text, 'a');
        g_string_append_c(text, '@');
        for (size_t i = 0; i < labels; i++) {
                for (size_t j = 0; j < label; j++)
                        g_string_append_c(text, 'b');
                g_string_append_c(text, '.');
        }
        g_string_append_c(text, 'c');
        bool ok = parse(text->str, text->len, &address, NULL);
        g_string_free(text, TRUE);
        address_free(address);
        return ok;
}

static void test_lengths(void **state)
{
        assert_true(parses_with(64, 3, 1));
        assert_false(parses_with(65, 3, 1));
        assert_true(parses_with(1, 63, 1));
        assert_false(parses_with(1, 64, 1));
        assert_true(parses_with(60, 63, 3));  /* 60 + 1 + 193 = 254 */
        assert_false(parses_with(61, 63, 3));
        assert_false(parses_with(1, 0, 1000));
}

/* --- corpora --------------------------------------------------------------------------------- */

static void test_isemail(void **state)
{
        GPtrArray *rows = corpus_rows("addresses/isemail.tsv");
        size_t wrong = 0;
        for (guint i = 0; i < rows->len; i++) {
                char **row = rows->pdata[i];
                struct address *address;
                size_t length;
                char *text = corpus_unescape(row[1], &length);
                const bool want = strcmp(row[2], "valid") == 0;
                if (parse(text, length, &address, NULL) != want) {
                        print_message("# row %s: '%s' is %s (%s)\n", row[0], row[1], row[2], row[4]);
                        wrong++;
                }
                address_free(address);
                g_free(text);
        }
        assert_int_equal(wrong, 0);
        assert_true(rows->len > 150);
        g_ptr_array_unref(rows);
}

/* What a test of email-validator says of its rows, for us. */
enum want { WANT_VALID, WANT_INVALID, WANT_BY_NOTE };

static const struct {
        const char *test;
        enum want want;
        const char *suffix; /* what that test appends to each row */
} SUITES[] = {
        { "test_email_valid", WANT_VALID, "" },
        { "test_email_valid_intl_local_part", WANT_VALID, "" },
        { "test_email_valid_only_if_quoted_local_part", WANT_VALID, "" },
        { "test_email_invalid_syntax", WANT_INVALID, "" },
        { "test_email_invalid_syntax_strict", WANT_INVALID, "" },
        /* special-use domains: which domains mail may go to is the relay's to know, and test labs use .test and .invalid */
        { "test_email_invalid_reserved_domain", WANT_VALID, "" },
        { "test_email_unsafe_character", WANT_INVALID, "@example.org" },
        /* these are valid where SMTPUTF8 is on, and we have it */
        { "test_email_invalid_character_smtputf8_off", WANT_VALID, "" },
        { "test_pyisemail_tests", WANT_BY_NOTE, "" },
};

/* Rows that we see the other way round, on purpose. */
static const struct {
        const char *text;
        const char *reason;
} DIFFERENT[] = {
        { "MyName <me@example.org>", "a name-addr of RFC 5322; ours is the Mailbox of RFC 5321" },
        { "My Name <me@example.org>", "a name-addr" },
        { "\"My.\\\\\"Na\\\\\\\\me\\\\\".Is\" <\"me \\\\\" \\\\\\\\ me\"@example.org>", "a name-addr" },
        { "\"s\xcc\xa3\xcc\x87\" <s\xcc\xa3\xcc\x87@nfc.tld>", "a name-addr" },
        { "my@localhost", "RFC 5321 2.3.5 allows one label; whether mail can go there is the relay's to know" },
        { "me@bad-tld-1", "one label" },
        { "me@bad.tld-2", "which top-level domains exist is the relay's to know" },
        { "me@xn--0.tld", "an LDH label; the DNS knows whether it exists" },
        { "me@yy--0.tld", "an LDH label, as row 32 of isemail" },
        { "me@[127.0.0.1]", "an address literal is a Mailbox" },
        { "me@[IPv6:::1]", "an address literal is a Mailbox" },
        { "my.\xef\xac\xac.address@1111111111222222222233333333334444444444555555555.6666666666777777777788888888889999999999000000000."
          "1111111111222222222233333333334444444444555555555.6666666666777777777788888888889999999999000000000."
          "11111111112222222222333333333344.info", "254 octets on the wire; its longer NFC never goes there" },
};

static const char *reason_of_difference(const char *text)
{
        for (size_t i = 0; i < G_N_ELEMENTS(DIFFERENT); i++)
                if (strcmp(DIFFERENT[i].text, text) == 0)
                        return DIFFERENT[i].reason;
        return NULL;
}

static bool is_wanted(char **row, const char **ret_suffix)
{
        for (size_t i = 0; i < G_N_ELEMENTS(SUITES); i++) {
                if (strcmp(SUITES[i].test, row[0]) != 0)
                        continue;
                *ret_suffix = SUITES[i].suffix;
                if (SUITES[i].want != WANT_BY_NOTE)
                        return SUITES[i].want == WANT_VALID;
                return strcmp(row[3], "ISEMAIL_VALID") == 0 || strcmp(row[3], "ISEMAIL_RFC5321_QUOTEDSTRING") == 0 ||
                       strcmp(row[3], "ISEMAIL_RFC5321_ADDRESSLITERAL") == 0;
        }
        fail_msg("no such suite: %s", row[0]);
        return false;
}

/* Column 4 of the suite of quoted local parts is the normal form. */
static bool is_normal_form(char **row, const struct address *address)
{
        if (!address || strcmp(row[0], "test_email_valid_only_if_quoted_local_part") != 0)
                return true;
        size_t length;
        char *want = corpus_unescape(row[3], &length);
        bool same = strcmp(want, address->local) == 0;
        g_free(want);
        return same;
}

static void test_email_validator(void **state)
{
        GPtrArray *rows = corpus_rows("addresses/email-validator.tsv");
        size_t wrong = 0, different = 0;
        for (guint i = 0; i < rows->len; i++) {
                char **row = rows->pdata[i];
                const char *suffix = "";
                struct address *address;
                size_t length;
                const bool want = is_wanted(row, &suffix);
                char *text = corpus_unescape(row[1], &length);
                GString *whole = g_string_new_len(text, (gssize) length);
                g_string_append(whole, suffix);
                const bool got = parse(whole->str, whole->len, &address, NULL);
                const bool is_different = reason_of_difference(row[1]);
                different += is_different;
                if ((got == want) == is_different || !is_normal_form(row, address)) {
                        print_message("# %s: '%s' is %s (%s)\n", row[0], row[1], got ? "taken" : "refused", row[3]);
                        wrong++;
                }
                address_free(address);
                g_string_free(whole, TRUE);
                g_free(text);
        }
        assert_int_equal(wrong, 0);
        assert_int_equal(different, G_N_ELEMENTS(DIFFERENT)); /* each difference is met: none is out of date */
        g_ptr_array_unref(rows);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good),
                cmocka_unit_test(test_bad),
                cmocka_unit_test(test_no_control_character_passes),
                cmocka_unit_test(test_lengths),
                cmocka_unit_test(test_isemail),
                cmocka_unit_test(test_email_validator),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
