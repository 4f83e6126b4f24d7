/* watch.c - reads along until the first mail
 * Gives:     watch_wrote(), watch_read()
 * Fails:     never
 * Standards: RFC 5321 4.2 (replies), 4.1.1.1 (EHLO); RFC 3207 4.2 (STARTTLS); RFC 4954 4 (AUTH: 235); RFC 6531 3.1 (SMTPUTF8)
 *
 * Each command before the first mail is written alone and waits for its answer, so an answer belongs to the phase. */
#include "deliver/watch.h"

#include <strings.h>

const char *const WATCH_PHASE_WORDS[] = { "the greeting", "EHLO", "STARTTLS", "AUTH", "MAIL", "QUIT", NULL };

static const struct {
        const char *verb;
        enum watch_phase phase;
} COMMANDS[] = {
        { "EHLO ", WATCH_EHLO },       { "HELO ", WATCH_EHLO },      { "STARTTLS\r\n", WATCH_STARTTLS },
        { "AUTH ", WATCH_AUTH },       { "MAIL FROM:", WATCH_MAIL }, { "QUIT\r\n", WATCH_QUIT },
};

/* What a relay says before TLS is forgotten with the next EHLO (RFC 3207 4.2). */
static void forget_offers(struct watch *watch)
{
        watch->has_ehlo = false;
        watch->offers_8bitmime = watch->offers_smtputf8 = watch->offers_chunking = false;
        watch->offers_starttls = watch->offers_auth = false;
}

void watch_wrote(struct watch *watch, const char *bytes, size_t length)
{
        for (size_t i = 0; i < G_N_ELEMENTS(COMMANDS); i++) {
                size_t verb = strlen(COMMANDS[i].verb);
                if (length < verb || memcmp(bytes, COMMANDS[i].verb, verb) != 0)
                        continue;
                watch->phase = COMMANDS[i].phase;
                if (watch->phase == WATCH_EHLO)
                        forget_offers(watch);
                return;
        }
}

static bool has_keyword(const char *line, const char *keyword)
{
        size_t length = strlen(keyword);
        return strncasecmp(line, keyword, length) == 0 && (line[length] == '\0' || line[length] == ' ' || line[length] == '=');
}

static void take_offer(struct watch *watch, const char *line)
{
        if (has_keyword(line, "8BITMIME"))
                watch->offers_8bitmime = true;
        else if (has_keyword(line, "SMTPUTF8"))
                watch->offers_smtputf8 = true;
        else if (has_keyword(line, "CHUNKING"))
                watch->offers_chunking = true;
        else if (has_keyword(line, "STARTTLS"))
                watch->offers_starttls = true;
        else if (has_keyword(line, "AUTH"))
                watch->offers_auth = true;
}

/* A whole line of a reply: three digits, then a hyphen when more lines follow. */
static void take_line(struct watch *watch)
{
        const char *line = watch->line;
        bool ends = watch->length < 4 || line[3] != '-';
        if (watch->phase != WATCH_QUIT) /* the farewell is not the reason */
                g_strlcpy(watch->last, line, sizeof watch->last);
        if (watch->phase == WATCH_EHLO && watch->length > 4)
                take_offer(watch, line + 4);
        if (watch->phase == WATCH_EHLO && ends)
                watch->has_ehlo = true;
        if (watch->phase == WATCH_AUTH && ends)
                watch->is_authenticated = line[0] == '2';
        watch->replies += ends;
}

void watch_read(struct watch *watch, const char *bytes, size_t length)
{
        for (size_t i = 0; i < length; i++) {
                if (bytes[i] != '\n') {
                        if (watch->length < WATCH_LINE_MAX)
                                watch->line[watch->length++] = bytes[i];
                        continue;
                }
                if (watch->length > 0 && watch->line[watch->length - 1] == '\r')
                        watch->length--;
                watch->line[watch->length] = '\0';
                take_line(watch);
                watch->length = 0;
        }
}
