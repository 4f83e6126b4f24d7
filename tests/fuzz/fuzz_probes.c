/* fuzz_probes.c - any text as patterns of relay probes: refused with a line, or within all ceilings */
#include "fuzz.h"

#include "policy/probe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct probes *probes;
        struct err err = { 0 };
        if (!probes_parse(&probes, (const char *) data, size, "fuzz", &err)) {
                g_assert(!probes && err.class == ERR_USAGE && g_str_has_prefix(err.text, "fuzz:"));
                return 0;
        }
        g_assert(probes_count(probes) <= PROBE_PATTERNS_MAX);
        probes_free(probes);
        return 0;
}
