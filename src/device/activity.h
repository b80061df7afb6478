/* The map of activity (SPEC 2.2), from the latent values that the camera has anyway. */
#ifndef LN_DEVICE_ACTIVITY_H
#define LN_DEVICE_ACTIVITY_H

#include "device/latent.h"

/* For a model with such a map, of a complete picture. */
void ln_activity_map(const ln_latents *latents, uint8_t levels[LN_MAP_CELLS]);

#endif
