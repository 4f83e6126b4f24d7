/* gibberish.c - local parts that nobody would choose
 * Gives:  gibberish_score(), is_gibberish(); linear
 * Fails:  never
 * Three things are looked at: how often letters and digits take turns (a8k3m9x1q), how many consonants stand in a row
 * (zxcvbnm), and how rarely each letter follows the one before it in names. The last is the mean over the pairs of a run of
 * letters; its most surprising pair is left out, for an initial stands before many names (jbloggs, kshinji).
 * The numbers come from build-aux/gibberish/: a list of names and roles of many languages, written for this. */
#include "policy/gibberish.h"

#include <glib.h>

enum {
        TYPED_MAX = 24,     /* what is longer no person types at random: it is a return path that a program made */
        LETTERS_MIN = 8,    /* of a run: in fewer, chance says more than habit */
        CONSONANTS_MAX = 6, /* Kirschstein */
        TURNS_MAX = 4,      /* a2b3c: more are no name */
        HALF_BIT = 50
};

/* How surprising a letter is after another, or at the beginning (the last row), in half bits; 0 to 9, then a to z. */
static const char SURPRISE[27][27] = {
        /*          abcdefghijklmnopqrstuvwxyz */
        /* a */ "gcbbegbdai8985ehj698bcbhbe",
        /* b */ "5dff4fff8df9df7ff79f7fffdf",
        /* c */ "7hcf6hh39h89hh6heahabhhhcf",
        /* d */ "4ehe6heh7hhfad6hhaacaebhbh",
        /* e */ "bccacfceakd7b6cdi489fccfcd",
        /* f */ "7eee77ce8ee9be8ee5ec6eeeee",
        /* g */ "5ggc5ega8ggbdb8gg7gd7egggg",
        /* h */ "4iii6iii4iiebb7iibgd9ifidi",
        /* i */ "8c8a8eafff9896aek979ecfgde",
        /* j */ "4ece6eee5eeeee5eeeee6eeeee",
        /* k */ "4hhh6hhe6fhche5hhbah8hhhdh",
        /* l */ "6ffa5bdg6id7di8eifadadiibf",
        /* m */ "3cdi7iii5iiibi6ciidi7iiidi",
        /* n */ "6ja87f8f7eefj88jge98ffhjdd",
        /* o */ "dadbcebbdf9895cbj689adbfcf",
        /* p */ "5dfc5df6aff9cf7af7bdbfffff",
        /* q */ "aaaaaaaaaaaaaaaaaaaa4aaaaa",
        /* r */ "6fca6kbf6kcdca7gkb99adikae",
        /* s */ "7j9j7jj6ajddeg8ehja67ehjff",
        /* t */ "5idi6ig77gfddf6ii979cifide",
        /* u */ "ca888ead9a7988bbh57ahhfhbd",
        /* v */ "5eee4eee4eecee7eeeeeeeeece",
        /* w */ "3fff5dfb7fddda8ffb8dffffff",
        /* x */ "7b9bbbbb9bbbbb98bbb9bbbbbb",
        /* y */ "5gec9gggege9c97ggdde8dgggg",
        /* z */ "6ddbadda8dbddbaddddb7ddd9d",
        /* ^ */ "9a89aaa8a98979a9i978dcakag",
};
enum { BEGINNING = 26 };

static int surprise(int before, int letter)
{
        const char digit = SURPRISE[before][letter];
        return digit <= '9' ? digit - '0' : digit - 'a' + 10;
}

static int letter_of(char c)
{
        return g_ascii_isalpha(c) ? g_ascii_tolower(c) - 'a' : -1;
}

static bool is_consonant(char c)
{
        return g_ascii_isalpha(c) && !strchr("aeiouy", g_ascii_tolower(c));
}

static bool is_of_a_program(const char *local, size_t length)
{
        for (size_t i = 0; i < length; i++)
                if ((unsigned char) local[i] >= 0x80 || local[i] == '+' || local[i] == '=')
                        return true;
        return length > TYPED_MAX;
}

static bool is_sure(const char *local, size_t length)
{
        unsigned turns = 0, consonants = 0;
        for (size_t i = 0; i < length; i++) {
                consonants = is_consonant(local[i]) ? consonants + 1 : 0;
                if (consonants > CONSONANTS_MAX)
                        return true;
                if (i > 0 && g_ascii_isalnum(local[i]) && g_ascii_isalnum(local[i - 1])
                    && g_ascii_isalpha(local[i]) != g_ascii_isalpha(local[i - 1]))
                        turns++;
        }
        return turns > TURNS_MAX;
}

/* Of a run of letters. */
static int score_run(const char *letters, size_t length)
{
        int sum = 0, most = 0, before = BEGINNING;
        if (length < LETTERS_MIN)
                return 0;
        for (size_t i = 0; i < length; i++) {
                const int letter = letter_of(letters[i]);
                sum += surprise(before, letter);
                most = MAX(most, surprise(before, letter));
                before = letter;
        }
        return (sum - most) * HALF_BIT / (int) (length - 1);
}

int gibberish_score(const char *local, size_t length)
{
        int score = 0;
        if (is_of_a_program(local, length))
                return 0;
        if (is_sure(local, length))
                return GIBBERISH_SURE;
        for (size_t i = 0, run = 0; i <= length; i++) {
                if (i < length && letter_of(local[i]) >= 0) {
                        run++;
                        continue;
                }
                const int of_run = score_run(local + i - run, run);
                score = MAX(score, of_run);
                run = 0;
        }
        return score;
}

bool is_gibberish(const char *local, size_t length)
{
        return gibberish_score(local, length) >= GIBBERISH_FROM;
}
