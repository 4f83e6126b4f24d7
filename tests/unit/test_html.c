/* test_html.c - HTML as text: what stays, how it is laid out, what goes, and where it ends early */
#include "unit.h"

#include <time.h>

#include "mail/guess.h"
#include "mail/html.h"

static char *text_of(const char *html, size_t length)
{
        char *source = exact(html, length);
        GString *text = html_to_text(source, length);
        g_free(source);
        return g_string_free(text, FALSE);
}

struct html_case {
        const char *what, *html, *want;
};

static const struct html_case CASES[] = {
        { "nothing", "", "" },
        { "text", "Hello", "Hello\n" },
        { "white space", "  Hello \n\t all ", "Hello all\n" },
        { "paragraphs", "<p>One</p>\n<p>Two</p>", "One\n\nTwo\n" },
        { "paragraphs without ends", "<p>One<p>Two", "One\n\nTwo\n" },
        { "boxes are lines", "<div>One</div><div>Two</div>", "One\nTwo\n" },
        { "an empty line of Gmail", "<div>One</div><div><br></div><div>Two</div>", "One\n\nTwo\n" },
        { "an empty line of Outlook", "<p>One</p><p>&nbsp;</p><p>Two</p>", "One\n\nTwo\n" },
        { "line breaks", "One<br>Two<br/>Three<br>", "One\nTwo\nThree\n" },
        { "empty lines between", "One<br><br><br>Two", "One\n\nTwo\n" },
        { "a heading", "<h1>The plan</h1>We go.", "The plan\n\nWe go.\n" },
        { "a rule", "One<hr>Two", "One\n\n----------------------------------------\n\nTwo\n" },
        { "emphasis", "<b>So</b>me <i>words</i>", "Some words\n" },
        { "entities", "&lt;b&gt; &amp; &eacute; &#12354; &#x1F600; &nosuch;", "<b> & é あ 😀 &nosuch;\n" },
        { "a list", "Bring:<ul><li>bread<li>wine</ul>now", "Bring:\n\n* bread\n* wine\n\nnow\n" },
        { "a numbered list", "<ol start=9><li>nine</li><li>ten</li></ol>", "9. nine\n10. ten\n" },
        { "nested lists", "<ul><li>a<ol><li>b<li>c</ol></li><li>d</ul>", "* a\n  1. b\n  2. c\n* d\n" },
        { "a list item of two lines", "<ul><li>a<br>b</ul>", "* a\n  b\n" },
        { "definitions", "<dl><dt>a<dd>b</dl>", "a\n    b\n" },
        { "a quote", "x<blockquote>a<br>b</blockquote>y", "x\n\n> a\n> b\n\ny\n" },
        { "paragraphs in a quote", "<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b\n" },
        { "a quote in a quote", "<blockquote>a<blockquote>b</blockquote>c</blockquote>", "> a\n>\n> > b\n>\n> c\n" },
        { "a list in a quote", "<blockquote><ul><li>a<li>b</ul></blockquote>", "> * a\n> * b\n" },
        { "as it is", "x<pre>\nif (a)\n\n        b;\n</pre>y", "x\n\nif (a)\n\n        b;\n\ny\n" },
        { "a link", "See <a href=\"https://a.example/x\">the plan</a>.", "See the plan [1].\n\n[1] https://a.example/x\n" },
        { "two links to one place", "<a href=http://a.example>a</a> <a href=http://a.example>b</a>", "a [1] b [1]\n\n[1] http://a.example\n" },
        { "a link that says where to", "<a href=\"https://A.example/\">a.example</a>", "a.example\n" },
        { "a mail link that says where to", "<a href=\"mailto:b@a.example\">b@a.example</a>", "b@a.example\n" },
        { "a name that hides an address", "<a href=\"mailto:b@a.example\">Ben</a>", "Ben\n" },
        { "links that go nowhere for us", "<a href=\"javascript:x()\">a</a><a href=#x>b</a><a name=c>c</a><a href=file:///etc>d</a>", "abcd\n" },
        { "a link around nothing", "x<a href=http://a.example><img src=http://a.example/y.png></a>", "x\n" },
        { "a link in other letters", "<a href='http://a.example/ü x&quot;'>a</a>", "a [1]\n\n[1] http://a.example/%C3%BC%20x%22\n" },
        { "pictures", "a<img src=http://a.example/x.png alt=\"The map\">b<img src=cid:x alt=image001.png>", "a[The map]b\n" },
        { "a smiley", "Hi <img src=x alt=\"😀\">", "Hi 😀\n" },
        { "a tracking pixel", "a<img src=http://a.example/?anna width=1 height=1 alt=open>", "a\n" },
        { "scripts, styles, titles", "<head><title>t</title><style>p{}</style></head><script>x</script>a<style>b</style>", "a\n" },
        { "comments of Outlook", "<!--[if mso]><p>no</p><![endif]-->a<![if !x]>b<![endif]>", "ab\n" },
        { "hidden", "<div style=\"Display : NONE !important\">no</div><p hidden>no</p>a", "a\n" },
        { "invisible", "<p style=\"visibility:hidden\">no<b style=\"visibility:visible\">a</b></p>", "a\n" },
        { "too small to see", "<span style=\"color:red;font-size:0px\">no</span>a", "a\n" },
        { "a box without size around text with one", "<div style=\"font-size:0\">no<p style=\"font-size:16px\">a</p></div>", "a\n" },
        { "small, but there", "<p style=\"font-size:0.8em\">a</p>", "a\n" },
        { "zero-width characters", "a&#8203;b&#xFEFF;&shy;c&zwnj;", "abc\xe2\x80\x8c\n" },
        { "a padded preview", "a &zwnj; &zwnj; b", "a b\n" },
        { "turned text", "a&#x202E;b&#x202D;", "ab\n" },
        { "control characters", "a\x1b$Bb\x07", "a$Bb\n" },
        { "a table", "<table><tr><th>Day<th>Who</tr><tr><td><p>Mon</p><td>Anna<br>Ben</tr></table>", "Day | Who\nMon | Anna Ben\n" },
        { "a table for places", "<table><tr><td>a<td>b</tr></table>", "a\n\nb\n" },
        { "a table in a table", "<table><tr><td><table><tr><td>a<td>b<tr><td>c<td>d</table><td>e</table>", "a | b\nc | d\n\ne\n" },
        { "wide characters", "<p>一\n二</p>", "一二\n" },
        { "wide and narrow", "<p>一\nb</p>", "一 b\n" },
        { "ends that were not begun", "</p></div></table>a</b>", "a\n" },
        { "text behind the end", "<html><head><title>t</title></head><body>a</body></html>b</html><p>c", "ab\n\nc\n" },
        { "a byte-order mark and a declaration", "\xef\xbb\xbf<?xml version=\"1.0\"?><!DOCTYPE html><html><body>a", "a\n" },
        { "half a tag", "a<p", "a\n" },
};

static void test_cases(void **state)
{
        int failed = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
                char *got = text_of(CASES[i].html, strlen(CASES[i].html));
                if (strcmp(got, CASES[i].want) != 0) {
                        print_message("# %s: got '%s'\n", CASES[i].what, got);
                        failed++;
                }
                g_free(got);
        }
        assert_int_equal(failed, 0);
}

/* --- lines ------------------------------------------------------------------------------------ */

static size_t columns_of(const char *line, const char *end)
{
        size_t columns = 0;
        for (const char *at = line; at < end; at = g_utf8_next_char(at))
                columns += g_unichar_iswide(g_utf8_get_char(at)) ? 2 : 1;
        return columns;
}

static char *repeated(const char *before, const char *text, size_t times, const char *after)
{
        GString *html = g_string_new(before);
        for (size_t i = 0; i < times; i++)
                g_string_append(html, text);
        g_string_append(html, after);
        return g_string_free(html, FALSE);
}

static void assert_lines_fit(const char *before, const char *text, const char *after, size_t least)
{
        char *html = repeated(before, text, 200, after);
        char *got = text_of(html, strlen(html));
        size_t lines = 0;
        for (const char *line = got, *end; *line; line = end + 1, lines++) {
                end = strchr(line, '\n');
                assert_true(columns_of(line, end) <= 76 && (end[1] == '\0' || columns_of(line, end) > 60));
                assert_false(g_str_has_prefix(line, "。") || g_str_has_prefix(line, " "));
        }
        assert_true(lines >= least);
        g_free(got);
        g_free(html);
}

static void test_lines(void **state)
{
        assert_lines_fit("<p>", "word ", "</p>", 13);
        assert_lines_fit("<p>", "花の会。", "</p>", 21);
        assert_lines_fit("<p>", "花 and 会 ", "</p>", 25);
        assert_lines_fit("<blockquote>", "quoted ", "</blockquote>", 18);
        char *html = repeated("<p>a ", "x", 300, " b</p>");
        char *got = text_of(html, strlen(html));
        assert_true(g_str_has_prefix(got, "a\nxxx") && g_str_has_suffix(got, "xxx\nb\n")); /* a long word stays whole */
        g_free(got);
        g_free(html);
}

/* --- hostile HTML ----------------------------------------------------------------------------- */

struct bomb {
        const char *what, *before, *text, *after;
        size_t times;
        bool is_shortened;
};

static const struct bomb BOMBS[] = {
        { "deep", "begin", "<div>", "end", 200, false },
        { "too deep", "begin", "<div>", "end", 100000, true },
        { "deep quotes", "begin", "<blockquote>q", "", 100000, true },
        { "attributes", "begin<p", " a00000", ">end", 100000, true },
        { "attributes behind a quote", "begin<!-- <a x=\" --><a y=\"> \" ", " b00000='>'", ">end", 100000, true },
        { "many tags", "begin", "<b>x</b>", "end", 100000, false },
        { "an endless tag", "begin<a href=\"", "x", "", 1000000, false },
        { "an endless comment", "begin<!--", " -", "", 500000, false },
        { "a long text", "begin", "text ", "", 100000, true },
        { "a large picture", "begin<img src=\"data:", "AAAA", "\">end", 250000, false },
        { "larger than any", "begin<!--", "xxxxxxxxxx", "-->end", 300000, true },
        { "entities", "begin", "&amp;", "", 100000, false },
        { "tables", "begin", "<table><tr><td>", "", 100000, true },
        { "ends", "begin", "</p>", "end", 200000, false },
        { "unlike formatting", "begin", "<b><i><p>", "end", 50000, false },
};

/* The text `times` times, "00000" in it being a number that differs. */
static char *bomb_of(const struct bomb *c)
{
        char *html = repeated(c->before, c->text, c->times, c->after);
        const char *digits = strstr(c->text, "00000");
        char *at = html + strlen(c->before) + (digits ? digits - c->text : 0);
        for (size_t i = 0; digits && i < c->times; i++, at += strlen(c->text))
                for (size_t digit = 5, rest = i; digit > 0; rest /= 10)
                        at[--digit] = (char) ('0' + rest % 10);
        return html;
}

static void test_bombs(void **state)
{
        enum { MILLISECONDS_MAX = 5000 }; /* with sanitizers; without a bound of ours, attributes take half a minute */
        for (size_t i = 0; i < G_N_ELEMENTS(BOMBS); i++) {
                const struct bomb *c = &BOMBS[i];
                char *html = bomb_of(c);
                const clock_t begin = clock(); /* of the processor: the machine may have other work */
                char *got = text_of(html, strlen(html));
                const int took = (int) ((clock() - begin) * 1000 / CLOCKS_PER_SEC);
                if (took > MILLISECONDS_MAX)
                        fail_msg("%s: took %d ms", c->what, took);
                if (!g_str_has_prefix(got, "begin") || g_str_has_suffix(got, "[shortened]\n") != c->is_shortened)
                        fail_msg("%s: got %.40s ... %s", c->what, got, got + MAX(strlen(got), 40) - 40);
                print_message("# %s: %d ms, %zu octets\n", c->what, took, strlen(got));
                g_free(got);
                g_free(html);
        }
}

/* --- the charset that it names ---------------------------------------------------------------- */

static const struct {
        const char *html, *want;
} CHARSETS[] = {
        { "<meta charset=utf-8>", "utf-8" },
        { "<HTML><META CHARSET=\"EUC-JP\">", "euc-jp" },
        { "<meta http-equiv=Content-Type content=\"text/html; charset=iso-2022-jp\">", "iso-2022-jp" },
        { "<p>charset=koi8-r", NULL },
        { "<meta charset=>", NULL },
        { "<meta charset=", NULL },
        { "<meta", NULL },
        { "", NULL },
};

static void test_charsets(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(CHARSETS); i++) {
                const size_t length = strlen(CHARSETS[i].html);
                char *source = exact(CHARSETS[i].html, length);
                char *got = guess_label_of_html(source, length);
                if (g_strcmp0(got, CHARSETS[i].want) != 0)
                        fail_msg("%s: got %s", CHARSETS[i].html, got);
                g_free(got);
                g_free(source);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cases),
                cmocka_unit_test(test_lines),
                cmocka_unit_test(test_bombs),
                cmocka_unit_test(test_charsets),
        };
        return cmocka_run_group_tests_name("html", tests, NULL, NULL);
}
