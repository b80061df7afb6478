/* A record of which packets arrived on a real link. */
#ifndef LN_SIM_TRACE_H
#define LN_SIM_TRACE_H

#include "sim/scenario.h"

/* Reads a CSV file with the single column `arrived`: 1 for a packet that arrives, 0 for one that is lost.
 * Errors: LN_ERR_IO, LN_ERR_MEMORY. */
ln_status ln_trace_read(ln_scenario *scenario, ln_error *error);

/* Share of packets that the trace loses, in parts of a million. */
uint64_t ln_trace_loss(const ln_scenario *scenario);

#endif
