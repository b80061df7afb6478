/* The saliency map (2): the camera makes it, both ends order by it. */
#ifndef LN_CORE_MAP_H
#define LN_CORE_MAP_H

#include <limitnet/core.h>

/* Saliency 0..255 for each output byte of the branch's last layer (2.1, appendix A). */
extern const uint8_t ln_saliency_curve[256];

/* Reduces a saliency of width x height bytes, at most LN_MAX_PLACES, to the 64 levels that are sent (2.2). */
void ln_map_reduce(const uint8_t *saliency, unsigned width, unsigned height, uint8_t levels[LN_MAP_CELLS]);

/* One row of a grid of width x height places, with the map interpolated along columns (2.3). */
typedef struct ln_map_row {
    unsigned width, height;
    unsigned cell[LN_MAP_SIDE]; /* level times 2 height */
} ln_map_row;

void ln_map_row_make(ln_map_row *row, const uint8_t levels[LN_MAP_CELLS], unsigned width, unsigned height,
                     unsigned y);

/* The level at place x of the row. */
unsigned ln_map_level(const ln_map_row *row, unsigned x);

#endif
