/* guard.c - points that fade, and what they come to
 * Gives:  what guard.h lists
 * Fails:  never */
#include "policy/guard.h"

#include <glib.h>
#include <math.h>

const char *const SOURCE_KIND_WORDS[] = { "", "client", "network", "sender", "domain" };
const char *const DOOR_COUNT_WORDS[DOOR_COUNTS] = {
        [PART_RECIPIENTS] = "recipients", [PART_COMMANDS] = "commands", [PART_RELAY] = "relay",
        [PART_PROBE] = "probe",           [PART_EARLY] = "early-close", [PART_PREGREET] = "pregreet",
        [PART_GIBBERISH] = "gibberish",   [PART_DNSBL] = "dnsbl",       [PART_RATE] = "rate",
        [PART_DECOY] = "decoy",           [PART_MESSAGES] = "messages", [PART_SESSIONS] = "sessions",
        [DOOR_SLOWED] = "slowed",         [DOOR_DENIED] = "denied",     [DOOR_TURNED_AWAY] = "turned-away",
};
const char *const SUSPICION_WORDS[] = { "free", "watched", "slowed", "denied" };

/* What each part is worth, and the most that it can come to: what is under the threshold of `slow` can never decide alone. */
static const struct part {
        double each, most;
        const char *one, *many;
        bool is_fault;
} PARTS[GUARD_PARTS] = {
        [PART_RECIPIENTS] = { 1, 1e6, "address tried", "addresses tried" },
        [PART_COMMANDS] = { 2, 1e6, "refused command", "refused commands" },
        [PART_RELAY] = { 10, 1e6, "attempt to relay", "attempts to relay", true },
        [PART_PROBE] = { 10, 1e6, "mark of a relay probe", "marks of relay probes", true },
        [PART_EARLY] = { 3, 1e6, "transaction broken off", "transactions broken off" },
        [PART_PREGREET] = { 10, 1e6, "time spoke before the greeting", "times spoke before the greeting", true },
        [PART_GIBBERISH] = { 1, 15, "meaningless name", "meaningless names" },
        [PART_DNSBL] = { 15, 20, "entry in a DNS blocklist", "entries in DNS blocklists", true },
        [PART_RATE] = { 2, 30, "time over a limit of speed", "times over a limit of speed" },
        [PART_DECOY] = { 20, 1e6, "message to the decoy", "messages to the decoy", true },
        [PART_MESSAGES] = { 0, 0, "message taken", "messages taken" },
        [PART_SESSIONS] = { 0, 0, "session", "sessions" },
};

static const double PAID_BACK = 0.9; /* of a recipient, by a message that was taken */
enum { PAID_RECIPIENTS_MAX = 3 };    /* of one message */

static const double REPUTE_FACTORS[] = { [REPUTE_NEW] = 1, [REPUTE_KNOWN] = 0.25, [REPUTE_GOOD] = 0.1 };
/* Three recipients stay under the default of `slow` (an honest person rarely writes to more of our addresses at once). */
static const double SIEGE_FACTOR = 13;
static const double NETWORK_FACTOR = 3; /* many clients share one */
static const double WATCH_FACTOR = 0.5; /* of `slow` */
static const double PROBATION_FACTOR = 0.5;

static double faded(double points, int64_t from, int64_t to, int half_life)
{
        return to > from ? points * exp2(-(double) (to - from) / half_life) : points;
}

static void move_to(struct score *score, int64_t now, int half_life)
{
        for (int part = 1; part < GUARD_PARTS; part++)
                score->points[part] = (float) faded(score->points[part], score->at, now, half_life);
        score->at = MAX(score->at, now);
}

void score_add(struct score *score, enum guard_part part, double points, int64_t now, int half_life)
{
        move_to(score, now, half_life);
        score->points[part] += (float) (points > 0 ? points : PARTS[part].each);
        if (score->counts[part] < UINT32_MAX)
                score->counts[part]++;
}

void score_pay(struct score *score, int recipients, int64_t now, int half_life)
{
        move_to(score, now, half_life);
        const double left = score->points[PART_RECIPIENTS] - PAID_BACK * MIN(recipients, (int) PAID_RECIPIENTS_MAX);
        score->points[PART_RECIPIENTS] = (float) MAX(left, 0);
}

double score_sum(const struct score *score, int64_t now, const struct weighing *weighing)
{
        double sum = 0;
        for (int part = 1; part < GUARD_PARTS; part++) {
                double points = faded(score->points[part], score->at, now, weighing->half_life);
                if (part == PART_RECIPIENTS && weighing->is_siege && weighing->repute != REPUTE_GOOD)
                        points *= SIEGE_FACTOR;
                sum += MIN(points, PARTS[part].most);
        }
        return sum * REPUTE_FACTORS[weighing->repute];
}

bool guard_is_fault(enum guard_part part)
{
        return PARTS[part].is_fault;
}

double guard_threshold(const struct conf *conf, enum source_kind kind, enum suspicion suspicion)
{
        static const double never = 1e9;
        const double factor = kind == SOURCE_NETWORK ? NETWORK_FACTOR : 1;
        double slow = conf->slow * factor, deny = conf->deny * factor;
        if (kind == SOURCE_SENDER || kind == SOURCE_DOMAIN) {
                slow = kind == SOURCE_SENDER ? conf->sender_recipients : conf->domain_recipients;
                deny = never;
        }
        switch (suspicion) {
        case SUSPICION_WATCH:
                return slow * WATCH_FACTOR;
        case SUSPICION_SLOW:
                return slow;
        case SUSPICION_DENY:
                return deny;
        default:
                return 0;
        }
}

enum suspicion guard_judge(const struct conf *conf, enum source_kind kind, double sum, bool on_probation)
{
        const double factor = on_probation ? PROBATION_FACTOR : 1;
        int suspicion = SUSPICION_DENY;
        while (suspicion > SUSPICION_FREE && sum < guard_threshold(conf, kind, (enum suspicion) suspicion) * factor)
                suspicion--;
        return (enum suspicion) suspicion;
}

static void append_part(GString *words, const struct score *score, int part)
{
        const uint32_t count = score->counts[part];
        g_string_append_printf(words, "%s%u %s", words->len ? ", " : "", count, count == 1 ? PARTS[part].one : PARTS[part].many);
}

/* The part of most points that was not told yet; 0: all were. */
static int next_part(const struct score *score, const bool *told)
{
        int best = 0;
        for (int part = 1; part < GUARD_PARTS; part++)
                if (!told[part] && score->counts[part] > 0 && PARTS[part].each > 0
                    && (best == 0 || score->points[part] > score->points[best]))
                        best = part;
        return best;
}

char *score_words(const struct score *score)
{
        GString *words = g_string_new(NULL);
        bool told[GUARD_PARTS] = { false };
        for (int part; (part = next_part(score, told)) != 0;) {
                append_part(words, score, part);
                told[part] = true;
        }
        return g_string_free(words, FALSE);
}
