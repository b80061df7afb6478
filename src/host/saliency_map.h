/* What the camera's network finds salient in a picture: the branch's own map and the one that is sent. */
#ifndef LN_HOST_SALIENCY_MAP_H
#define LN_HOST_SALIENCY_MAP_H

#include "cloud/error.h"

#include <limitnet/cloud.h>
#include <limitnet/core.h>

typedef struct ln_saliency_map {
    unsigned width, height;       /* of the branch's grid */
    uint8_t *places;              /* height x width of 0..255, row by row (SPEC 2.1); the map's */
    uint8_t levels[LN_MAP_CELLS]; /* what is made of it to be sent: 8x8 of 0..31 (SPEC 2.1) */
} ln_saliency_map;

/* Runs the camera's network, integer for integer. A camera keeps the levels only; so this has a network
 * of its own.
 *   map       the caller's to ln_saliency_map_free; empty after an error
 *   model     has a branch
 *   picture   of the model's size, read during the call only
 * Errors: LN_ERR_MEMORY. */
ln_status ln_saliency_map_make(ln_saliency_map *map, const ln_model *model, const ln_picture *picture,
                               ln_error *error);

/* Allowed on an empty map. */
void ln_saliency_map_free(ln_saliency_map *map);

/* Makes bytes of a map on another grid: bilinear between the places' centres, as SPEC 2.3, rounded to the
 * nearest byte.
 *   from, width, height         values of 0..top, row by row; at most LN_MAX_PLACES
 *   to, to_width, to_height     receives to_height x to_width bytes, top becoming 255; at most
 *                               LN_PICTURE_MAX_PIXELS */
void ln_saliency_map_resize(const uint8_t *from, unsigned width, unsigned height, unsigned top, uint8_t *to,
                            unsigned to_width, unsigned to_height);

#endif
