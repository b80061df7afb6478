/* When an alarm is raised. Pure logic: no clock, no store, no network.
 *
 * What was seen goes in, look by look, with what the rules knew last time; alarms come out, and what they
 * must know next time. The same looks in the same order give the same alarms, whether they come at once or
 * one by one, and a look that comes again changes nothing. So a worker that was killed does it all again.
 *
 * An event of a rule `seen` begins with the first look that shows what the rule asks for, and it is named
 * after that look's picture. It raises its alarm when so many looks in a row (or last looks of so many
 * pictures in a row) have shown it. Then the rule is quiet for its cooldown, in which no event begins.
 * Pictures up to the one that the alarm was raised for raise no other.
 *
 * An event of a rule `silent` is named after the time of the last frame, one of `battery` after the frame
 * that told it. It ends when a frame comes, or when the battery is LN_BATTERY_MARGIN above the threshold. */
#ifndef LN_SERVICE_RULES_RULES_H
#define LN_SERVICE_RULES_RULES_H

#include "service/worker/look.h"
#include "service/settings/settings.h"

#define LN_RULES_STATE 16384 /* characters of a state at most */
#define LN_BATTERY_MARGIN 5  /* percent */

/* Applies the rules to one device: an ln_rules_ask.
 *   settings   an ln_service_settings
 * Hours are those of the process's time zone. */
ln_rules_ask ln_rules_run;

#endif
