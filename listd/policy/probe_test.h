/* probe_test.h - what a pattern of a relay probe does with what it looks at: within policy/probe*.c only */
#ifndef LISTD_POLICY_PROBE_TEST_H
#define LISTD_POLICY_PROBE_TEST_H

#include "policy/probe.h"

/* What is looked at, in lower case (ASCII), any octets, a NUL behind them. */
struct probe_view {
        enum probe_where where;
        const char *text;
        size_t length;
        /* a path taken apart: before and behind its last @, a route before it left out */
        const char *local, *domain;
        size_t local_length, domain_length;
        bool has_route;
};

struct probe_look {
        const struct probe_facts *facts;
        const struct probe_memory *memory;
        bool names_ours; /* PROBE_HEADER: a field for recipients has an address of ours */
        const char *argument; /* lower case */
};

typedef bool probe_test(const struct probe_look *look, const struct probe_view *view);

/* MATCH of the language. */
struct probe_kind {
        const char *word;
        unsigned wheres; /* bits: where it makes sense */
        bool has_argument;
        bool is_gibberish; /* a hint of another part (policy/guard.h) */
        probe_test *test;
};
extern const struct probe_kind PROBE_KINDS[]; /* a row without a word at the end */

/* Fills in what depends on the text. */
void probe_view_path(struct probe_view *view);
/* Whether a text of addresses has one of a domain of ours; *ret_any: any address at all. */
bool probe_has_our_address(const struct conf *conf, const char *text, size_t length, bool *ret_any);

#endif
