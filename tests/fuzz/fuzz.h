/* fuzz.h - what every fuzz target includes */
#ifndef LISTD_TESTS_FUZZ_H
#define LISTD_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

/* Runs one input; returns 0. A promise that does not hold ends the process (g_assert). */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
