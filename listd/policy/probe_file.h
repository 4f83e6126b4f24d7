/* probe_file.h - the patterns as they were read: within policy/probe*.c only */
#ifndef LISTD_POLICY_PROBE_FILE_H
#define LISTD_POLICY_PROBE_FILE_H

#include "policy/probe_test.h"

struct probe_pattern {
        char *name;
        enum probe_where where;
        char *field; /* PROBE_HEADER: its name */
        const struct probe_kind *kind;
        char *argument; /* lower case; "" where there is none */
        int points;
        bool is_circumstantial;
        char *why;
};

struct probes {
        GArray *patterns; /* struct probe_pattern */
};

static inline const struct probe_pattern *probes_pattern(const struct probes *probes, guint i)
{
        return &g_array_index(probes->patterns, struct probe_pattern, i);
}

#endif
