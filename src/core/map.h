/* The saliency map (2), for the camera's end and for the order. */
#ifndef LN_CORE_MAP_H
#define LN_CORE_MAP_H

#include <limitnet/core.h>

/* Saliency 0..255 for the byte that the branch's last layer puts out (2.1, appendix A). */
extern const uint8_t ln_saliency_curve[256];

/* Reduces width x height saliency bytes, at most LN_MAX_PLACES of them, to the 64 levels that are sent (2.2).
 */
void ln_map_reduce(const uint8_t *saliency, unsigned width, unsigned height, uint8_t levels[LN_MAP_CELLS]);

/* One row of a grid of width x height places, the map already interpolated along columns (2.3). */
typedef struct ln_map_row {
    unsigned width, height;
    unsigned cell[LN_MAP_SIDE]; /* out of 2 height */
} ln_map_row;

void ln_map_row_make(ln_map_row *row, const uint8_t levels[LN_MAP_CELLS], unsigned width, unsigned height,
                     unsigned y);

/* Level at place x of the row. */
unsigned ln_map_level(const ln_map_row *row, unsigned x);

#endif
