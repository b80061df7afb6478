/* Frames as a network hands them on: lines for `limitnet replay`. */
#ifndef LN_SIM_UPLINK_H
#define LN_SIM_UPLINK_H

#include "sim/sim.h"

/* Checks that a network could hand on what the cameras send: LoRaWAN frames with this project's packets.
 * Errors: LN_ERR_ARGUMENT. */
ln_status ln_sim_uplink_check(const ln_scenario *scenario, ln_error *error);

/* Prints the frame of a camera, which the gateway has just received, as an uplink event of ChirpStack v4. */
void ln_sim_uplink_print(FILE *file, const ln_sim *sim, size_t camera, uint64_t now_us);

#endif
