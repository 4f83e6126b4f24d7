/* fuzz_subject.c - any value as a Subject: what comes out is one line of ASCII without the address that must not show */
#include "fuzz.h"

#include "mail/address.h"
#include "mail/header.h"
#include "mail/mime.h"
#include "mail/subject.h"

static const char AUTHOR[] = "anna@people.example";
static const char *const TAGS[] = { "[ml:%05d]", "[花:%d]", "", "%d" };

static bool tells(const char *text)
{
        char *folded = g_utf8_casefold(text, -1);
        bool found = strstr(folded, AUTHOR);
        g_free(folded);
        return found;
}

static void check(const char *tag, const struct address *author, const char *value)
{
        const struct subject_facts facts = { .tag = tag, .number = 12, .hidden = author };
        char *subject = subject_edit(&facts, value);
        char *shown = mime_decode_text(subject);
        g_assert(g_str_is_ascii(subject) && header_is_plain(subject));
        g_assert(!tells(subject) && !tells(shown));
        GString *header = g_string_new(NULL);
        header_add(header, "Subject", subject);
        for (const char *line = header->str; *line; line = strchr(line, '\n') + 1)
                g_assert(strcspn(line, "\r\n") <= 998);
        g_string_free(header, TRUE);
        g_free(shown);
        g_free(subject);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct address *author;
        char *value = g_strndup((const char *) data, MIN(size, 16 * 1024));
        g_strdelimit(value, "\r\n", ' '); /* an unfolded value has neither */
        g_assert(address_parse(&author, AUTHOR, strlen(AUTHOR), NULL));
        for (size_t i = 0; i < G_N_ELEMENTS(TAGS); i++)
                check(TAGS[i], author, value);
        address_free(author);
        g_free(value);
        return 0;
}
