/* deliver.h - the role that sends: from the queue to the relay */
#ifndef LISTD_DELIVER_DELIVER_H
#define LISTD_DELIVER_DELIVER_H

#include "base/handover.h"

role_main deliver_main;

#endif
