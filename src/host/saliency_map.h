/* What the camera's network finds salient in a picture: the saliency of each place, and the map that is
 * sent. */
#ifndef LN_HOST_SALIENCY_MAP_H
#define LN_HOST_SALIENCY_MAP_H

#include "cloud/error.h"

#include <limitnet/cloud.h>
#include <limitnet/core.h>

typedef struct ln_saliency_map {
    unsigned width, height;       /* of the branch's grid */
    uint8_t *places;              /* height x width of 0..255, row by row (SPEC 2.1); owned by the map */
    uint8_t levels[LN_MAP_CELLS]; /* the map that is sent: 8x8 of 0..31 (SPEC 2.1) */
} ln_saliency_map;

/* Runs the camera's network on a picture. A camera keeps the levels only, so this has a network of its own.
 *   map       the caller's to release with ln_saliency_map_free; empty after an error
 *   model     has a saliency branch
 *   picture   of the model's size
 * Errors: LN_ERR_MEMORY. */
ln_status ln_saliency_map_make(ln_saliency_map *map, const ln_model *model, const ln_picture *picture,
                               ln_error *error);

/* Releases a map and leaves it empty. An empty map is allowed. */
void ln_saliency_map_free(ln_saliency_map *map);

/* Enlarges or reduces a map to another grid: bilinear between the centres of places, as SPEC 2.3, rounded to
 * the nearest byte.
 *   from, width, height       values of 0..top, row by row; at most LN_MAX_PLACES
 *   to, to_width, to_height   receives to_height x to_width bytes, where 255 stands for top; at most
 *                             LN_PICTURE_MAX_PIXELS */
void ln_saliency_map_resize(const uint8_t *from, unsigned width, unsigned height, unsigned top, uint8_t *to,
                            unsigned to_width, unsigned to_height);

#endif
