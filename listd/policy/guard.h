/* guard.h - how suspicious somebody is: points by name that fade, and what they come to
 * Facts in, suspicion out; who is counted, and where, is receive/source.c. Nothing here knows whether an address exists. */
#ifndef LISTD_POLICY_GUARD_H
#define LISTD_POLICY_GUARD_H

#include <stdint.h>

#include "base/conf.h"

/* Who is counted. The numbers are on disk: never change one. */
enum source_kind {
        SOURCE_CLIENT = 1,  /* an IPv4 address or an IPv6 /64 */
        SOURCE_NETWORK = 2, /* an IPv4 /24 or an IPv6 /48 */
        SOURCE_SENDER = 3,  /* the domain of MAIL FROM; "<>" for the null return path */
        SOURCE_DOMAIN = 4,  /* one of our domains, and all strangers together */
        SOURCE_KINDS
};
extern const char *const SOURCE_KIND_WORDS[]; /* by number; "" for 0 */

/* What is counted of them. The numbers are on disk: never change one. */
enum guard_part {
        PART_RECIPIENTS = 1, /* different addresses of ours that were tried, existing or not */
        PART_COMMANDS = 2,   /* commands that were refused */
        PART_RELAY = 3,      /* recipients that are not ours */
        PART_PROBE = 4,      /* patterns of relay probes that matched (policy/probe.h) */
        PART_EARLY = 5,      /* transactions that a closed connection broke off */
        PART_PREGREET = 6,   /* spoke before the greeting */
        PART_GIBBERISH = 7,  /* local parts that nobody would choose (policy/gibberish.h) */
        PART_DNSBL = 8,      /* is on a DNS blocklist */
        PART_RATE = 9,       /* more connections or messages than are allowed */
        PART_DECOY = 10,     /* messages that the decoy was given */
        PART_MESSAGES = 11,  /* messages that were taken: counted, no points */
        PART_SESSIONS = 12,  /* likewise */
        GUARD_PARTS
};

/* What is counted by day, of all together: the parts above, and what strangers were answered. The numbers are on disk. */
enum door_count { DOOR_SLOWED = 20, DOOR_DENIED = 21, DOOR_TURNED_AWAY = 22, DOOR_COUNTS };
extern const char *const DOOR_COUNT_WORDS[]; /* by number, those of the parts too; NULL where there is none */

/* Points as they were `at`, and how often each thing happened, ever. All zero: nothing is known. */
struct score {
        float points[GUARD_PARTS];
        uint32_t counts[GUARD_PARTS];
        int64_t at;
};

/* What a client gets. */
enum suspicion {
        SUSPICION_FREE,
        SUSPICION_WATCH, /* is only written into the log */
        SUSPICION_SLOW,  /* each answer takes [guard] tarpit */
        SUSPICION_DENY,
        SUSPICIONS
};
extern const char *const SUSPICION_WORDS[];

/* One more of a part: `points` 0 means what the part is worth. Times never go back. */
void score_add(struct score *score, enum guard_part part, double points, int64_t now, int half_life);
/* A message that was taken whole pays for its recipients: a harvester sends none. */
void score_pay(struct score *score, int recipients, int64_t now, int half_life);

enum repute {
        REPUTE_NEW,
        REPUTE_KNOWN, /* brought mail on GOOD_DAYS days and did nothing wrong: a quarter */
        REPUTE_GOOD   /* [guard] good_networks: a tenth, and no siege */
};
enum { GOOD_DAYS = 3 };

/* How the points are weighed. */
struct weighing {
        int half_life; /* seconds */
        enum repute repute;
        bool is_siege; /* too many addresses of our domain are being tried, by whomever: each counts so much more */
};
double score_sum(const struct score *score, int64_t now, const struct weighing *weighing);

/* Whether a part says that somebody is up to no good, so that they are not known to be good any more. */
bool guard_is_fault(enum guard_part part);

/* What the `sum` of a source of a kind comes to. Who was refused not long ago is on probation: half the thresholds. Senders and
 * domains of ours are never denied: anybody can name them. */
enum suspicion guard_judge(const struct conf *conf, enum source_kind kind, double sum, bool on_probation);
/* The points from which on a suspicion holds for a kind. */
double guard_threshold(const struct conf *conf, enum source_kind kind, enum suspicion suspicion);

/* Why, for a person: "12 addresses tried, 3 attempts to relay" (what weighs most first). The caller frees. */
char *score_words(const struct score *score);

#endif
