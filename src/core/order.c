/* The transmission order (5), without sorting values: the places of each grid are sorted by band, once.
 * Offsets never rise along the unit list, so it holds the runs of one band in sorted order; the order merges
 * the lists of the eight bands. */
#include "core/order.h"

#include <string.h>

#include "core/map.h"
#include "core/model.h"

/* The units before the map go out in this many passes, each with every fourth place. So the neighbours of a
 * place are in other passes, and with small packets a lost packet does not take them too. */
#define PASSES 4u

#define LEVELS_OF_BAND (LN_MAP_LEVELS / LN_BANDS)

/* Places of one stage's grid by band: band B has place[start[B]] .. place[start[B + 1] - 1]. */
typedef struct grid {
    uint16_t *place;
    uint16_t start[LN_BANDS + 1];
} grid;

struct ln_order {
    const ln_model *model;
    ln_walker *last;      /* where the last step began, so that the next walk need not begin at rank 0; behind
                             a pointer, since walking changes nothing else of an order */
    uint16_t map_rank;    /* where the map begins; without a map, where it would */
    uint16_t scored_rank; /* where the scored part begins */
    uint8_t complete;
    grid grid[LN_MAX_STAGES];
};

/* Symbols of the units before the map. */
static unsigned early_symbols(const ln_model *model)
{
    unsigned symbols = 0;
    for (unsigned i = 0; i < model->before_map; i++)
        symbols += ln_channel_places(model, ln_model_unit(model, i).channel);
    return symbols;
}

/* Places of a stage's grid that must be sorted: none where it has no latent channel. */
static unsigned sorted_places(const ln_layer *stage)
{
    return stage->pass < stage->outputs ? (unsigned)stage->width * stage->height : 0;
}

/* The memory starts at a multiple of 4; pointers may want a multiple of 8. */
static size_t alignment_slack(void)
{
    return sizeof(void *) > 4 ? sizeof(void *) - 4 : 0;
}

size_t ln_order_size(const ln_model *model)
{
    if (!model)
        return 0;
    size_t size = alignment_slack() + sizeof(ln_order) + sizeof(ln_walker);
    for (unsigned i = 0; i < model->stages; i++)
        size += sorted_places(&model->stage[i]) * sizeof(uint16_t);
    return (size + 3) & ~(size_t)3;
}

/* Sets the score of a band's next unit. Behind the last unit it is lower than any other. */
static void set_score(const ln_model *model, ln_walker *walker, unsigned band)
{
    unsigned unit = walker->unit[band];
    int32_t above = (int32_t)(LEVELS_OF_BAND * model->weight * band);
    walker->score[band] = unit < model->units ? ln_model_unit(model, unit).offset + above : INT32_MIN;
}

static void go_to_start(const ln_model *model, ln_walker *walker)
{
    walker->rank = 0;
    walker->early = 0;
    for (unsigned band = 0; band < LN_BANDS; band++) {
        walker->unit[band] = model->before_map;
        set_score(model, walker, band);
    }
}

/* A counting sort, which keeps raster order within a band. */
static void sort_places(grid *g, const ln_layer *stage, const uint8_t *map)
{
    ln_map_row row;
    unsigned place = 0;
    memset(g->start, 0, sizeof g->start);
    for (unsigned y = 0; y < stage->height; y++) {
        ln_map_row_make(&row, map, stage->width, stage->height, y);
        for (unsigned x = 0; x < stage->width; x++)
            g->start[ln_map_level(&row, x) / LEVELS_OF_BAND + 1]++;
    }
    for (unsigned band = 1; band <= LN_BANDS; band++)
        g->start[band] = (uint16_t)(g->start[band] + g->start[band - 1]);
    for (unsigned y = 0; y < stage->height; y++) {
        ln_map_row_make(&row, map, stage->width, stage->height, y);
        for (unsigned x = 0; x < stage->width; x++)
            g->place[g->start[ln_map_level(&row, x) / LEVELS_OF_BAND]++] = (uint16_t)place++;
    }
    /* Each start has moved to the next band's. */
    for (unsigned band = LN_BANDS; band > 0; band--)
        g->start[band] = g->start[band - 1];
    g->start[0] = 0;
}

static void complete(ln_order *order, const uint8_t *map)
{
    for (unsigned i = 0; i < order->model->stages; i++)
        if (sorted_places(&order->model->stage[i]) > 0)
            sort_places(&order->grid[i], &order->model->stage[i], map);
    order->complete = 1;
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
    o->map_rank = (uint16_t)early_symbols(model);
    o->scored_rank = (uint16_t)(o->map_rank + (model->layers ? LN_MAP_CELLS : 0));
    o->last = (ln_walker *)(void *)(at + sizeof *o);
    uint16_t *places = (uint16_t *)(void *)(o->last + 1);
    for (unsigned i = 0; i < model->stages; i++) {
        o->grid[i].place = places;
        places += sorted_places(&model->stage[i]);
    }
    ln_order_reset(o);
    *order = o;
    return LN_OK;
}

void ln_order_reset(ln_order *order)
{
    static const uint8_t no_map[LN_MAP_CELLS];
    order->complete = 0;
    go_to_start(order->model, order->last);
    if (!order->model->layers)
        complete(order, no_map);
}

/* The next run before the map: the places of a unit in a pass. Some pass has places left, since the walker is
 * before the map. */
static void early_run(const ln_order *order, ln_walker *walker, ln_run *run)
{
    const ln_model *model = order->model;
    do {
        ln_unit unit = ln_model_unit(model, walker->early % model->before_map);
        unsigned first = walker->early / model->before_map;
        walker->early++;
        run->channel = unit.channel;
        run->plane = unit.plane;
        run->places = NULL;
        run->first = (uint16_t)first;
        run->stride = PASSES;
        run->count = (ln_channel_places(model, unit.channel) + PASSES - 1 - first) / PASSES;
    } while (run->count == 0);
    run->band = 0;
}

static void map_run(ln_run *run)
{
    run->channel = LN_RANK_IS_MAP;
    run->plane = 0;
    run->band = 0;
    run->places = NULL;
    run->first = 0;
    run->stride = 1;
    run->count = LN_MAP_CELLS;
}

/* The band whose next unit has the highest score. Of bands with equal scores it is the lowest: its unit has
 * the highest offset, so it is the first of them in the list. */
static unsigned highest_band(const ln_walker *walker)
{
    unsigned highest = 0;
    for (unsigned band = 1; band < LN_BANDS; band++)
        if (walker->score[band] > walker->score[highest])
            highest = band;
    return highest;
}

/* The next run behind the map. Some run has places left, since the walker is not at the order's end. */
static void scored_run(const ln_order *order, ln_walker *walker, ln_run *run)
{
    const ln_model *model = order->model;
    const grid *g;
    ln_unit unit;
    unsigned band;
    do {
        band = highest_band(walker);
        unit = ln_model_unit(model, walker->unit[band]++);
        set_score(model, walker, band);
        g = &order->grid[model->channel[unit.channel].stage];
    } while (g->start[band] == g->start[band + 1]);
    run->channel = unit.channel;
    run->plane = unit.plane;
    run->band = band;
    run->places = g->place + g->start[band];
    run->count = (unsigned)g->start[band + 1] - g->start[band];
}

int ln_order_step(const ln_order *order, ln_walker *walker, ln_run *run)
{
    *order->last = *walker;
    run->rank = walker->rank;
    if (walker->rank < order->map_rank)
        early_run(order, walker, run);
    else if (walker->rank < order->scored_rank)
        map_run(run);
    else if (order->complete && walker->rank < order->model->symbols)
        scored_run(order, walker, run);
    else
        return 0;
    walker->rank = (uint16_t)(walker->rank + run->count);
    return 1;
}

ln_status ln_order_set_map(ln_order *order, const uint8_t levels[LN_MAP_CELLS])
{
    if (!order || !levels || !order->model->layers)
        return LN_ERR_ARGUMENT;
    for (unsigned i = 0; i < LN_MAP_CELLS; i++)
        if (levels[i] >= LN_MAP_LEVELS)
            return LN_ERR_ARGUMENT;
    ln_order_reset(order);
    complete(order, levels);
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
