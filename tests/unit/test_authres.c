/* test_authres.c - whose word counts, and for which domain (leaks O4) */
#include "unit.h"

#include "mail/authres.h"

struct authres_case {
        const char *header;
        bool pass;
};

#define AR "Authentication-Results: "
#define MX AR "mx.lists.example; "

/* All are asked by mx.lists.example for From: ...@example.org. */
static const struct authres_case CASES[] = {
        { MX "dmarc=pass header.from=example.org\r\n", true },
        { MX "dmarc=pass\r\n", true },
        { MX "dmarc=pass (p=none dis=none) header.from=EXAMPLE.org\r\n", true },
        { "authentication-results: MX.Lists.Example 1; DMARC=Pass Header.From=example.org\r\n", true },
        { AR "(a (nested) comment) mx.lists.example (v) 1 (w) ; (x) dmarc (y) = (z) pass (q)\r\n", true },
        { AR "mx.lists.example;\r\n\tspf=pass smtp.mailfrom=a@x.example;\r\n\tdmarc/1=pass header.from=example.org\r\n", true },
        { MX "dmarc=pass header . from = example.org\r\n", true },
        { MX "dmarc=pass header.from=\"example.org\"\r\n", true },
        { MX "dmarc=pass header.from=anna@example.org\r\n", true },
        { MX "dkim=pass header.d=example.org\r\n", true },
        { MX "dkim=pass (2048-bit key; unprotected) header.d=example.org header.i=@example.org header.b=\"a;b/c=\"\r\n", true },
        { MX "dkim=pass header.i=@example.org header.s=sel header.b=a/b+c=\r\n", true },
        { MX "dkim=pass header.i=\"a b\"@example.org\r\n", true },
        { MX "dkim=fail header.d=other.example; dkim=pass header.d=example.org;\r\n", true },
        { MX "dkim=pass header.d=example.org; dmarc=none header.from=example.org\r\n", true },
        { MX "dkim=pass reason=\"good \\\"signature\\\"; really\" header.d=example.org\r\n", true },
        { MX "dkim=pass header.d=example.org\r\n" AR "mx.lists.example; dmarc=fail\r\n", true }, /* the topmost counts */
        /* nobody's or another's word */
        { "Subject: dmarc=pass\r\n", false },
        { AR "mx.other.example; dmarc=pass header.from=example.org\r\n", false },
        { AR "mx.other.example; none\r\n" MX "dmarc=pass\r\n", false }, /* the topmost is another's */
        { AR "mx.lists.example.evil.example; dmarc=pass\r\n", false },
        /* forms that an MTA which takes out forged fields may not know */
        { AR "\"mx.lists.example\"; dmarc=pass\r\n", false },
        { AR "\"mx.lists.exampl\\e\"; dmarc=pass\r\n", false },
        { AR "mx.lists.\"example\"; dmarc=pass\r\n", false },
        { "Authentication-Results : mx.lists.example; dmarc=pass\r\n", false },
        { "Authentication-Results\t: mx.lists.example; dmarc=pass\r\n" MX "dmarc=pass\r\n", false },
        { AR "mx.lists.example 2; dmarc=pass\r\n", false },
        { AR "mx.lists.example 12; dmarc=pass\r\n", false },
        { AR "; dmarc=pass\r\n", false },
        { AR "\r\n", false },
        { AR "(mx.lists.example) dmarc=pass\r\n", false },
        { "X-Authentication-Results: mx.lists.example; dmarc=pass\r\n", false },
        { "Authentication-Results-Original: mx.lists.example; dmarc=pass\r\n", false },
        /* nothing said, or not pass */
        { AR "mx.lists.example\r\n", false },
        { MX "none\r\n", false },
        { MX "spf=pass smtp.mailfrom=a@example.org\r\n", false }, /* the envelope's sender is not the author */
        { MX "dmarc=fail header.from=example.org\r\n", false },
        { MX "dmarc=bestguesspass header.from=example.org\r\n", false },
        { MX "dmarc=passed\r\n", false },
        { MX "dkim=pass\r\n", false },
        { MX "dkim=neutral header.d=example.org\r\n", false },
        { MX "dkim=temperror header.d=example.org\r\n", false },
        { MX "auth=pass smtp.auth=anna@example.org\r\n", false },
        /* another domain */
        { MX "dmarc=pass header.from=other.example\r\n", false },
        { MX "dmarc=pass header.from=sub.example.org\r\n", false },
        { MX "dmarc=pass header.from=example.org header.from=other.example\r\n", false },
        { MX "dkim=pass header.d=other.example header.i=@example.org\r\n", false }, /* d decides */
        { MX "dkim=pass header.d=example.org header.d=other.example\r\n", false },
        { MX "dkim=pass header.d=org\r\n", false },
        { MX "dkim=pass header.d=ample.org\r\n", false },
        { MX "dkim=pass header.d=sub.example.org\r\n", false }, /* who rents it may not be the owner of what is above */
        { MX "dkim=pass header.i=example.org@other.example\r\n", false },
        { MX "dkim=pass header.d=\r\n", false },
        { MX "dkim=pass header.b=example.org\r\n", false },
        /* the owner says no */
        { MX "dkim=pass header.d=example.org; dmarc=fail header.from=example.org\r\n", false },
        { MX "dmarc=pass header.from=example.org; dmarc=fail\r\n", false },
        /* hidden or broken */
        { MX "spf=fail (dmarc=pass header.from=example.org)\r\n", false },
        { MX "spf=fail smtp.mailfrom=\"x; dmarc=pass header.from=example.org\"\r\n", false },
        { MX "spf=fail smtp.mailfrom=\"x\\\"; dmarc=pass; y=\"\r\n", false },
        { MX "spf=fail (; dmarc=pass\r\n", false },
        { MX "dmarc=pass (\r\n", false },
        { MX "dmarc=pass \"\r\n", false },
        { MX "dmarc=pass )\r\n", false },
        { MX "dmarc=pass header.from\r\n", false },
        { MX "dmarc=\r\n", false },
        { MX "=pass\r\n", false },
        { MX "dm arc=pass\r\n", false },
        { MX "\"dmarc\"=pass\r\n", false },
        { MX "dkim=pass header.d=example.org; nonsense\r\n", false },
        { AR "mx.lists.example dmarc=pass\r\n", false },
};

static bool ask(const char *header, const char *authserv_id, const char *from_domain)
{
        struct message *message;
        struct err err = { 0 };
        char *text = g_strconcat(header, "\r\n", NULL);
        size_t size = strlen(text);
        GBytes *bytes = g_bytes_new_take(exact(text, size), size);
        if (!message_parse(&message, bytes, &err))
                fail_msg("%s", err.text);
        bool pass = authres_aligned_pass(message, authserv_id, from_domain);
        message_free(message);
        g_bytes_unref(bytes);
        g_free(text);
        return pass;
}

static void test_cases(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++)
                if (ask(CASES[i].header, "mx.lists.example", "example.org") != CASES[i].pass)
                        fail_msg("case %zu: %s", i, CASES[i].header);
}

static void test_alignment(void **state)
{
        static const struct {
                const char *from, *signer;
                bool pass;
        } cases[] = {
                { "sub.example.org", "example.org", true },
                { "a.b.example.org", "example.org", true },
                { "a.b.example.org", "b.example.org", true },
                { "a.b.example.org", "c.example.org", false },
                { "notexample.org", "example.org", false },
                { "example.org", "example.org.evil.example", false },
                { "example.org", "org", false },
                { "org", "org", true }, /* the same is the same */
                { "xn--bcher-kva.example", "b\xc3\xbc" "cher.example", true },
                { "xn--bcher-kva.example", "XN--BCHER-KVA.EXAMPLE", true },
                { "[192.0.2.1]", "[192.0.2.1]", false },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                char *header = g_strdup_printf(MX "dkim=pass header.d=%s\r\n", cases[i].signer);
                if (ask(header, "mx.lists.example", cases[i].from) != cases[i].pass)
                        fail_msg("case %zu", i);
                g_free(header);
        }
}

static void test_no_id_believes_nobody(void **state)
{
        assert_false(ask(AR "; dmarc=pass\r\n", "", "example.org"));
        assert_false(ask(AR "\"\"; dmarc=pass\r\n", "", "example.org"));
        assert_false(ask(MX "dmarc=pass\r\n", "", "example.org"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cases),
                cmocka_unit_test(test_alignment),
                cmocka_unit_test(test_no_id_believes_nobody),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
