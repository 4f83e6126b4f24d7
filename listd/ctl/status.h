/* status.h - what the supervisor says of its roles: DATA/status, a line a role */
#ifndef LISTD_CTL_STATUS_H
#define LISTD_CTL_STATUS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

enum { STATUS_FILE_MAX = 4096, STATUS_WORD_MAX = 24 };

struct role_status {
        char role[STATUS_WORD_MAX], state[STATUS_WORD_MAX];
        pid_t pid;     /* 0: there is no process */
        int64_t since; /* of the state */
        int64_t restarts;
};

/* "role pid state since restarts". False when the line is not one. */
bool status_parse_line(const char *line, struct role_status *ret_status);

/* Whether the supervisor that wrote DATA/status lives. */
bool status_is_running(const char *data);

#endif
