/* disk.h - how much room a file system has left */
#ifndef LISTD_BASE_DISK_H
#define LISTD_BASE_DISK_H

#include <stdint.h>

/* A descriptor of the folder for disk_free(), to be opened before the sandbox closes; -1 with errno. The caller closes it. */
int disk_open(const char *folder);

/* Octets that a process without privileges may still write there; UINT64_MAX when that cannot be told, so that nobody is
 * refused for it. */
uint64_t disk_free(int fd);

#endif
