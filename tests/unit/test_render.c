/* test_render.c - rendering, case by case: budgets, refusals, parts, bodies, identifiers, the allow-list */
#include "corpus.h"
#include "mail.h"

#include "mail/body.h"
#include "mail/byline.h"
#include "mail/header.h"
#include "mail/lines.h"
#include "mail/mime.h"
#include "mail/msgid.h"
#include "mail/parts.h"

/* --- single cases ------------------------------------------------------------------------------- */

#define FROM "From: Anna <anna@people.example>\n"

static struct rendered *render_text(const struct list *list, const char *text)
{
        struct rendered *rendered;
        struct err err = { 0 };
        GBytes *post = mail_bytes(text, strlen(text));
        if (!mail_render(list, mail_keyring, post, &rendered, &err))
                fail_msg("%s", err.text);
        g_bytes_unref(post);
        return rendered;
}

static char *text_of(const struct rendered *rendered)
{
        gsize length;
        const char *octets = g_bytes_get_data(rendered->message, &length);
        return g_strndup(octets, length);
}

struct refusal {
        const char *post;
        const char *why; /* a part of it */
};

static const struct refusal REFUSALS[] = {
        { FROM "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\n\n--b\n\nx\n--b--\n", "encrypted" },
        { FROM "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nAAAA\n", "encrypted" },
        { FROM "Content-Type: application/x-pkcs7-mime; name=smime.p7m\n\nAAAA\n", "encrypted" },
        { FROM "\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n=AbCd\n-----END PGP MESSAGE-----\n", "encrypted" },
        { FROM "Content-Type: message/partial; id=\"x\"; number=1; total=2\n\nSubject: x\n", "fragment" },
        { FROM "Content-Type: message/external-body; access-type=URL\n\n\n", "elsewhere" },
};

static void test_refusals(void **state)
{
        struct list list = mail_list();
        for (size_t i = 0; i < G_N_ELEMENTS(REFUSALS); i++) {
                struct rendered *rendered;
                struct err err = { 0 };
                GBytes *post = mail_bytes(REFUSALS[i].post, strlen(REFUSALS[i].post));
                assert_false(mail_render(&list, mail_keyring, post, &rendered, &err));
                assert_null(rendered);
                assert_int_equal(err.class, ERR_PERM);
                if (!strstr(err.text, REFUSALS[i].why))
                        fail_msg("case %zu: '%s'", i, err.text);
                g_bytes_unref(post);
        }
}

/* --- budgets -------------------------------------------------------------------------------------- */

static bool render_budget(GString *post, struct err *ret_err)
{
        struct list list = mail_list();
        struct rendered *rendered;
        GBytes *bytes = mail_bytes(post->str, post->len);
        bool ok = mail_render(&list, mail_keyring, bytes, &rendered, ret_err);
        rendered_free(rendered);
        g_bytes_unref(bytes);
        g_string_free(post, TRUE);
        return ok;
}

/* `parts` texts in one multipart: with the multipart one more part than that. */
static GString *wide_post(size_t parts)
{
        GString *post = g_string_new(FROM "Content-Type: multipart/mixed; boundary=b\n\n");
        for (size_t i = 0; i < parts; i++)
                g_string_append(post, "--b\n\nx\n");
        g_string_append(post, "--b--\n");
        return post;
}

static GString *deep_post(unsigned depth)
{
        GString *post = g_string_new(FROM);
        for (unsigned i = 0; i < depth; i++)
                g_string_append_printf(post, "Content-Type: multipart/mixed; boundary=b%u\n\n--b%u\n", i, i);
        g_string_append(post, "\nx\n");
        return post;
}

static void test_budgets(void **state)
{
        struct err err = { 0 };
        assert_true(render_budget(wide_post(PARTS_MAX - 1), &err));
        assert_false(render_budget(wide_post(PARTS_MAX), &err));
        assert_string_equal(err.text, "it has more than 100 parts");
        assert_false(render_budget(wide_post(100000), &err));
        assert_true(render_budget(deep_post(PARTS_DEPTH_MAX), &err));
        assert_false(render_budget(deep_post(PARTS_DEPTH_MAX + 1), &err));
        assert_string_equal(err.text, "its parts are nested deeper than 20");
        GString *field = g_string_new(FROM "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; x=");
        for (int i = 0; i < MESSAGE_FIELD_MAX; i++)
                g_string_append_c(field, 'x');
        g_string_append(field, "\n\ntext\n--b--\n");
        assert_false(render_budget(field, &err));
        assert_non_null(strstr(err.text, "part 1: field 1 of the header is larger than 16 KiB"));
}

/* --- parts ----------------------------------------------------------------------------------------- */

struct part_case {
        const char *what;
        const char *post;
        const char *parts; /* "type|name|why;" of each leaf; '+' before what is kept, '!' before what the notice tells */
};

#define MIXED FROM "Content-Type: multipart/mixed; boundary=b\n\n"

static const struct part_case PART_CASES[] = {
        { "no label at all", FROM "\nx\n", "+text/plain||text;" },
        { "a label without a slash", FROM "Content-Type: text\n\nx\n", "+text/plain||text;" },
        { "the message itself is no attachment", FROM "Content-Disposition: attachment; filename=x.txt\n\nx\n", "+text/plain|x.txt|text;" },
        { "an attached text", MIXED "--b\nContent-Disposition: attachment; filename=x.txt\n\nx\n--b--\n", "!text/plain|x.txt|attachment;" },
        { "an inline text with a name", MIXED "--b\nContent-Disposition: inline; filename=x.txt\n\nx\n--b--\n", "+text/plain|x.txt|text;" },
        { "an address in a type", MIXED "--b\nContent-Type: text/a@b.example\n\nx\n--b--\n", "!text/a||not text;" },
        { "a type in other letters", MIXED "--b\nContent-Type: te\xe9xt/plain\n\nx\n--b--\n", "!application/octet-stream||not text;" },
        { "a multipart of no kind", FROM "Content-Type: multipart/*; boundary=b\n\n--b\n\nx\n--b--\n", "+text/plain||text;" },
        { "no boundary", FROM "Content-Type: multipart/mixed\n\n--b\n\nx\n--b--\n", "!multipart/mixed||not text;" },
        { "a boundary that does not come", MIXED "--c\n\nx\n--c--\n", "!multipart/mixed||not text;" },
        { "no last boundary", MIXED "--b\n\nx\n", "+text/plain||text;" },
        { "white space behind the boundary", MIXED "--b \t\n\nx\n--b-- \n--b\n\ny\n", "+text/plain||text;" },
        { "a longer boundary is another", MIXED "--b\n\nx\n--bb\n\ny\n--b--\n", "+text/plain||text;" },
        { "a header without an end", MIXED "--b\nContent-Type: image/png\n--b--\n", "!image/png||not text;" },
        { "a line that is no field begins the text", MIXED "--b\nno field here\n\nx\n--b--\n", "+text/plain||text;" },
        { "digest", FROM "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\ny\n--b--\n", "+text/plain||text;" },
        { "html beside its plain twin",
          FROM "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>\n--b\n\nx\n--b--\n",
          "text/html||other form of the text;+text/plain||text;" },
        { "two plain forms: the first", FROM "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nx\n--b\n\ny\n--b--\n",
          "+text/plain||text;text/plain||other form of the text;" },
        { "html alone", FROM "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>x\n--b--\n",
          "+text/html||html, as text;" },
        { "html beside a plain form that says nothing",
          FROM "Content-Type: multipart/alternative; boundary=b\n\n--b\n\n \n--b\nContent-Type: text/html\n\n<p>x\n--b--\n",
          "text/plain||other form of the text;+text/html||html, as text;" },
        { "html beside an excuse",
          FROM "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nThis is an HTML mail. Your program cannot display it.\n"
          "--b\nContent-Type: text/html\n\n<p>x\n--b--\n",
          "text/plain||other form of the text;+text/html||html, as text;" },
        { "html in two parts, which are one form",
          FROM "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=c\n\n"
          "--c\nContent-Type: text/html\n\n<p>x\n--c\nContent-Type: image/png\n\nx\n--c\nContent-Type: text/html\n\n<p>y\n--c--\n--b--\n",
          "+text/html||html, as text;!image/png||not text;+text/html||html, as text;" },
        { "two forms of html", FROM "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>x\n--b\nContent-Type: text/html\n\n<p>y\n--b--\n",
          "+text/html||html, as text;text/html||other form of the text;" },
        { "attached html", MIXED "--b\n\nx\n--b\nContent-Type: text/html\nContent-Disposition: attachment; filename=x.html\n\n<p>x\n--b--\n",
          "+text/plain||text;!text/html|x.html|attachment;" },
        { "an address as a name", MIXED "--b\nContent-Type: image/png; name=\"anna@people.example.png\"\n\nx\n--b--\n", "!image/png||not text;" },
        { "a name in two encoded words", MIXED "--b\nContent-Type: image/png; name=\"=?utf-8?B?w7xh?= =?utf-8?B?LnBuZw==?=\"\n\nx\n--b--\n",
          "!image/png|üa.png|not text;" },
        { "control characters in a name", MIXED "--b\nContent-Type: image/png; name*=utf-8''a%0D%0Ab%00c%E2%80%AEd\n\nx\n--b--\n", NULL },
        { "a nested message", MIXED "--b\nContent-Type: message/rfc822\n\nFrom: ben@people.example\n\nx\n--b--\n", "+text/plain||text;" },
        { "an attached message", MIXED "--b\nContent-Type: message/global\nContent-Disposition: attachment\n\nContent-Type: image/png\n\nx\n--b--\n",
          "!image/png||not text;" },
        { "a message within a message", MIXED "--b\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nSubject: x\n\ny\n--b--\n", "+text/plain||text;" },
        { "a message of a header only", MIXED "--b\nContent-Type: message/rfc822\n\nSubject: x\n--b\n\ny\n--b--\n", "+text/plain||text;+text/plain||text;" },
        { "an encoded message", MIXED "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeAoKaGk=\n--b--\n", "+text/plain||text;" },
        { "a message that is called encoded", MIXED "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nSubject: x\n\ny\n--b--\n", "+text/plain||text;" },
        { "a multipart that is called encoded", FROM "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n--b\n\ny\n--b--\n", "+text/plain||text;" },
        { "an encoded multipart", FROM "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\nLS1iCgp5Ci0tYi0tCg==\n", "+text/plain||text;" },
        { "a message out of an mbox", MIXED "--b\nContent-Type: message/rfc822\n\nFrom ben Mon\nContent-Type: image/png\n\ny\n--b--\n", "!image/png||not text;" },
        { "a message that begins in the middle", MIXED "--b\nContent-Type: message/rfc822\n\n\tx\nContent-Type: image/png\n\ny\n--b--\n", "!image/png||not text;" },
        { "text that begins like an mbox", MIXED "--b\nFrom here on\n--b--\n", "+text/plain||text;" },
        { "a message of nothing", MIXED "--b\nContent-Type: message/rfc822\n\n--b--\n", "!message/rfc822||not text;" },
        { "a calendar", MIXED "--b\nContent-Type: text/calendar; name=i.ics\n\nBEGIN:VCALENDAR\n--b--\n", "!text/calendar|i.ics|not text;" },
        { "a card", MIXED "--b\nContent-Type: text/vcard\n\nBEGIN:VCARD\n--b--\n", "!text/vcard||not text;" },
        { "a key", MIXED "--b\nContent-Type: application/pgp-keys\n\nx\n--b--\n", "!application/pgp-keys||not text;" },
        { "TNEF", MIXED "--b\nContent-Type: application/ms-tnef; name=winmail.dat\n\nx\n--b--\n", "!application/ms-tnef|winmail.dat|files packed by Outlook;" },
        { "opaquely signed", FROM "Content-Type: application/pkcs7-mime; smime-type=signed-data\n\nAAAA\n", "!application/pkcs7-mime||not text;" },
};

static char *parts_text(const GPtrArray *parts)
{
        GString *text = g_string_new(NULL);
        for (guint i = 0; i < parts->len; i++) {
                const struct render_part *part = parts->pdata[i];
                if (part->opened)
                        continue;
                g_string_append_printf(text, "%s%s|%s|%s;", part->kept ? "+" : part->noticed ? "!" : "", part->type, part->name, part->why);
        }
        return g_string_free(text, FALSE);
}

static void test_parts(void **state)
{
        struct list list = mail_list();
        for (size_t i = 0; i < G_N_ELEMENTS(PART_CASES); i++) {
                struct rendered *rendered = render_text(&list, PART_CASES[i].post);
                char *got = parts_text(rendered->parts);
                if (PART_CASES[i].parts && strcmp(got, PART_CASES[i].parts) != 0)
                        fail_msg("%s: got %s", PART_CASES[i].what, got);
                for (const char *c = got; *c; c++)
                        assert_true((unsigned char) *c >= ' ');
                assert_null(strstr(got, "\xe2\x80\xae"));
                assert_int_equal(rendered->empty, !strchr(got, '+'));
                g_free(got);
                rendered_free(rendered);
        }
}

/* --- HTML: charsets ------------------------------------------------------------------------------------ */

static const struct html_charset {
        const char *what, *fields, *html;
        const char *label, *text; /* of the copy: the octets, in its charset */
} HTML_CHARSETS[] = {
        { "as labelled", "Content-Type: text/html; charset=iso-8859-1\n", "<p>caf\xe9", "ISO-8859-1", "caf\xe9" },
        { "ISO-2022-JP stays", "Content-Type: text/html; charset=ISO-2022-JP\n", "<p>\x1b$B2V$N2q\x1b(B", "ISO-2022-JP", "\x1b$B2V$N2q\x1b(B" },
        { "what it cannot hold", "Content-Type: text/html; charset=ISO-2022-JP\n", "<p>\x1b$B2V\x1b(B &eacute;", "UTF-8", "花 é" },
        { "as it says itself", "Content-Type: text/html\n", "<meta charset=Shift_JIS><p>\x89\xd4", "Shift_JIS", "\x89\xd4" },
        { "the label before that", "Content-Type: text/html; charset=utf-8\n", "<meta charset=Shift_JIS><p>花", "UTF-8", "花" },
        { "a label that lies", "Content-Type: text/html; charset=us-ascii\n", "<p>花", "UTF-8", "花" },
        { "no label, UTF-8", "Content-Type: text/html\n", "<p>花", "UTF-8", "花" },
        { "no label, no UTF-8", "Content-Type: text/html\n", "<p>caf\xe9\x92s", "windows-1252", "caf\xe9\x92s" },
        { "a label of nothing", "Content-Type: text/html; charset=x-none\n", "<p>caf\xe9", "windows-1252", "caf\xe9" },
        { "ASCII stays", "Content-Type: text/html; charset=us-ascii\n", "<p>a", "us-ascii", "a" },
        { "UTF-16", "Content-Type: text/html; charset=utf-16le\nContent-Transfer-Encoding: base64\n", "PABwAD4AsYJhAA==", "UTF-8", "花a" },
};

/* The text of a copy of one part, decoded from its transfer encoding, without line ends behind it. */
static char *decoded_body(const struct message *copy)
{
        GBytes *raw = g_bytes_new_from_bytes(copy->bytes, copy->body, g_bytes_get_size(copy->bytes) - copy->body);
        GBytes *body = transfer_decode(transfer_find(message_get(copy, "Content-Transfer-Encoding")), raw);
        char *text = g_strndup(g_bytes_get_data(body, NULL), g_bytes_get_size(body));
        g_bytes_unref(body);
        g_bytes_unref(raw);
        return g_strchomp(text);
}

static void test_html_charsets(void **state)
{
        struct list list = mail_list();
        for (size_t i = 0; i < G_N_ELEMENTS(HTML_CHARSETS); i++) {
                const struct html_charset *c = &HTML_CHARSETS[i];
                struct message *copy;
                char *post = g_strdup_printf(FROM "%s\n%s\n", c->fields, c->html);
                char *type = g_strconcat("text/plain; charset=", c->label, NULL);
                struct rendered *rendered = render_text(&list, post);
                assert_true(message_parse(&copy, rendered->message, NULL));
                char *text = decoded_body(copy);
                if (strcmp(message_get(copy, "Content-Type"), type) != 0 || strcmp(text, c->text) != 0)
                        fail_msg("%s: got %s: %s", c->what, message_get(copy, "Content-Type"), text);
                g_free(text);
                message_free(copy);
                rendered_free(rendered);
                g_free(type);
                g_free(post);
        }
}

/* --- the body ----------------------------------------------------------------------------------------- */

/* Without a footer, a 7bit or 8bit body leaves as it came. */
static void test_body_is_verbatim(void **state)
{
        static const char *const bodies[] = {
                "Hello\n.\n..\n From\nFrom me\n\n", "\x1b$BF|K\\\x1b(B\n", "", "\n", "> > quoted \n-- \nsig\n", "tab\there\n",
        };
        struct list list = mail_list();
        for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
                char *post = g_strconcat(FROM "\n", bodies[i], NULL);
                struct rendered *rendered = render_text(&list, post);
                char *text = text_of(rendered);
                GBytes *want = mail_bytes(bodies[i], strlen(bodies[i]));
                const char *body = strstr(text, "\r\n\r\n") + 4;
                assert_int_equal(strlen(body), g_bytes_get_size(want));
                assert_memory_equal(body, g_bytes_get_data(want, NULL), strlen(body));
                assert_int_equal(rendered->text_size, strlen(body));
                g_bytes_unref(want);
                g_free(text);
                rendered_free(rendered);
                g_free(post);
        }
}

struct body_case {
        const char *what;
        const char *fields, *body; /* LF lines */
        const char *footer;
        const char *want; /* a part of the copy, LF lines */
};

#define RULE "_______________________________________________\n"

static const struct body_case BODY_CASES[] = {
        { "ASCII and a footer beyond it: UTF-8", "", "x\n", "Grüße", "x\n" RULE "Gr=C3=BC=C3=9Fe\n" },
        { "the label says so", "", "x\n", "Grüße", "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n" },
        { "mostly beyond ASCII: base64", "", "x\n", "日本語の脚注です、長い脚注です、とても長い脚注です、まだ続きます、もっと続きます", "Content-Transfer-Encoding: base64\n" },
        { "8bit stays", "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n", "Grüße\n", "Grüße",
          "Content-Transfer-Encoding: 8bit\n\nGrüße\n" RULE "Grüße\n" },
        { "Latin-1 takes a footer that it has", "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n", "Gr\xfc\xdf" "e\n",
          "Grüße", "charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\nGr\xfc\xdf" "e\n" RULE "Gr\xfc\xdf" "e\n" },
        { "and stays as it is beside one that it has not", "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n",
          "Gr\xfc\xdf" "e\n", "日", "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\nGr\xfc\xdf" "e\n\n--=_" },
        { "a lying label, but UTF-8", "Content-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 8bit\n", "Grüße\n", "日",
          "charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\nGrüße\n" RULE "日\n" },
        { "JIS that does not return to ASCII", "Content-Type: text/plain; charset=iso-2022-jp\n", "\x1b$BF|K\\\n", "x", "\x1b$BF|K\\\n\x1b(B" RULE "x\n" },
        { "JIS takes a Japanese footer", "Content-Type: text/plain; charset=iso-2022-jp\n", "\x1b$BF|K\\\x1b(B\n", "日本",
          "charset=iso-2022-jp\nContent-Transfer-Encoding: 7bit\n\n\x1b$BF|K\\\x1b(B\n" RULE "\x1b$BF|K\\\x1b(B\n" },
        { "JIS, with a circled digit too, stays beside a Korean footer", "Content-Type: text/plain; charset=iso-2022-jp\n",
          "\x1b$B-!F|\x1b(B\n", "김",
          "Content-Type: text/plain; charset=iso-2022-jp\nContent-Transfer-Encoding: 7bit\n\n\x1b$B-!F|\x1b(B\n\n--=_" },
        { "UTF-16 becomes UTF-8", "Content-Type: text/plain; charset=utf-16be\nContent-Transfer-Encoding: base64\n", "AGEAYgAKAGMACg==\n", "",
          "charset=UTF-8\nContent-Transfer-Encoding: base64\n\nYWINCmMNCg==\n" },
        { "a flowed line before the footer", "Content-Type: text/plain; format=flowed\n", "a \n", " > b\\n>c\\nFrom d ",
          "format=flowed\nContent-Transfer-Encoding: 7bit\n\na \n\n" RULE "  > b\n >c\n From d\n" },
        { "delsp", "Content-Type: text/plain; charset=utf-8; format=Flowed; DelSp=Yes\n", "a\n", "", "charset=utf-8; format=flowed; delsp=yes\n" },
        { "bare CR and NUL within base64", "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n", "YQ1iAGMKZA==\n", "",
          "\n\nYQ0KYmMNCmQNCg==\n" },
        { "an unknown encoding is none", "Content-Transfer-Encoding: x-rot13\n", "x\n", "", "Content-Transfer-Encoding: 7bit\n\nx\n" },
        { "a label that is none", "Content-Type: text/plain; charset=\"a b\"\n", "x\n", "", "charset=us-ascii\n" },
        { "8-bit text that says 7bit", "Content-Type: text/plain; charset=utf-8\n", "Many greetings: Grüße\n", "",
          "quoted-printable\n\nMany greetings: Gr=C3=BC=C3=9Fe\n" },
        { "several lines of footer", "", "x\n", "a\\n\\nb  \\n", RULE "a\n\nb\n\n" },
};

static void test_body(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(BODY_CASES); i++) {
                const struct body_case *c = &BODY_CASES[i];
                struct list list = mail_list();
                list.footer = (char *) c->footer;
                char *post = g_strconcat(FROM, c->fields, "\n", c->body, NULL);
                struct rendered *rendered = render_text(&list, post);
                gsize length;
                const char *octets = g_bytes_get_data(rendered->message, &length);
                GString *lf = lines_to_lf(octets, length);
                if (!strstr(lf->str, c->want))
                        fail_msg("%s: got\n%s", c->what, lf->str);
                g_string_free(lf, TRUE);
                rendered_free(rendered);
                g_free(post);
        }
}

/* What a flawed message holds (envelope.h: FLAW_BYTES) is mended, should somebody let it pass. */
static void test_stray_octets(void **state)
{
        static const char post[] = "From: anna@people.example\r\n\r\na\nb\rc\0d\r\ne";
        struct list list = mail_list();
        struct rendered *rendered;
        struct err err = { 0 };
        GBytes *bytes = g_bytes_new_take(exact(post, sizeof post - 1), sizeof post - 1);
        assert_true(mail_render(&list, mail_keyring, bytes, &rendered, &err));
        char *text = text_of(rendered);
        assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\na\r\nb\r\ncd\r\ne\r\n");
        g_free(text);
        rendered_free(rendered);
        g_bytes_unref(bytes);
}

/* --- identifiers -------------------------------------------------------------------------------------- */

static void test_msgid(void **state)
{
        const struct msgid_map map = { mail_keyring, 7, "lists.example", false };
        const struct msgid_map other = { mail_keyring, 8, "lists.example", false };
        const struct msgid_map open = { mail_keyring, 7, "lists.example", true };
        char *once = msgid_map_value(&map, "<a@people.example>", 1);
        char *twice = msgid_map_value(&map, once, 1);
        char *reply = msgid_map_value(&map, " text <a@people.example> (comment)", 20);
        char *bare = msgid_map_value(&map, "a@people.example", 1);
        char *foreign = msgid_map_value(&other, "<a@people.example>", 1);
        char *shown = msgid_map_value(&open, "<a@people.example> <b c@x> <\xff@x> <d>", 20);
        assert_true(g_str_has_suffix(once, "@lists.example>") && !strstr(once, "people"));
        assert_string_equal(twice, once);
        assert_string_equal(reply, once);
        assert_string_equal(bare, once);
        assert_string_not_equal(foreign, once);
        assert_true(g_str_has_prefix(shown, "<a@people.example> <"));
        assert_true(g_str_is_ascii(shown) && !strstr(shown, "b c") && !strstr(shown, "<d>"));
        assert_null(msgid_map_value(&map, "", 20));
        assert_null(msgid_map_value(&map, "<> < no end", 20));
        g_free(once);
        g_free(twice);
        g_free(reply);
        g_free(bare);
        g_free(foreign);
        g_free(shown);
}

static void test_references_are_few(void **state)
{
        const struct msgid_map map = { mail_keyring, 7, "lists.example", true };
        GString *value = g_string_new(NULL);
        for (int i = 1; i <= 30; i++)
                g_string_append_printf(value, "<%d@x>", i);
        char *mapped = msgid_map_value(&map, value->str, 20);
        char **ids = g_strsplit(mapped, " ", -1);
        assert_int_equal(g_strv_length(ids), 20);
        assert_string_equal(ids[0], "<1@x>");
        assert_string_equal(ids[1], "<12@x>");
        assert_string_equal(ids[19], "<30@x>");
        g_strfreev(ids);
        g_free(mapped);
        g_string_free(value, TRUE);
}

/* A post without an identifier gets one, and the same when it is rendered once more. */
static void test_no_message_id(void **state)
{
        struct list list = mail_list();
        struct rendered *one = render_text(&list, FROM "Date: Tue, 24 Nov 2026 06:22:58 +0900\n\nx\n");
        struct rendered *two = render_text(&list, FROM "Date: Tue, 24 Nov 2026 06:22:58 +0900\n\nx\n");
        char *text = text_of(one);
        assert_non_null(strstr(text, "\r\nMessage-ID: <"));
        assert_true(g_bytes_equal(one->message, two->message));
        g_free(text);
        rendered_free(one);
        rendered_free(two);
}

static void test_dropped_fields(void **state)
{
        struct list list = mail_list();
        struct rendered *rendered = render_text(&list, FROM "Received: a\nX-Mailer: b\nreceived: c\nSubject: d\n\nx\n");
        assert_int_equal(rendered->dropped_fields->len, 2);
        assert_string_equal(rendered->dropped_fields->pdata[0], "Received");
        assert_string_equal(rendered->dropped_fields->pdata[1], "X-Mailer");
        rendered_free(rendered);
}

/* --- who wrote, as readers are told (leaks L3) ------------------------------------------------------- */

static void test_byline(void **state)
{
        static const struct {
                const char *name; /* as it was decoded */
                bool is_shown;
        } cases[] = {
                { "Anna Ames", true },
                { "J.R.R.Tolkien", true },
                { "Dr.Smith", true },
                { "\xe8\x8a\xb1\xe5\xad\x90", true },
                { "", false },
                { "anna@people.example", false },
                { "Anna (anna@elsewhere.example)", false },
                { "anna\xef\xbc\xa0people", false },                     /* a full-width @ */
                { "anna at people.example", false },
                { "anna at elsewhere.example", false },
                { "Anna of PEOPLE.Example", false },                     /* like a name, but the author's own domain */
                { "\xef\xbd\x81\xef\xbc\x8e\xef\xbd\x82\xef\xbd\x83", false }, /* "a.bc", full-width */
        };
        const struct list list = mail_list();
        struct address *author;
        assert_true(address_parse(&author, "anna@people.example", 19, NULL));
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                char *byline = byline_write(&list, cases[i].name, author);
                bool is_shown = *cases[i].name && g_str_has_prefix(byline, cases[i].name);
                if (is_shown != cases[i].is_shown || (!is_shown && !g_str_has_prefix(byline, "A member via ")))
                        fail_msg("'%s' gives '%s'", cases[i].name, byline);
                g_free(byline);
        }
        address_free(author);
}

/* A name that reads as an encoded word would be decoded once more by who reads it, into whatever the author put there. */
static void test_name_is_decoded_once(void **state)
{
        static const char name[] = "=?utf-8?q?anna=40people=2Eexample?=";
        char *mailbox = header_mailbox(name, "ml@lists.example", NULL);
        assert_null(strstr(mailbox, name));
        char *read = mime_decode_text(mailbox);
        assert_non_null(strstr(read, name));
        g_free(read);
        g_free(mailbox);
}

/* --- the shared corpus of MIME ------------------------------------------------------------------------- */

static GBytes *read_as_crlf(const char *path)
{
        char *text;
        gsize length;
        if (!g_file_get_contents(path, &text, &length, NULL))
                fail_msg("cannot read %s", path);
        GBytes *raw = g_bytes_new_take(text, length);
        GBytes *lines = lines_repair(raw);
        g_bytes_unref(raw);
        return lines;
}

/* Whatever the bytes are: a copy that passes the gate out, or a reason. */
static void render_file(const char *path, const struct address *author, size_t *rendered_count)
{
        struct list list = mail_list();
        struct message *message;
        struct rendered *rendered;
        struct err err = { 0 };
        GBytes *bytes = read_as_crlf(path);
        const struct render_facts facts = {
                .list = &list,
                .keyring = mail_keyring,
                .author = author,
                .author_name = "",
                .timezone = "UTC",
                .hostname = "mx.lists.example",
        };
        if (message_parse(&message, bytes, &err)) {
                bool ok = render_post(&rendered, message, &facts, &err);
                if (!ok && err.class != ERR_PERM)
                        fail_msg("%s: %s", path, err.text);
                *rendered_count += ok;
                rendered_free(rendered);
                message_free(message);
        }
        g_bytes_unref(bytes);
}

static void render_folder(const char *folder, const struct address *author, size_t *rendered_count)
{
        GQueue folders = G_QUEUE_INIT;
        g_queue_push_tail(&folders, g_strdup(folder));
        for (char *at = g_queue_pop_head(&folders); at; at = g_queue_pop_head(&folders)) {
                GDir *dir = g_dir_open(at, 0, NULL);
                const char *name;
                while (dir && (name = g_dir_read_name(dir))) {
                        char *path = g_build_filename(at, name, NULL);
                        if (g_file_test(path, G_FILE_TEST_IS_DIR))
                                g_queue_push_tail(&folders, g_strdup(path));
                        else
                                render_file(path, author, rendered_count);
                        g_free(path);
                }
                if (dir)
                        g_dir_close(dir);
                g_free(at);
        }
}

static void test_corpus(void **state)
{
        char *folder = corpus_path("mime");
        struct address *author;
        size_t rendered_count = 0;
        assert_true(address_parse(&author, "anna@people.example", 19, NULL));
        render_folder(folder, author, &rendered_count);
        print_message("# rendered: %zu\n", rendered_count);
        assert_true(rendered_count > 300);
        address_free(author);
        g_free(folder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_refusals),
                cmocka_unit_test(test_budgets),
                cmocka_unit_test(test_parts),
                cmocka_unit_test(test_html_charsets),
                cmocka_unit_test(test_body_is_verbatim),
                cmocka_unit_test(test_body),
                cmocka_unit_test(test_stray_octets),
                cmocka_unit_test(test_msgid),
                cmocka_unit_test(test_references_are_few),
                cmocka_unit_test(test_no_message_id),
                cmocka_unit_test(test_dropped_fields),
                cmocka_unit_test(test_byline),
                cmocka_unit_test(test_name_is_decoded_once),
                cmocka_unit_test(test_corpus),
        };
        return cmocka_run_group_tests(tests, mail_set_up, mail_tear_down);
}
