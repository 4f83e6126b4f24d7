/* handle.h - the role that decides: from the spool to the queue */
#ifndef LISTD_HANDLE_HANDLE_H
#define LISTD_HANDLE_HANDLE_H

#include "base/handover.h"

role_main handle_main;

#endif
