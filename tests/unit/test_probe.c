/* test_probe.c - what tests for open relays look like (requirements C1 to C5): the shipped patterns, and the language */
#include "corpus.h"

#include <time.h>

#include "policy/probe.h"

static struct conf *the_conf(void)
{
        static const char text[] = "[server]\nhostname = mail.lists.example\ndomains = lists.example, other.example\n"
                                   "admin = admin@home.example\n";
        static struct conf *conf;
        struct err err;
        if (!conf && !conf_parse(&conf, text, strlen(text), "test", &err))
                fail_msg("%s", err.text);
        return conf;
}

static struct probes *parse(const char *text)
{
        struct probes *probes;
        struct err err;
        char *block = exact(text, strlen(text));
        if (!probes_parse(&probes, block, strlen(text), "probes", &err))
                fail_msg("%s", err.text);
        g_free(block);
        return probes;
}

static struct probes *shipped(void)
{
        struct err err;
        char *text;
        if (!probes_text(&text, "", &err))
                fail_msg("%s", err.text);
        struct probes *probes = parse(text);
        g_free(text);
        return probes;
}

static struct probe_facts facts_of(void)
{
        return (struct probe_facts){
                .conf = the_conf(), .our_ip = "203.0.113.5", .client = "192.0.2.7", .helo = "client.example",
        };
}

/* "name=points name=points" of a step. */
static char *match(const struct probes *probes, enum probe_step step, const struct probe_facts *facts, struct probe_memory *memory)
{
        struct probe_match matches[PROBE_MATCHES_MAX];
        size_t count = probes_match(probes, step, facts, memory, matches);
        GString *text = g_string_new(NULL);
        for (size_t i = 0; i < count; i++)
                g_string_append_printf(text, "%s%s=%d", i ? " " : "", matches[i].name, matches[i].points);
        return g_string_free(text, FALSE);
}

static void expect(const char *about, char *got, const char *want)
{
        if (strcmp(got, want) != 0)
                fail_msg("%s: '%s', want '%s'", about, got, want);
        g_free(got);
}

/* --- the shipped patterns -------------------------------------------------------------- */

static void test_helo(void **state)
{
        static const char *const cases[][2] = {
                { "client.example", "" },
                { "mail.client.example", "" },
                { "mail.lists.example", "helo-our-name=10" },
                { "MAIL.Lists.Example", "helo-our-name=10" },
                { "lists.example", "helo-our-domain=10" },
                { "www.lists.example", "" }, /* a neighbour of the same house */
                { "mail.lists.example.evil.example", "" },
                { "203.0.113.5", "helo-our-ip=10" },
                { "[203.0.113.5]", "helo-our-ip=10" },
                { "[203.0.113.50]", "" },
                { "localhost", "helo-localhost=2" },
                { "LocalHost", "helo-localhost=2" },
                { "localhost.localdomain", "helo-localhost=2" },
                { "localhost.client.example", "" },
                { "[127.0.0.1]", "helo-localhost=2" },
                { "127.0.0.1.client.example", "" },
                { "[IPv6:::1]", "helo-localhost=2" },
                { "192.0.2.7", "" },
                { "[192.0.2.7]", "" },
                { "", "" },
        };
        struct probes *probes = shipped();
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct probe_memory memory = { 0 };
                struct probe_facts facts = facts_of();
                facts.helo = cases[i][0];
                expect(cases[i][0], match(probes, STEP_HELO, &facts, &memory), cases[i][1]);
        }
        probes_free(probes);
}

static const char TICKET[] = "mfrggzdfmztwq2lknnwg23tpobyxe43u";

static void test_mail_from(void **state)
{
        char *returned = g_strdup_printf("ml-bounce+%s@lists.example", TICKET);
        char *upper = g_strdup_printf("ML-BOUNCE+%s@LISTS.EXAMPLE", "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U");
        char *of_site = g_strdup_printf("bounce+%s@lists.example", TICKET);
        char *forged = g_strdup_printf("ml-bounce+%.31s@lists.example", TICKET);
        const char *const cases[][2] = {
                { "", "" },
                { "anna@people.example", "" },
                { "dev@lists.example", "own-domain=5" },
                { "anyone@OTHER.example", "own-domain=5" },
                { "anyone@notlists.example", "" },
                { returned, "" }, /* came back through who forwards the mail of a member */
                { upper, "" },
                { of_site, "" },
                { forged, "own-domain=5" },
                { "ml-bounce@lists.example", "own-domain=5" },
                { "nobody@localhost.lists.example", "own-subdomain=10 nobody-at-localhost=10" }, /* seed L212 */
                { "nobody@localhost.elsewhere.example", "nobody-at-localhost=10" },
                { "root@www.lists.example", "own-subdomain=10" },
                { "spam@localhost", "localhost-sender=10" },
                { "spam@[127.0.0.1]", "localhost-sender=10" },
                { "\"      \"@people.example", "blank-sender=10" },
                { "@a.example:x@people.example", "source-route-from=5" },
                { "kdkfjiusdh@people.example", "gibberish-sender=1" },
        };
        struct probes *probes = shipped();
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct probe_memory memory = { 0 };
                struct probe_facts facts = facts_of();
                facts.mail_from = cases[i][0];
                expect(cases[i][0], match(probes, STEP_MAIL, &facts, &memory), cases[i][1]);
        }
        probes_free(probes);
        g_free(returned);
        g_free(upper);
        g_free(of_site);
        g_free(forged);
}

static void test_rcpt_to(void **state)
{
        static const char *const cases[][2] = {
                { "dev@lists.example", "" },
                { "no.such.list@lists.example", "" },
                { "anna.ames@elsewhere.example", "" },
                { "postmaster", "" },
                { "                   @lists.example", "blank-user=20" }, /* seed L203: 19 blanks */
                { "\"                   \"@lists.example", "blank-user=20" },
                { "\"\\ \\ \"@lists.example", "blank-user=20" },
                { "\xc2\xa0\xc2\xa0@lists.example", "blank-user=20" }, /* NBSP */
                { "\xe3\x80\x80@lists.example", "blank-user=20" },     /* ideographic */
                { "\xa0\xa0@lists.example", "blank-user=20" },         /* Latin-1 */
                { "\t\x01@lists.example", "blank-user=20" },
                { "\"\"@lists.example", "blank-user=20" },
                { "@lists.example", "blank-user=20" },
                { "dev @lists.example", "odd-user=5" },
                { " dev@lists.example", "odd-user=5" },
                { "d\xe2\x80\x8b""ev@lists.example", "odd-user=5" }, /* no width */
                { "de\x7fv@lists.example", "odd-user=5" },
                { "d\xff@lists.example", "odd-user=5" },
                { "user%elsewhere.example@lists.example", "percent=10" },
                { "user%elsewhere.example", "percent=10" },
                { "elsewhere.example!user@lists.example", "bang=10" },
                { "elsewhere.example!user", "bang=10" },
                { "@lists.example:user@elsewhere.example", "source-route=10" },
                { "@a.example,@b.example:user@elsewhere.example", "source-route=10" },
                { "user@elsewhere.example@lists.example", "double-at=10" },
                { "\"user@elsewhere.example\"@lists.example", "quoted-at=10" },
                { "\"user%elsewhere.example\"@lists.example", "percent=10" },
                { "spammer@elsewhere.example", "self-addressed=10" },
                { "Spammer@Elsewhere.example", "self-addressed=10" },
                { "SMTPRelayCheck@anydomain.example", "smtprelaycheck=20" },
                { "relaytest@nmap.scanme.org", "relaytest=10 nmap=10" },
                { "relay-test@elsewhere.example", "relaytest=10" },
                { "relaycheck@elsewhere.example", "relaycheck=10" },
                { "kdfjoisfdjioe@lists.example", "gibberish-user=1" },
        };
        struct probes *probes = shipped();
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct probe_memory memory = { 0 };
                struct probe_facts facts = facts_of();
                char *rcpt_to = g_strdup(cases[i][0]); /* exact, for a sanitizer */
                facts.mail_from = "spammer@elsewhere.example";
                facts.rcpt_to = rcpt_to;
                expect(cases[i][0], match(probes, STEP_RCPT, &facts, &memory), cases[i][1]);
                g_free(rcpt_to);
        }
        probes_free(probes);
}

static void test_message(void **state)
{
        static const struct {
                const char *message, *want;
        } cases[] = {
                { "From: anna@people.example\r\nTo: dev@lists.example\r\nSubject: Hello\r\n\r\nText\r\n", "" },
                /* the seed's (L213, L444): To elsewhere, our address in the text */
                { "From: <x@y.example>\r\nTo: <SMTPRelayCheck@anydomain.example>\r\n\r\n"
                  "To: <SMTPRelayCheck@anydomain.example> \r\n203.0.113.5\r\n",
                  "body-our-ip=3 header-elsewhere=2 smtprelaycheck-to=20" },
                { "From: a@b.example\r\nTo: c@d.example\r\nCc: dev@lists.example\r\n\r\n", "" },
                { "From: a@b.example\r\nTo: c@d.example\r\n\r\n", "" }, /* Bcc, or another list */
                { "From: a@b.example\r\nTo: undisclosed-recipients:;\r\n\r\n", "" },
                { "From: a@b.example\r\nTo: c@d.example,\r\n dev@lists.example\r\n\r\n", "" },
                { "Subject: 203.0.113.5\r\nTo: dev@lists.example\r\n\r\n", "subject-our-ip=5" },
                { "Subject: relay test [203.0.113.5]:25.\r\nTo: dev@lists.example\r\n\r\n", "subject-our-ip=5" },
                { "Subject: 1203.0.113.5 203.0.113.50 203.0.113.5.6 203.0.113.5-a\r\nTo: dev@lists.example\r\n\r\n", "" },
                { "subject :\r\n mail.lists.example\r\nTo: dev@lists.example\r\n\r\n", "subject-our-name=5" },
                { "Subject: x\r\nTo: dev@lists.example\r\n\r\nmail to x@mail.lists.example, http://mail.lists.example/\r\n", "" },
                { "Subject: x\r\nTo: dev@lists.example\r\n\r\nI asked mail.lists.example.\r\n", "" },
                { "Subject: mail.lists.example 203.0.113.5\r\nTo: dev@lists.example\r\n\r\nmail.lists.example\r\n",
                  "subject-our-ip=5 subject-our-name=5 body-our-name=3" },
                { "Subject: 192.0.2.7\r\nTo: dev@lists.example\r\n\r\n", "" },
                { "Subject: x\r\nTo: dev@lists.example\r\nX: 203.0.113.5\r\n\r\n", "" },
                { "\r\n203.0.113.5", "body-our-ip=3" },
                { "Subject: 203.0.113.5", "subject-our-ip=5" },
                { "", "" },
                { "\r\n", "" },
                { "\r\n\r\n", "" },
        };
        struct probes *probes = shipped();
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct probe_memory memory = { 0 };
                struct probe_facts facts = facts_of();
                facts.mail_from = "x@y.example";
                facts.length = strlen(cases[i].message);
                char *block = exact(cases[i].message, facts.length);
                facts.message = block;
                expect(cases[i].message, match(probes, STEP_MESSAGE, &facts, &memory), cases[i].want);
                /* a report may quote all of this */
                memory = (struct probe_memory){ 0 };
                facts.mail_from = "";
                expect(cases[i].message, match(probes, STEP_MESSAGE, &facts, &memory), "");
                g_free(block);
        }
        probes_free(probes);
}

/* Two recipients elsewhere and gone: the log of the seed (L543-556). */
static void test_session(void **state)
{
        static const struct {
                const char *rcpts[3];
                bool took, quit;
                const char *want;
        } cases[] = {
                { { "frank1luck2@aol.example", "ta14442000@yahoo.example" }, false, false, "pair-early-close=15" },
                { { "frank1luck2@aol.example", "ta14442000@yahoo.example", "third@x.example" }, false, false, "pair-early-close=15" },
                { { "frank1luck2@aol.example", "FRANK1luck2@AOL.example" }, false, false, "" },
                { { "frank1luck2@aol.example" }, false, false, "" },
                { { "frank1luck2@aol.example", "ta14442000@yahoo.example" }, true, false, "" },
                { { "frank1luck2@aol.example", "ta14442000@yahoo.example" }, false, true, "" },
                { { NULL }, false, false, "" },
        };
        struct probes *probes = shipped();
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct probe_memory memory = { 0 };
                struct probe_facts facts = facts_of();
                for (size_t j = 0; j < G_N_ELEMENTS(cases[i].rcpts) && cases[i].rcpts[j]; j++)
                        probe_memory_foreign(&memory, cases[i].rcpts[j]);
                facts.took_message = cases[i].took;
                facts.quit = cases[i].quit;
                expect(cases[i].want, match(probes, STEP_END, &facts, &memory), cases[i].want);
        }
        probes_free(probes);
}

/* --- what is remembered ------------------------------------------------------------------ */

static void test_memory(void **state)
{
        struct probes *probes = shipped();
        struct probe_memory memory = { 0 };
        struct probe_facts facts = facts_of();
        facts.helo = "192.0.2.7";
        facts.mail_from = "a@b.example";
        facts.rcpt_to = "x%y@lists.example";
        expect("circumstantial", match(probes, STEP_HELO, &facts, &memory), "");
        expect("and not named", probe_memory_names(&memory, probes), "");
        expect("once a session", match(probes, STEP_HELO, &facts, &memory), "");
        expect("a recipient", match(probes, STEP_RCPT, &facts, &memory), "percent=10");
        expect("once a message", match(probes, STEP_RCPT, &facts, &memory), "");
        expect("names", probe_memory_names(&memory, probes), "percent helo-bare-ip");
        probe_memory_mail(&memory);
        expect("names of the next", probe_memory_names(&memory, probes), "helo-bare-ip");
        expect("again", match(probes, STEP_RCPT, &facts, &memory), "percent=10");
        probe_memory_helo(&memory);
        expect("nothing", probe_memory_names(&memory, probes), "");
        expect("now with weight", match(probes, STEP_HELO, &facts, &memory), "helo-bare-ip=2");
        for (int i = 0; i < 100; i++) {
                char *address = g_strdup_printf("x%d@y.example", i);
                probe_memory_foreign(&memory, address);
                g_free(address);
        }
        assert_int_equal(memory.foreign_count, PROBE_FOREIGN_MAX);
        probes_free(probes);
}

static void test_gibberish_is_no_suspicion(void **state)
{
        struct probes *probes = parse("a mail-from gibberish - 1 \"x\"\nb helo is h +2 \"y\"\nc rcpt-to is z 0 \"z\"");
        struct probe_memory memory = { 0 };
        struct probe_facts facts = facts_of();
        facts.helo = "h";
        facts.mail_from = "kdkfjiusdh@b.example";
        facts.rcpt_to = "z";
        struct probe_match matches[PROBE_MATCHES_MAX];
        assert_int_equal(probes_match(probes, STEP_MAIL, &facts, &memory, matches), 1);
        assert_true(matches[0].is_gibberish);
        expect("no points", match(probes, STEP_RCPT, &facts, &memory), "c=0");
        expect("alone", match(probes, STEP_HELO, &facts, &memory), "");
        assert_string_equal(probes_why(probes, "b"), "y");
        assert_null(probes_why(probes, "d"));
        probes_free(probes);
}

/* --- the language ------------------------------------------------------------------------- */

static void test_texts(void **state)
{
        static const struct {
                const char *match, *helo;
                bool matches;
        } cases[] = {
                { "is abc", "ABC", true },          { "is abc", "abcd", false },       { "has b", "abc", true },
                { "has abcd", "abc", false },       { "starts ab", "abc", true },      { "starts bc", "abc", false },
                { "ends bc", "abc", true },         { "ends ab", "abc", false },       { "glob abc", "abc", true },
                { "glob abc", "abcd", false },      { "glob *", "anything", true },    { "glob a*", "abc", true },
                { "glob a*", "ba", false },         { "glob *c", "abc", true },        { "glob *c", "abcd", false },
                { "glob a*c", "ac", true },         { "glob a*c", "abbc", true },      { "glob aba*aba", "aba", false },
                { "glob a*b*c", "a-b-c", true },    { "glob a*b*c", "a-c-b", false },  { "glob *ab*ab*", "abab", true },
                { "glob *ab*ab*", "aab", false },   { "glob **a**", "a", true },       { "glob a**", "b", false },
                { "glob *abc*c", "abcabc", true },  { "is \"a b\"", "a b", true },     { "is \"a\\\"b\"", "a\"b", true },
                { "is \"a\\\\\"", "a\\", true },    { "is \"a\\b\"", "a\\b", true },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                char *line = g_strdup_printf("n helo %s 1 \"w\"", cases[i].match);
                struct probes *probes = parse(line);
                struct probe_memory memory = { 0 };
                struct probe_facts facts = facts_of();
                facts.helo = cases[i].helo;
                expect(line, match(probes, STEP_HELO, &facts, &memory), cases[i].matches ? "n=1" : "");
                probes_free(probes);
                g_free(line);
        }
        struct probes *probes = parse("n client in 192.0.2.0/24 1 w\nm client in 192.0.2.128/25 1 w");
        struct probe_memory memory = { 0 };
        struct probe_facts facts = facts_of();
        expect("network", match(probes, STEP_HELO, &facts, &memory), "n=1");
        probes_free(probes);
}

static void test_errors(void **state)
{
        static const struct {
                const char *text, *error;
        } cases[] = {
                { "n", "probes:1: a pattern is" },
                { "# x\n\n  n helo is a 1\n", "probes:3: a pattern is" },
                { "n helo is a 1 two words", "probes:1: a pattern is" },
                { "n helo is a 1 \"open", "probes:1: a quotation mark" },
                { "n helo is \"a\"b 1 w", "probes:1: a quotation mark" },
                { "N helo is a 1 w", "probes:1: 'N' is no name" },
                { "-n helo is a 1 w", "probes:1: '-n' is no name" },
                { "a123456789b123456789c123456789d12 helo is a 1 w", "probes:1: 'a12" },
                { "n helo is a 1 w\nn helo is b 1 w", "probes:2: there is another pattern 'n'" },
                { "n ehlo is a 1 w", "probes:1: 'ehlo' is nothing to look at" },
                { "n header is a 1 w", "probes:1: 'header' is nothing to look at" },
                { "n header: is a 1 w", "probes:1: 'header:' names no header field" },
                { "n header:a:b is a 1 w", "probes:1: 'header:a:b' names no header field" },
                { "n helo was a 1 w", "probes:1: there is no test 'was'" },
                { "n helo percent - 1 w", "probes:1: 'percent' cannot be asked there" },
                { "n body glob a 1 w", "probes:1: 'glob' cannot be asked there" },
                { "n session is a 1 w", "probes:1: 'is' cannot be asked there" },
                { "n helo localhost x 1 w", "probes:1: 'localhost' is asked without an argument" },
                { "n helo is \"\" 1 w", "probes:1: what 'is' looks for" },
                { "n client in x 1 w", "probes:1: " },
                { "n helo is a x w", "probes:1: 'x' are no points" },
                { "n helo is a 101 w", "probes:1: '101' are no points" },
                { "n helo is a -1 w", "probes:1: '-1' are no points" },
                { "n helo is a ++1 w", "probes:1: '++1' are no points" },
                { "n helo is a + w", "probes:1: '+' are no points" },
                { "n helo is a\x01 1 w", "probes:1: a control character" },
                { "n helo is \xff 1 w", "probes: not a text in UTF-8" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct probes *probes;
                struct err err = { 0 };
                char *block = exact(cases[i].text, strlen(cases[i].text));
                if (probes_parse(&probes, block, strlen(cases[i].text), "probes", &err))
                        fail_msg("taken: %s", cases[i].text);
                if (!g_str_has_prefix(err.text, cases[i].error) || err.class != ERR_USAGE)
                        fail_msg("%s: '%s', want '%s'", cases[i].text, err.text, cases[i].error);
                g_free(block);
        }
        struct probes *probes = parse("\r\n# a comment\r\n \t\nn helo is a 1 w\r\n");
        assert_int_equal(probes_count(probes), 1);
        probes_free(probes);
}

static char *many(int count)
{
        GString *text = g_string_new(NULL);
        for (int i = 0; i < count; i++)
                g_string_append_printf(text, "n%d body has aaaaaaaab%d 1 w\n", i, i);
        return g_string_free(text, FALSE);
}

static void test_ceilings(void **state)
{
        struct probes *probes;
        struct err err = { 0 };
        char *text = many(PROBE_PATTERNS_MAX + 1);
        assert_false(probes_parse(&probes, text, strlen(text), "probes", &err));
        assert_string_equal(err.text, "probes:257: there are more than 256 patterns");
        g_free(text);
        text = g_strnfill(PROBE_FILE_MAX + 1, ' ');
        assert_false(probes_parse(&probes, text, PROBE_FILE_MAX + 1, "probes", &err));
        g_free(text);
        assert_false(probes_text(&text, "/no/such/file", &err));
        assert_int_equal(err.class, ERR_USAGE);
}

/* The largest set of patterns over the largest message of the worst kind; and at most so many matches. */
static void test_cost(void **state)
{
        char *text = many(PROBE_PATTERNS_MAX);
        struct probes *probes = parse(text);
        struct probe_memory memory = { 0 };
        struct probe_facts facts = facts_of();
        struct probe_match matches[PROBE_MATCHES_MAX];
        enum { SIZE = 1024 * 1024 };
        char *message = g_strnfill(SIZE, 'a');
        memcpy(message, "\r\n\r\n", 4);
        facts.mail_from = "a@b.example";
        facts.message = message;
        facts.length = SIZE;
        clock_t before = clock();
        assert_int_equal(probes_match(probes, STEP_MESSAGE, &facts, &memory, matches), 0);
        print_message("# 256 patterns over a body: %ld ms\n", (long) ((clock() - before) * 1000 / CLOCKS_PER_SEC));
        memcpy(message + PROBE_BODY_MAX - 5, "aaaaaaaab1", 10); /* ends at the octet behind those that are looked at */
        assert_int_equal(probes_match(probes, STEP_MESSAGE, &facts, &memory, matches), 0);
        probes_free(probes);
        g_free(text);

        GString *all = g_string_new(NULL);
        for (int i = 0; i < PROBE_PATTERNS_MAX; i++)
                g_string_append_printf(all, "a-name-of-thirty-two-characte%03d body has a 1 w\n", i);
        probes = parse(all->str);
        assert_int_equal(probes_match(probes, STEP_MESSAGE, &facts, &memory, matches), PROBE_MATCHES_MAX);
        char *names = probe_memory_names(&memory, probes);
        assert_true(probe_names_are_clean(names));
        assert_false(probe_names_are_clean("a\nb"));
        assert_false(probe_names_are_clean("A"));
        g_free(names);
        g_string_free(all, TRUE);
        probes_free(probes);
        g_free(message);
}

/* Mail of all kinds that people and programs have sent: none of it looks like a test for open relays. */
static guint try_folder(const struct probes *probes, const char *folder)
{
        guint tried = 0;
        const char *name;
        GDir *dir = g_dir_open(folder, 0, NULL);
        while (dir && (name = g_dir_read_name(dir))) {
                char *path = g_build_filename(folder, name, NULL), *text;
                gsize length;
                if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
                        tried += try_folder(probes, path);
                } else if (g_file_get_contents(path, &text, &length, NULL)) {
                        struct probe_memory memory = { 0 };
                        struct probe_facts facts = facts_of();
                        GString *message = g_string_new_len(text, (gssize) length);
                        g_string_replace(message, "\r\n", "\n", 0);
                        g_string_replace(message, "\n", "\r\n", 0);
                        facts.mail_from = "a@b.example";
                        facts.message = message->str;
                        facts.length = message->len;
                        expect(path, match(probes, STEP_MESSAGE, &facts, &memory), "");
                        g_string_free(message, TRUE);
                        g_free(text);
                        tried++;
                }
                g_free(path);
        }
        if (dir)
                g_dir_close(dir);
        return tried;
}

static void test_honest_corpus(void **state)
{
        static const char *const folders[] = { "mime", "autoreply", "bounces-sisimai", "bounces-mailman" };
        struct probes *probes = shipped();
        guint tried = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
                char *path = corpus_path(folders[i]);
                tried += try_folder(probes, path);
                g_free(path);
        }
        print_message("# %u messages, no match\n", tried);
        assert_true(tried > 300);
        probes_free(probes);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_helo),    cmocka_unit_test(test_mail_from), cmocka_unit_test(test_rcpt_to),
                cmocka_unit_test(test_message), cmocka_unit_test(test_session),   cmocka_unit_test(test_memory),
                cmocka_unit_test(test_gibberish_is_no_suspicion),                 cmocka_unit_test(test_texts),
                cmocka_unit_test(test_errors),  cmocka_unit_test(test_ceilings),  cmocka_unit_test(test_cost),
                cmocka_unit_test(test_honest_corpus),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
