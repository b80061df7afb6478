/* The map (2): the camera makes it, both ends use it. */
#ifndef LN_CORE_MAP_H
#define LN_CORE_MAP_H

#include <limitnet/core.h>

/* Saliency 0..255 for each output byte of the branch's last layer (2.1, appendix A). */
extern const uint8_t ln_saliency_curve[256];

/* Reduces a saliency of width x height bytes, at most LN_MAX_PLACES, to the 64 levels that are sent (2.1). */
void ln_map_reduce(const uint8_t *saliency, unsigned width, unsigned height, uint8_t levels[LN_MAP_CELLS]);

/* The level that is sent for an activity (2.2). */
unsigned ln_activity_level(uint32_t activity, unsigned lowest);

/* How many eighths of place p of n lie in cell i of the map: p overlaps it, weighed as in section 2. */
unsigned ln_map_overlap(unsigned n, unsigned cell, unsigned place);

/* The first place that overlaps a cell; places follow as long as 8 place < n (cell + 1). */
static inline unsigned ln_map_first_place(unsigned n, unsigned cell)
{
    return n * cell / LN_MAP_SIDE;
}

/* Whether 64 levels are a map of this model. */
int ln_map_valid(const ln_model *model, const uint8_t *levels);

/* One row of a grid of width x height places, with the map interpolated along columns (2.3). */
typedef struct ln_map_row {
    unsigned width, height;
    unsigned cell[LN_MAP_SIDE]; /* level times 2 height */
} ln_map_row;

void ln_map_row_make(ln_map_row *row, const uint8_t levels[LN_MAP_CELLS], unsigned width, unsigned height,
                     unsigned y);

/* The class at place x of the row. */
unsigned ln_map_class(const ln_model *model, const ln_map_row *row, unsigned x);

#endif
