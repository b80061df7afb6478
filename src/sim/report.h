/* What a simulation found, for people and for programs. */
#ifndef LN_SIM_REPORT_H
#define LN_SIM_REPORT_H

#include "cloud/text.h"
#include "sim/interval.h"
#include "sim/sim.h"

/* Over all pictures and cameras. */
typedef struct ln_sim_totals {
    uint64_t pictures, right, originals; /* right at the deadline; right in the originals, without a link */
    uint64_t urgent, urgent_right;
    uint64_t sent, arrived, sent_bytes, arrived_bytes; /* packets */
    uint64_t untouched;                                /* pictures of which nothing arrived */
    uint64_t stopped;                                  /* pictures of which the service was sure */
    uint64_t frames, answers;
    uint64_t most_hour_us, most_day_us; /* of any camera */
    double joules;                      /* of all cameras */

    uint64_t events, raised, false_alarms; /* pictures of an alarm's classes, and alarms */
    double median_alarm_s;                 /* from the shot to the alarm, of those raised */
} ln_sim_totals;

/* Errors: LN_ERR_MEMORY. */
ln_status ln_sim_sum(const ln_sim *sim, ln_sim_totals *totals, ln_error *error);

/* Energy of a camera, joules: sending, listening, encoding, and sleeping for the rest of the time. */
double ln_sim_joules(const ln_sim *sim, size_t camera);

/* Limits of the band's hour and of the day, microseconds; 0: none. */
uint64_t ln_sim_hour_limit(const ln_scenario *scenario);
uint64_t ln_sim_day_limit(const ln_scenario *scenario);

/* Text for people. `name` is the scenario's. */
void ln_sim_print(ln_text *out, const char *name, const ln_sim *sim, const ln_sim_totals *totals);

/* Tables as CSV. */
void ln_sim_print_pictures(ln_text *out, const ln_sim *sim);
void ln_sim_print_times(ln_text *out, const ln_sim *sim);
void ln_sim_print_airtime(ln_text *out, const ln_sim *sim);
void ln_sim_print_totals(ln_text *out, const ln_sim_totals *totals);

/* The curve of accuracy over time as SVG. */
void ln_sim_draw_curve(ln_text *out, const char *name, const ln_sim *sim);

#endif
