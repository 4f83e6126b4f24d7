/* test_sanitise.c - HTML of mail with nothing in it but text and its form: what stays, and what never does */
#include "mail.h"

#include "mail/quote.h"
#include "mail/sanitise.h"

#define FOOTER_RULE "_______________________________________________"
#define TICKET "abcdefghijklmnopqrstuvwxyz234567"

static char *sanitised(const char *html)
{
        struct list list = mail_list();
        list.footer = (char *) "The list - ${address}";
        struct quote *quote = quote_new(&list, 0);
        char *octets = exact(html, strlen(html));
        GString *out = sanitise_html(quote, octets, strlen(html));
        quote_free(quote);
        g_free(octets);
        return g_string_free(out, FALSE);
}

static const struct {
        const char *what, *html, *wanted;
} CASES[] = {
        { "nothing", "", "" },
        { "text", "a & b < c", "a &amp; b &lt; c" },
        { "form", "<p>a <b>b</b><i>c</i><br>d</p>", "<p>a <b>b</b><i>c</i><br>\nd</p>\n" },
        { "a table", "<table border=1 onclick=x()><tr><td colspan=2>a</table>",
          "<table border=\"1\"><tr><td colspan=\"2\">a</td>\n</tr>\n</table>\n" },
        { "a link", "<a href=\"https://x.example/?a=1&amp;b\" target=_blank ping=//t.example>x</a>",
          "<a href=\"https://x.example/?a=1&amp;b\" rel=\"noopener noreferrer\">x</a>" },
        { "a link that runs", "<a href=\"javascript:alert(1)\">x</a>", "<a>x</a>" },
        { "a link that runs, in disguise", "<a href=\" &#106;ava\tscript:alert(1)\">x</a><a href='data:text/html,x'>y</a>", "<a>x</a><a>y</a>" },
        { "a link to a mailbox", "<a href=\"mailto:anna@people.example\">Anna</a>", "<a>Anna</a>" },
        { "a picture", "<img src=https://t.example/x.png alt=\"A map\" onerror=x()>", "[A map]" },
        { "a pixel", "<img src=https://t.example/x.png width=1 height=1 alt=x>", "" },
        { "styles", "<p style=\"color: red; background: url(//t.example/x); position: fixed; width: expression(x)\">a</p>",
          "<p style=\"color: red\">a</p>\n" },
        { "styles in disguise", "<p style=\"color: r\\65 d; background-color: rgb(1, 2, 3); border-image: url(x); font-family: a/**/b\">a</p>",
          "<p style=\"background-color: rgb(1, 2, 3)\">a</p>\n" },
        { "what is hidden", "<p style=\"display:none\">a</p><span style=\"font-size:0\">b</span><p hidden>c</p>d", "<span style=\"font-size: 0\"></span>d" },
        { "what runs", "<script>x()</script><style>@import url(x)</style><svg onload=x()><a>b</a></svg><iframe src=x></iframe>c", "c" },
        { "what loads", "<link rel=stylesheet href=x><base href=//t.example><meta http-equiv=refresh content=0><video poster=x></video>"
                        "<object data=x></object><embed src=x><input type=image src=x><body background=x>a", "a" },
        { "a form", "<form action=//t.example><input name=a><button formaction=javascript:x()>b</button></form>", "b" },
        { "a comment", "<!--[if mso]><img src=x><![endif]-->a<!-- <b> -->", "a" },
        { "an attribute that ends early", "<p title='\"><script>x()</script>' align=\"left\\\" onclick=x()\">a</p>", "<p>a</p>\n" },
        { "what a browser would read anew", "<noscript><p title=\"</noscript><img src=x onerror=x()>\">a</noscript>b", "b" },
        { "preformatted text", "<pre>a\n  b</pre>", "<pre>a\n  b</pre>\n" },
        { "an attribution", "<p>Hi</p><div>On Monday, Anna &lt;<a href=\"mailto:anna@people.example\">anna@people.example</a>&gt; wrote:<br></div><blockquote>x</blockquote>",
          "<p>Hi</p>\n<div>On Monday, Anna wrote:<a></a><br>\n</div>\n<blockquote>x</blockquote>\n" },
        { "a footer of ours", "<p>Hi</p><p>" FOOTER_RULE "<br>The list - ml@lists.example</p>", "<p>Hi</p>\n<p><br>\n</p>\n" },
        { "a ticket of ours", "<p>See ml-off+" TICKET "@lists.example now</p>", "<p>See (address) now</p>\n" },
};

static void test_cases(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
                char *got = sanitised(CASES[i].html);
                if (strcmp(got, CASES[i].wanted) != 0)
                        fail_msg("%s: got '%s'", CASES[i].what, got);
                char *again = sanitised(got);
                if (strcmp(got, again) != 0)
                        fail_msg("%s: again '%s'", CASES[i].what, again);
                g_free(again);
                g_free(got);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases) };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
