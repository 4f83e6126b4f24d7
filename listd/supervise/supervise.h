/* supervise.h - the supervisor: opens ports, starts and restarts the roles, passes signals, writes the log
 * It alone stays root (when started so), reads nothing from the network and opens no database. */
#ifndef LISTD_SUPERVISE_SUPERVISE_H
#define LISTD_SUPERVISE_SUPERVISE_H

#include "base/conf.h"

/* Runs until SIGTERM or SIGINT and gives the exit status. Takes the configuration (SIGHUP reads `path` anew). With
 * `foreground` the log goes to stderr whatever [log] says. */
int supervise(struct conf *conf, const char *path, bool foreground);

/* What a role's process does after exec: reads its handover, gives up root, runs. `name` is a role's. */
int supervise_role(const char *name);

#endif
