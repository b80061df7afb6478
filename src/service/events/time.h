/* Times of events, as Unix time in milliseconds, and durations. */
#ifndef LN_SERVICE_EVENTS_TIME_H
#define LN_SERVICE_EVENTS_TIME_H

#include <stddef.h>
#include <stdint.h>

#define LN_LAST_SECOND 253402300799 /* of the year 9999 */

/* A time of RFC 3339, from 1970 to 9999, with any number of decimals, which are cut to milliseconds. A leap
 * second counts as the second behind it. Returns 0 if the text is none. */
int ln_time_rfc3339(const char *text, size_t length, uint64_t *time_ms);

/* The same for "21-10-31 10:41:50", a time of this century in UTC. */
int ln_time_two_digits(const char *text, size_t length, uint64_t *time_ms);

/* A duration as protobuf's JSON has it, "0.056576s", in microseconds; further decimals are cut. Below 1,000
 * seconds. Returns 0 if the text is none. */
int ln_time_duration(const char *text, size_t length, uint64_t *time_us);

#endif
