/* pace.h - when a thread of deliver may claim work: the state of the relay, waking, stopping
 *
 * relay:  UP -> AWAY [pace_away]        AWAY -> PROBED, when it is time, by one thread [pace_turn]
 *         PROBED -> AWAY, for twice as long [pace_away] | AWAY, as it was, when nothing was tried [pace_turn, pace_idle]
 *         any -> UP [pace_up]
 * While it is AWAY nobody claims, so nothing counts against a recipient; the probe is a real claim. */
#ifndef LISTD_DELIVER_PACE_H
#define LISTD_DELIVER_PACE_H

#include <stdbool.h>

struct pace;

/* For so many threads, the times between probes from first_ms on, doubled up to last_ms. */
struct pace *pace_new(unsigned threads, int first_ms, int last_ms);
void pace_free(struct pace *pace);

/* --- by the threads */

/* Waits until this thread may claim; false: stop. */
bool pace_turn(struct pace *pace);

/* There was nothing to claim: waits until somebody wakes. */
void pace_idle(struct pace *pace);

/* What a session found. pace_up() gives whether the relay was away before, pace_away() how long to wait in ms. */
bool pace_up(struct pace *pace);
int pace_away(struct pace *pace);

/* There is no going on: as pace_stop(), and pace_failed() gives true from then on. */
void pace_fail(struct pace *pace);

/* The last call of each thread. */
void pace_leave(struct pace *pace);

/* --- by all */
void pace_wake(struct pace *pace); /* lets one idle thread look for work; it is remembered when none is idle */
void pace_stop(struct pace *pace);
bool pace_stopping(struct pace *pace);
bool pace_failed(struct pace *pace);

/* Waits until all threads have left; false when that took longer. */
bool pace_finish(struct pace *pace, int timeout_ms);

#endif
