/* receive.h - the role that talks to strangers */
#ifndef LISTD_RECEIVE_RECEIVE_H
#define LISTD_RECEIVE_RECEIVE_H

#include "base/handover.h"

role_main receive_main;

#endif
