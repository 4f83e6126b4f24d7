/* tnef.h - what Outlook packs into a winmail.dat (requirement A3) */
#ifndef LISTD_MAIL_TNEF_H
#define LISTD_MAIL_TNEF_H

#include <glib.h>
#include <stdbool.h>

struct tnef_file {
        char *name; /* as hostile as its author; "": it has none. Octets in any charset */
        size_t size;
};

/* Whether octets are such a file, by their mark. */
bool tnef_is(const char *octets, size_t length);

/* The struct tnef_file in it, freed with the array; NULL: it is broken, or beyond the ceilings of tnef.c. The caller unrefs. */
GPtrArray *tnef_files(const char *octets, size_t length);

#endif
