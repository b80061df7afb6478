/* The map of activity (SPEC 2.2): sums of magnitudes, taken while the values are made. */
#ifndef LN_DEVICE_ACTIVITY_H
#define LN_DEVICE_ACTIVITY_H

#include <limitnet/core.h>

typedef struct ln_activity {
    uint32_t *row;   /* of the row that is being made: magnitudes of each place, summed over the channels */
    uint32_t *cells; /* s of SPEC 2.2, at most 2^32 - 1 */
} ln_activity;

/* Bytes of memory, a multiple of 4: 0 for a model with another map or none. */
size_t ln_activity_size(const ln_model *model);

/* Begins a picture of a model with such a map, in 4-byte aligned memory. */
void ln_activity_begin(ln_activity *activity, const ln_model *model, void *memory);

/* Whether the values of a stage count. */
int ln_activity_counts(const ln_model *model, const ln_layer *stage);

/* Adds row y of a stage that counts to the cells, and makes it 0 for the next one. */
void ln_activity_take_row(const ln_activity *activity, const ln_model *model, const ln_layer *stage,
                          unsigned y);

/* The map, when all rows were taken. */
void ln_activity_map(const ln_activity *activity, const ln_model *model, uint8_t levels[LN_MAP_CELLS]);

#endif
