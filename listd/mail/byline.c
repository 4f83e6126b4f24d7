/* byline.c - who wrote, as readers are told
 * Gives:  byline_write()
 * A display name is the author's to choose, and many programs put the address there where there is no name. What is
 * caught is what a harvester could use: an '@' in any width, the author's own domain, and words that look like a domain.
 * "J.R.R.Tolkien" and "Dr.Smith" are names; "node.js" pays for that with its place. */
#include "mail/byline.h"

#include "base/domain.h"
#include "mail/address.h"
#include "mail/door.h"
#include "mail/mime.h"
#include "store/list.h"

enum { NAME_CHARS_MAX = 64, TITLE_CHARS_MAX = 64 };

static const char *const ANONYMOUS[] = { [LANG_EN] = "A member", [LANG_JA] = "メンバー" };

static bool is_label_octet(char c)
{
        return g_ascii_isalnum(c) || c == '-' || (c & 0x80);
}

/* Labels joined by dots, of which the last one is two ASCII letters or more that are not written as a name is. */
static bool is_like_domain(const char *word, size_t length)
{
        size_t label = 0, labels = 1;
        bool is_ascii = true;
        for (size_t i = 0; i < length; i++) {
                if (word[i] == '.') {
                        if (i == label)
                                return false;
                        label = i + 1;
                        labels++;
                        is_ascii = true;
                } else {
                        is_ascii = is_ascii && g_ascii_isalpha(word[i]);
                }
        }
        const char *last = word + label;
        const bool is_name = g_ascii_isupper(last[0]) && g_ascii_islower(last[1]);
        return labels > 1 && is_ascii && length - label >= 2 && !is_name;
}

static bool holds_domain_like_word(const char *text)
{
        while (*text) {
                size_t length = 0;
                while (text[length] == '.' || (text[length] && is_label_octet(text[length])))
                        length++;
                size_t word = length;
                while (word && text[word - 1] == '.') /* the end of a sentence */
                        word--;
                if (word && is_like_domain(text, word))
                        return true;
                text += length ? length : 1;
        }
        return false;
}

/* Whether it holds the author's domain, in A-labels or U-labels; `text` is case-folded. */
static bool holds_domain(const char *text, const char *domain)
{
        char *unicode = domain_to_unicode(domain);
        char *folded = g_utf8_casefold(unicode, -1);
        bool found = strstr(text, domain) || strstr(text, folded);
        g_free(folded);
        g_free(unicode);
        return found;
}

static bool tells_address(const char *name, const struct address *author)
{
        char *plain = g_utf8_normalize(name, -1, G_NORMALIZE_ALL_COMPOSE); /* wide letters and signs become plain ones */
        char *folded = g_utf8_casefold(plain, -1);
        bool tells = strchr(plain, '@') || holds_domain(folded, author->domain) || holds_domain_like_word(plain);
        g_free(folded);
        g_free(plain);
        return tells;
}

static char *cut(const char *text, glong chars_max)
{
        return g_utf8_substring(text, 0, MIN(g_utf8_strlen(text, -1), chars_max));
}

char *byline_write(const struct list *list, const char *author_name, const struct address *author)
{
        char *name = mime_one_line(author_name);
        const bool is_fit = *name && !tells_address(name, author);
        char *shown = cut(is_fit ? name : ANONYMOUS[list->lang], NAME_CHARS_MAX);
        char *title = cut(door_title(list), TITLE_CHARS_MAX);
        char *byline = g_strconcat(shown, " via ", title, NULL);
        g_free(title);
        g_free(shown);
        g_free(name);
        return byline;
}
