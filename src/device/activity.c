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

void ln_activity_take_row(const ln_activity *activity, const ln_model *model, const ln_layer *stage,
                          unsigned y)
{
    unsigned width = stage->width, height = stage->height, shift = shift_of(model, stage);

    for (unsigned j = 0; j < LN_MAP_SIDE; j++) {
        uint64_t sum = 0;

        for (unsigned x = ln_map_first_place(width, j); LN_MAP_SIDE * x < width * (j + 1); x++)
            sum += (uint64_t)activity->row[x] * ln_map_overlap(width, j, x);
        for (unsigned i = LN_MAP_SIDE * y / height; i * height < LN_MAP_SIDE * (y + 1); i++)
            add_limited(&activity->cells[LN_MAP_SIDE * i + j], sum * ln_map_overlap(height, i, y) << shift);
    }
    memset(activity->row, 0, width * sizeof *activity->row);
}

void ln_activity_map(const ln_activity *activity, const ln_model *model, uint8_t levels[LN_MAP_CELLS])
{
    for (unsigned i = 0; i < LN_MAP_CELLS; i++)
        levels[i] = (uint8_t)ln_activity_level(activity->cells[i], model->activity_lowest);
}
