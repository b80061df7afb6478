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

static void add_limited(uint32_t *sum, uint64_t more)
{
    more += *sum;
    *sum = more < UINT32_MAX ? (uint32_t)more : UINT32_MAX;
}

/* Adds a column's share of row y to its cells. */
static void add_column(const ln_activity *activity, const ln_layer *stage, unsigned shift, unsigned y,
                       unsigned j, uint64_t sum)
{
    unsigned height = stage->height;

    for (unsigned i = LN_MAP_SIDE * y / height; i * height < LN_MAP_SIDE * (y + 1); i++)
        add_limited(&activity->cells[LN_MAP_SIDE * i + j], sum * ln_map_overlap(height, i, y) << shift);
}

/* A place is LN_MAP_SIDE wide here, and a column of cells as wide as the row has places. */
void ln_activity_take_row(const ln_activity *activity, const ln_model *model, const ln_layer *stage,
                          unsigned y)
{
    unsigned width = stage->width, shift = shift_of(model, stage), at = 0, j = 0, column_end = width;
    uint64_t sum = 0;

    for (unsigned x = 0; x < width; x++) {
        unsigned end = LN_MAP_SIDE * (x + 1);
        uint32_t place = activity->row[x];

        for (; column_end <= end; column_end += width) {
            add_column(activity, stage, shift, y, j++, sum + (uint64_t)place * (column_end - at));
            at = column_end;
            sum = 0;
        }
        sum += (uint64_t)place * (end - at);
        at = end;
        activity->row[x] = 0;
    }
}

void ln_activity_map(const ln_activity *activity, const ln_model *model, uint8_t levels[LN_MAP_CELLS])
{
    for (unsigned i = 0; i < LN_MAP_CELLS; i++)
        levels[i] = (uint8_t)ln_activity_level(activity->cells[i], model->activity_lowest);
}
