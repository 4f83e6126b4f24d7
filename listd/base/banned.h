/* banned.h - functions that do not compile in listd
 * Included before every file by the compiler (-include). The system headers that declare these names come first, so
 * that only our own use of them is an error. */
#ifndef LISTD_BASE_BANNED_H
#define LISTD_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <glib.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok atoi atol atoll
#pragma GCC poison srand system popen mktemp tmpnam gmtime localtime ctime asctime

/* OpenSSL's headers name a parameter `rand`, so the word itself cannot be poisoned. */
#define rand(...) rand_is_banned_use_random_bytes

#endif
