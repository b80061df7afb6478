/* The transmission order (5). Where the map does not move places, it is the list of units. Otherwise it is
 * made without sorting values: the places of each grid are sorted by class, once. Offsets never rise along
 * the list of units, so it holds the runs of one class in sorted order; the order merges the lists of the
 * eight classes. */
#include "core/order.h"

#include <string.h>

#include "core/layout.h"
#include "core/map.h"
#include "core/model.h"

/* Places of one stage's grid. */
typedef struct grid {
    uint8_t *classes; /* of each place; null where the places are listed, or the model has no map */
    uint16_t *place;  /* places by class: class C has place[start[C]] .. place[start[C + 1] - 1] */
    uint16_t start[LN_CLASSES + 1];
} grid;

struct ln_order {
    const ln_model *model;
    ln_walker *last;      /* where the last step began, so that the next walk need not begin at rank 0; behind
                             a pointer, since walking changes nothing else of an order */
    uint32_t map_rank;    /* where the map begins; without a map, where it would */
    uint32_t behind_rank; /* where the units behind the map begin */
    uint8_t complete;
    grid grid[LN_MAX_STAGES];
};

/* Their sizes if pointers have `pointer` bytes. */
#define GRID_BYTES(pointer) LN_ALIGNED(2 * (pointer) + 2 * (LN_CLASSES + 1), pointer)
#define ORDER_BYTES(pointer) (LN_ALIGNED(2 * (pointer) + 9, pointer) + LN_MAX_STAGES * GRID_BYTES(pointer))
LN_CHECK_BYTES(grid, GRID_BYTES(sizeof(void *)))
LN_CHECK_BYTES(ln_order, ORDER_BYTES(sizeof(void *)))

/* Whether classes move places. */
static int sorts(const ln_model *model)
{
    return model->weight > 0;
}

/* Symbols of the units before the map. */
static unsigned early_symbols(const ln_model *model)
{
    unsigned symbols = 0;
    for (unsigned i = 0; i < model->before_map; i++)
        symbols += ln_channel_places(model, ln_model_unit(model, i).channel);
    return symbols;
}

/* Bytes for the classes of a stage's grid, or for the list of its places. */
static size_t grid_size(const ln_model *model, const ln_layer *stage)
{
    size_t places = (size_t)stage->width * stage->height;
    if (model->map == LN_MAP_NONE || stage->pass == stage->outputs)
        return 0;
    return sorts(model) ? places * sizeof(uint16_t) : places;
}

/* The memory starts at a multiple of 4; pointers may want a multiple of 8. */
size_t ln_order_size_on(const ln_model *model, size_t pointer)
{
    size_t size = pointer - sizeof(uint32_t) + ORDER_BYTES(pointer) + sizeof(ln_walker);

    for (unsigned i = 0; i < model->stages; i++)
        size += grid_size(model, &model->stage[i]);
    return (size + 3) & ~(size_t)3;
}

size_t ln_order_size(const ln_model *model)
{
    return model ? ln_order_size_on(model, sizeof(void *)) : 0;
}

static void go_to_start(const ln_model *model, ln_walker *walker)
{
    walker->rank = 0;
    walker->next = 0;
    for (unsigned c = 0; c < LN_CLASSES; c++)
        walker->unit[c] = model->before_map;
}

static void find_classes(const ln_model *model, uint8_t *classes, const ln_layer *stage, const uint8_t *map)
{
    ln_map_row row;
    for (unsigned y = 0; y < stage->height; y++) {
        ln_map_row_begin(&row, model, stage, map, y);
        for (unsigned x = 0; x < stage->width; x++)
            *classes++ = (uint8_t)ln_map_row_next(&row);
    }
}

/* A counting sort, which keeps raster order within a class. */
static void sort_places(const ln_model *model, grid *g, const ln_layer *stage, const uint8_t *map)
{
    ln_map_row row;
    unsigned place = 0;
    memset(g->start, 0, sizeof g->start);
    for (unsigned y = 0; y < stage->height; y++) {
        ln_map_row_begin(&row, model, stage, map, y);
        for (unsigned x = 0; x < stage->width; x++)
            g->start[ln_map_row_next(&row) + 1]++;
    }
    for (unsigned c = 1; c <= LN_CLASSES; c++)
        g->start[c] = (uint16_t)(g->start[c] + g->start[c - 1]);
    for (unsigned y = 0; y < stage->height; y++) {
        ln_map_row_begin(&row, model, stage, map, y);
        for (unsigned x = 0; x < stage->width; x++)
            g->place[g->start[ln_map_row_next(&row)]++] = (uint16_t)place++;
    }
    /* Each start has moved to the next class's. */
    for (unsigned c = LN_CLASSES; c > 0; c--)
        g->start[c] = g->start[c - 1];
    g->start[0] = 0;
}

ln_status ln_order_init(ln_order **order, const ln_model *model, void *memory, size_t size)
{
    if (order)
        *order = NULL;
    if (!order || !model || !memory || (uintptr_t)memory % 4 != 0)
        return LN_ERR_ARGUMENT;
    if (size < ln_order_size(model))
        return LN_ERR_SPACE;
    uint8_t *at = memory;
    at += (0 - (uintptr_t)at) % sizeof(void *);
    ln_order *o = (ln_order *)(void *)at;
    memset(o, 0, sizeof *o);
    o->model = model;
    o->map_rank = early_symbols(model);
    o->behind_rank = o->map_rank + ln_map_cells(model);
    o->last = (ln_walker *)(void *)(at + sizeof *o);
    at = (uint8_t *)(o->last + 1);
    for (unsigned i = 0; i < model->stages; i++) {
        size_t bytes = grid_size(model, &model->stage[i]);
        if (sorts(model))
            o->grid[i].place = (uint16_t *)(void *)at;
        else if (bytes > 0)
            o->grid[i].classes = at;
        at += bytes;
    }
    ln_order_reset(o);
    *order = o;
    return LN_OK;
}

void ln_order_reset(ln_order *order)
{
    order->complete = order->model->map == LN_MAP_NONE;
    go_to_start(order->model, order->last);
}

static void map_run(ln_run *run)
{
    memset(run, 0, sizeof *run);
    run->channel = LN_RANK_IS_MAP;
    run->count = LN_MAP_CELLS;
}

/* The next unit, whole. Before the map it has class 0. */
static void unit_run(const ln_order *order, ln_walker *walker, ln_run *run)
{
    const ln_model *model = order->model;
    ln_unit unit = ln_model_unit(model, walker->next);
    unsigned stage = model->channel[unit.channel].stage;
    run->channel = unit.channel;
    run->plane = unit.plane;
    run->places = NULL;
    run->classes = walker->next < model->before_map ? NULL : order->grid[stage].classes;
    run->place_class = 0;
    run->count = ln_channel_places(model, unit.channel);
    walker->next++;
}

/* Score of the next unit of a class. Behind the last unit it is lower than any other. */
static int32_t score(const ln_model *model, const ln_walker *walker, unsigned place_class)
{
    unsigned unit = walker->unit[place_class];
    if (unit == model->units)
        return INT32_MIN;
    return ln_model_unit(model, unit).offset + (int32_t)(4u * model->weight * place_class);
}

/* The class whose next unit has the highest score. Of classes with equal scores it is the lowest: its unit
 * has the highest offset, so it is the first of them in the list. */
static unsigned highest_class(const ln_model *model, const ln_walker *walker)
{
    unsigned highest = 0;
    int32_t best = score(model, walker, 0);
    for (unsigned c = 1; c < LN_CLASSES; c++) {
        int32_t other = score(model, walker, c);
        if (other > best) {
            best = other;
            highest = c;
        }
    }
    return highest;
}

/* The next places of a class in a unit. Some class has places left, since the walker is not at the order's
 * end. */
static void scored_run(const ln_order *order, ln_walker *walker, ln_run *run)
{
    const ln_model *model = order->model;
    const grid *g;
    ln_unit unit;
    unsigned c;
    do {
        c = highest_class(model, walker);
        unit = ln_model_unit(model, walker->unit[c]++);
        g = &order->grid[model->channel[unit.channel].stage];
    } while (g->start[c] == g->start[c + 1]);
    run->channel = unit.channel;
    run->plane = unit.plane;
    run->places = g->place + g->start[c];
    run->classes = NULL;
    run->place_class = c;
    run->count = (unsigned)g->start[c + 1] - g->start[c];
}

int ln_order_step(const ln_order *order, ln_walker *walker, ln_run *run)
{
    *order->last = *walker;
    if (walker->rank == order->map_rank && order->map_rank < order->behind_rank)
        map_run(run);
    else if (walker->rank < order->map_rank)
        unit_run(order, walker, run);
    else if (!order->complete || walker->rank == order->model->symbols)
        return 0;
    else if (sorts(order->model))
        scored_run(order, walker, run);
    else
        unit_run(order, walker, run);
    run->rank = walker->rank;
    walker->rank += run->count;
    return 1;
}

ln_status ln_order_set_map(ln_order *order, const uint8_t levels[LN_MAP_CELLS])
{
    if (!order || !levels || !ln_map_valid(order->model, levels))
        return LN_ERR_ARGUMENT;
    const ln_model *model = order->model;
    ln_order_reset(order);
    for (unsigned i = 0; i < model->stages; i++) {
        const ln_layer *stage = &model->stage[i];
        if (grid_size(model, stage) == 0)
            continue;
        if (sorts(model))
            sort_places(model, &order->grid[i], stage, levels);
        else
            find_classes(model, order->grid[i].classes, stage, levels);
    }
    order->complete = 1;
    return LN_OK;
}

int ln_order_complete(const ln_order *order)
{
    return order->complete;
}

const ln_model *ln_order_model(const ln_order *order)
{
    return order->model;
}

int ln_order_seek(const ln_order *order, unsigned rank, ln_walker *walker, ln_run *run)
{
    if (order->last->rank <= rank)
        *walker = *order->last;
    else
        go_to_start(order->model, walker);
    do {
        if (!ln_order_step(order, walker, run))
            return 0;
    } while (rank >= run->rank + run->count);
    return 1;
}
