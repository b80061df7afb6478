/* The map (2): the camera makes it, both ends use it. */
#ifndef LN_CORE_MAP_H
#define LN_CORE_MAP_H

#include "core/model.h"

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

/* One row of a grid, whose classes are asked for from left to right (2.3). Between two cells the level
 * changes evenly from place to place, so a place costs additions alone. */
typedef struct ln_map_row {
    uint32_t cell[LN_MAP_SIDE];     /* levels, interpolated along columns: times 2 height */
    uint32_t least[LN_CLASSES + 1]; /* of s, for each class; no s reaches the last number */
    unsigned right;                 /* the cell that follows the place; may be one behind the last */
    unsigned between, fraction; /* the way from the cell before it to that one, and the part to the place */
    uint32_t sum, step;         /* s at the place, and what it changes by */
    unsigned place_class;       /* of the place before */
} ln_map_row;

/* Begins row y of a stage's grid, at place 0. */
void ln_map_row_begin(ln_map_row *row, const ln_model *model, const ln_layer *stage,
                      const uint8_t levels[LN_MAP_CELLS], unsigned y);

/* Goes on to the cells that the place is between. */
void ln_map_row_turn(ln_map_row *row);

#define LN_MAP_STEP (2 * LN_MAP_SIDE) /* of t, from place to place */

/* The class of the next place; at most as often as the row has places. */
static inline unsigned ln_map_row_next(ln_map_row *row)
{
    unsigned found = row->place_class;
    while (row->sum >= row->least[found + 1])
        found++;
    while (row->sum < row->least[found])
        found--;
    row->place_class = found;
    row->sum += row->step;
    row->fraction += LN_MAP_STEP;
    if (row->fraction >= row->between)
        ln_map_row_turn(row);
    return found;
}

#endif
