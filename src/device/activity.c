#include "device/activity.h"

#include <string.h>

#include "core/map.h"

#define NOT_COUNTED 15

static unsigned shift_of(const ln_model *model, const ln_layer *stage)
{
    return model->activity_shift[stage - model->stage];
}

int ln_activity_counts(const ln_model *model, const ln_layer *stage)
{
    return model->map == LN_MAP_ACTIVITY && stage->pass < stage->outputs &&
           shift_of(model, stage) != NOT_COUNTED;
}

static unsigned most_width(const ln_model *model)
{
    unsigned most = 0;

    for (unsigned i = 0; i < model->stages; i++)
        if (ln_activity_counts(model, &model->stage[i]) && model->stage[i].width > most)
            most = model->stage[i].width;
    return most;
}

size_t ln_activity_size(const ln_model *model)
{
    return model->map == LN_MAP_ACTIVITY ? (LN_MAP_CELLS + most_width(model)) * sizeof(uint32_t) : 0;
}

void ln_activity_begin(ln_activity *activity, const ln_model *model, void *memory)
{
    activity->cells = memory;
    activity->row = activity->cells + LN_MAP_CELLS;
    for (unsigned i = 0; i < LN_MAP_CELLS; i++)
        activity->cells[i] = model->activity_offset;
    memset(activity->row, 0, most_width(model) * sizeof *activity->row);
}

static uint32_t limited(uint64_t sum)
{
    return sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
}

/* Sums of a row by column of cells, each place as often as it overlaps the column: a place is LN_MAP_SIDE
 * wide here, and a column as wide as the row has places. */
static void sum_columns(const uint32_t *place, unsigned width, uint32_t column[LN_MAP_SIDE])
{
    unsigned left = LN_MAP_SIDE; /* of the place */

    for (unsigned j = 0; j < LN_MAP_SIDE; j++) {
        unsigned missing = width; /* of the column */
        uint64_t sum = 0;

        for (; missing >= left; left = LN_MAP_SIDE) {
            sum += (uint64_t)*place++ * left;
            missing -= left;
        }
        if (missing > 0) {
            sum += (uint64_t)*place * missing;
            left -= missing;
        }
        column[j] = limited(sum);
    }
}

void ln_activity_take_row(const ln_activity *activity, const ln_model *model, const ln_layer *stage,
                          unsigned y)
{
    unsigned height = stage->height, shift = shift_of(model, stage);
    uint32_t column[LN_MAP_SIDE];

    sum_columns(activity->row, stage->width, column);
    for (unsigned i = LN_MAP_SIDE * y / height; i * height < LN_MAP_SIDE * (y + 1); i++) {
        uint32_t *cell = activity->cells + LN_MAP_SIDE * i;
        unsigned overlap = ln_map_overlap(height, i, y);

        for (unsigned j = 0; j < LN_MAP_SIDE; j++)
            cell[j] = limited(cell[j] + ((uint64_t)column[j] * overlap << shift));
    }
    memset(activity->row, 0, stage->width * sizeof *activity->row);
}

void ln_activity_map(const ln_activity *activity, const ln_model *model, uint8_t levels[LN_MAP_CELLS])
{
    for (unsigned i = 0; i < LN_MAP_CELLS; i++)
        levels[i] = (uint8_t)ln_activity_level(activity->cells[i], model->activity_lowest);
}
