/* lost.c - what may be meant by mail to an address that does not exist
 * Gives:  lost_judge(), lost_distance() */
#include "policy/lost.h"

#include "policy/target.h"

/* --- distance ---------------------------------------------------------------------------- */

/* Three rows of the usual table; only its diagonal band is filled in, as what lies outside is too far anyway. */
unsigned lost_distance(const char *a, const char *b, unsigned most)
{
        const size_t la = strlen(a), lb = strlen(b), far = (size_t) most + 1;
        unsigned rows[3][ADDRESS_LOCAL_MAX + 2];
        if (la > ADDRESS_LOCAL_MAX || lb > ADDRESS_LOCAL_MAX || (la > lb ? la - lb : lb - la) > most)
                return (unsigned) far;
        for (size_t j = 0; j <= lb; j++)
                rows[0][j] = (unsigned) MIN(j, far);
        for (size_t i = 1; i <= la; i++) {
                unsigned *row = rows[i % 3], *up = rows[(i + 2) % 3], *over = rows[(i + 1) % 3];
                const size_t from = i > far ? i - far : 0, to = MIN(lb, i + far);
                for (size_t j = from; j <= to; j++) {
                        unsigned least = j == 0 ? (unsigned) i : (unsigned) far;
                        if (j > 0 && j - 1 + far >= i - 1)
                                least = MIN(least, up[j - 1] + (a[i - 1] != b[j - 1]));
                        if (j < i + far)
                                least = MIN(least, up[j] + 1);
                        if (j > from)
                                least = MIN(least, row[j - 1] + 1);
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && j - 2 + far >= i - 2)
                                least = MIN(least, over[j - 2] + 1);
                        row[j] = (unsigned) MIN(least, far);
                }
        }
        return rows[la % 3][lb];
}

/* Short names are all close to each other. */
static unsigned may_differ(size_t length)
{
        enum { SHORT = 2, LONG = 6 };
        return length < SHORT ? 0 : length < LONG ? 1 : 2;
}

/* "ml_owner", "ml.owner", "mlowner": ml-owner with another separator, or none. */
static bool is_same_but_separators(const char *a, const char *b)
{
        static const char separators[] = "-+_.=";
        for (;;) {
                while (*a && strchr(separators, *a))
                        a++;
                while (*b && strchr(separators, *b))
                        b++;
                if (*a != *b)
                        return false;
                if (!*a)
                        return true;
                a++, b++;
        }
}

/* --- what may be meant -------------------------------------------------------------------- */

/* Which letters and digits are in it, as bits. */
static guint64 letters_of(const char *text)
{
        guint64 letters = 0;
        for (; *text; text++)
                if (g_ascii_islower(*text))
                        letters |= (guint64) 1 << (*text - 'a');
                else if (g_ascii_isdigit(*text))
                        letters |= (guint64) 1 << (26 + *text - '0');
        return letters;
}

struct guess {
        const char *local; /* in small letters */
        guint64 letters;   /* of it */
        unsigned distance; /* of the best so far */
        char best[ADDRESS_LOCAL_MAX + 1];
};

static void try(struct guess *guess, const char *candidate)
{
        const size_t length = MIN(strlen(candidate), strlen(guess->local));
        const unsigned most = may_differ(length);
        /* a change puts one letter in place of another, at most; most names differ in more: 1,000 lists have 12,000 addresses */
        if (__builtin_popcountll(guess->letters ^ letters_of(candidate)) > (int) most * 2)
                return;
        const unsigned distance = is_same_but_separators(guess->local, candidate) ? 0 : lost_distance(guess->local, candidate, most);
        if (distance > most || distance >= guess->distance)
                return;
        guess->distance = distance;
        g_strlcpy(guess->best, candidate, sizeof guess->best);
}

/* The list itself is tried before its doors, so it is meant when both are as close. */
static void find_meant(const struct lost_facts *facts, struct lost_verdict *verdict)
{
        static const char *const site[] = { "postmaster", "abuse" };
        char *local = g_ascii_strdown(facts->local, -1);
        struct guess guess = { .local = local, .letters = letters_of(local), .distance = G_MAXUINT };
        char candidate[ADDRESS_LOCAL_MAX + 1];
        for (guint i = 0; i < facts->lists->len; i++)
                try(&guess, facts->lists->pdata[i]);
        for (guint i = 0; i < facts->lists->len; i++) {
                const size_t length = g_strlcpy(candidate, facts->lists->pdata[i], LIST_NAME_MAX + 1);
                candidate[MIN(length, LIST_NAME_MAX)] = facts->separator;
                char *word = candidate + MIN(length, LIST_NAME_MAX) + 1;
                for (size_t w = 0; target_word(w); w++) {
                        g_strlcpy(word, target_word(w), (gsize) (candidate + sizeof candidate - word));
                        try(&guess, candidate);
                }
        }
        for (size_t i = 0; i < G_N_ELEMENTS(site); i++)
                try(&guess, site[i]);
        if (*guess.best)
                g_snprintf(verdict->suggestion, sizeof verdict->suggestion, "%s@%s", guess.best, facts->domain);
        g_free(local);
}

/* --- the groups ----------------------------------------------------------------------------- */

static void say(struct lost_verdict *verdict, enum lost_group group, enum lost_print known_by, const char *reason)
{
        verdict->group = group;
        verdict->known_by = known_by;
        g_strlcpy(verdict->reason, reason, sizeof verdict->reason);
}

/* Letters of any language, digits, and the marks that stand in addresses that people have. */
static bool is_odd(const char *local)
{
        if (!local || !g_utf8_validate(local, -1, NULL))
                return true;
        for (const char *at = local; *at; at = g_utf8_next_char(at)) {
                const gunichar c = g_utf8_get_char(at);
                if (!g_unichar_isalnum(c) && !g_unichar_ismark(c) && (c > 0x7f || !strchr("-+_.='&/", (int) c)))
                        return true;
        }
        return false;
}

/* A pattern may match what a person sent whose mail program says strange things: no other mail to that name replaces it. */
static bool is_probe(const struct lost_facts *facts, struct lost_verdict *verdict)
{
        char reason[sizeof verdict->reason];
        if (facts->probe) {
                g_snprintf(reason, sizeof reason, "a known pattern of probes: %s", facts->probe);
                say(verdict, LOST_PROBE, is_odd(facts->local) ? PRINT_NAME : PRINT_TOKEN, reason);
        } else if (is_odd(facts->local)) {
                say(verdict, LOST_PROBE, PRINT_NAME, "no mailbox has such a name");
        } else if (facts->names > LOST_NAMES_MAX) {
                say(verdict, LOST_PROBE, PRINT_NAME, "the same mail came to many names");
        }
        return verdict->group == LOST_PROBE;
}

static bool is_spam(const struct lost_facts *facts, struct lost_verdict *verdict)
{
        if (facts->is_spam)
                say(verdict, LOST_SPAM, PRINT_NAME, "a spam filter marked it");
        else if (facts->is_label)
                say(verdict, LOST_SPAM, PRINT_NAME, "its subject is labelled as an advertisement");
        return verdict->group == LOST_SPAM;
}

void lost_judge(const struct lost_facts *facts, struct lost_verdict *ret_verdict)
{
        *ret_verdict = (struct lost_verdict){ 0 };
        if (is_probe(facts, ret_verdict) || is_spam(facts, ret_verdict))
                return;
        if (facts->automatic != AUTOMATIC_NOT && facts->automatic != AUTOMATIC_SUSPECT) {
                say(ret_verdict, LOST_OTHER, PRINT_MAIL, "a program wrote it");
        } else if (!facts->has_author) {
                say(ret_verdict, LOST_OTHER, PRINT_COPY, "it does not say who wrote it");
        } else if (facts->recipients > LOST_RECIPIENTS_MAX) {
                say(ret_verdict, LOST_OTHER, PRINT_COPY, "it has many recipients here");
        } else {
                find_meant(facts, ret_verdict);
                if (*ret_verdict->suggestion)
                        say(ret_verdict, LOST_TYPO, PRINT_COPY, "it is close to an address that exists");
                else
                        say(ret_verdict, LOST_OTHER, PRINT_COPY, "no address is like it");
        }
}
