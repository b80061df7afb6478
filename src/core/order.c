/* The transmission order (5), without sorting values: the places of each grid are put in order of level once, and as
 * the offsets of the unit list never rise, all runs come out by walking down the scores with a window on the list. */
#include "core/order.h"

#include <string.h>

#include "core/map.h"
#include "core/model.h"

#define CHECKPOINT_RANKS 1024u

/* The units before the map go out in this many passes, each with every fourth place: so with small packets the neighbours of what a
 * lost one takes along are in others. */
#define PASSES 4u

/* Places of one stage's grid by level, highest last; those of level L are start[L] .. start[L + 1] - 1. */
typedef struct grid {
    uint16_t *place;
    uint16_t start[LN_MAP_LEVELS + 1];
} grid;

/* Walks leave their traces, so that later ones need not start at the beginning: one in every CHECKPOINT_RANKS ranks of the
 * scored part. It is behind a pointer as walking changes nothing of an order that can be seen. */
typedef struct trace {
    unsigned known;         /* checkpoints that are set */
    unsigned due;           /* rank of the next one */
    ln_walker checkpoint[]; /* each in front of the run that holds its rank */
} trace;

struct ln_order {
    const ln_model *model;
    trace *trace;
    uint16_t *alike;      /* for each unit: the next one that has the same scores, or their number */
    uint16_t map_rank;    /* where the map begins, or would begin */
    uint16_t scored_rank; /* where the scored part begins */
    uint8_t complete;
    uint8_t map[LN_MAP_CELLS];
    grid grid[LN_MAX_STAGES];
};

/* Symbols of the units before the map. */
static unsigned early_symbols(const ln_model *model)
{
    unsigned symbols = 0;

    for (unsigned i = 0; i < model->before_map; i++)
        symbols += ln_model_places(model, ln_model_unit(model, i).channel);
    return symbols;
}

/* Places of a stage's grid that need an order: none where it has no latent channel or all places have level 0. */
static unsigned sorted_places(const ln_model *model, unsigned stage)
{
    const ln_layer *s = &model->stage[stage];

    return model->layers && s->pass < s->outputs ? (unsigned)s->width * s->height : 0;
}

/* Without a map there are at most as many runs as units: they are walked from the start. */
static unsigned checkpoints(const ln_model *model)
{
    unsigned before = early_symbols(model) + LN_MAP_CELLS;

    if (!model->layers)
        return 0;
    return (model->symbols - before + CHECKPOINT_RANKS - 1) / CHECKPOINT_RANKS;
}

/* Units that are linked with those of the same scores: without a map there are no scores. */
static unsigned linked_units(const ln_model *model)
{
    return model->layers ? model->units : 0;
}

/* The memory starts at a multiple of 4; pointers may want a multiple of 8. */
static size_t alignment_slack(void)
{
    return sizeof(void *) > 4 ? sizeof(void *) - 4 : 0;
}

size_t ln_order_size(const ln_model *model)
{
    size_t size;

    if (!model)
        return 0;
    size = alignment_slack() + sizeof(ln_order) + sizeof(trace) + checkpoints(model) * sizeof(ln_walker) +
           linked_units(model) * sizeof(uint16_t);
    for (unsigned i = 0; i < model->stages; i++)
        size += sorted_places(model, i) * sizeof(uint16_t);
    return (size + 3) & ~(size_t)3;
}

/* Whether a score is one that some level of a unit has, but for the level's bounds. */
static int may_score(const ln_model *model, unsigned unit, int32_t score)
{
    return (score - ln_model_unit(model, unit).offset) % model->weight == 0;
}

static void link_units(ln_order *order)
{
    const ln_model *model = order->model;

    for (unsigned i = model->before_map; i < linked_units(model); i++) {
        unsigned next = i + 1;

        while (next < model->units && !may_score(model, next, ln_model_unit(model, i).offset))
            next++;
        order->alike[i] = (uint16_t)next;
    }
}

ln_status ln_order_init(ln_order **order, const ln_model *model, void *memory, size_t size)
{
    ln_order *o;
    uint8_t *at = memory;
    uint16_t *places;

    if (!order || !model || !memory || (uintptr_t)memory % 4 != 0)
        return LN_ERR_ARGUMENT;
    if (size < ln_order_size(model))
        return LN_ERR_SPACE;
    at += (0 - (uintptr_t)at) % sizeof(void *);
    o = (ln_order *)(void *)at;
    memset(o, 0, sizeof *o);
    o->model = model;
    o->map_rank = (uint16_t)early_symbols(model);
    o->scored_rank = (uint16_t)(o->map_rank + (model->layers ? LN_MAP_CELLS : 0));
    o->trace = (trace *)(void *)(at + sizeof *o);
    o->alike = (uint16_t *)(void *)(o->trace->checkpoint + checkpoints(model));
    link_units(o);
    places = o->alike + linked_units(model);
    for (unsigned i = 0; i < model->stages; i++) {
        o->grid[i].place = places;
        places += sorted_places(model, i);
    }
    ln_order_reset(o);
    *order = o;
    return LN_OK;
}

void ln_order_reset(ln_order *order)
{
    order->complete = order->model->layers == 0;
    order->trace->known = 0;
    order->trace->due = order->scored_rank;
    memset(order->map, 0, sizeof order->map);
}

/* A counting sort: raster order stays within a level. */
static void sort_places(grid *g, const ln_layer *stage, const uint8_t *map)
{
    unsigned count = (unsigned)stage->width * stage->height;

    memset(g->start, 0, sizeof g->start);
    for (unsigned i = 0; i < count; i++)
        g->start[ln_map_level(map, stage->width, stage->height, i) + 1]++;
    for (unsigned level = 1; level <= LN_MAP_LEVELS; level++)
        g->start[level] = (uint16_t)(g->start[level] + g->start[level - 1]);
    for (unsigned i = 0; i < count; i++)
        g->place[g->start[ln_map_level(map, stage->width, stage->height, i)]++] = (uint16_t)i;
    /* Every start has moved to the next one's. */
    for (unsigned level = LN_MAP_LEVELS; level > 0; level--)
        g->start[level] = g->start[level - 1];
    g->start[0] = 0;
}

/* The highest score that a unit can have. */
static int32_t top_score(const ln_model *model, unsigned unit)
{
    return ln_model_unit(model, unit).offset + (LN_MAP_LEVELS - 1) * model->weight;
}

/* In front of the scored part. */
static ln_walker scored_start(const ln_order *order)
{
    uint16_t first = order->model->before_map;
    ln_walker walker = {0, order->scored_rank, first, first};

    if (first < order->model->units)
        walker.score = top_score(order->model, first); /* `first` has it */
    return walker;
}

/* Goes down to the next score, and there to the first unit that may have it. There is one at some score: the order's end
 * is not reached. */
static void next_score(const ln_model *model, ln_walker *walker)
{
    unsigned unit;
    int32_t top;

    walker->score--;
    while (ln_model_unit(model, walker->first).offset > walker->score)
        walker->first++;
    top = top_score(model, walker->first);
    if (walker->score > top)
        walker->score = top;
    for (unit = walker->first; unit < model->units && !may_score(model, unit, walker->score); unit++)
        continue;
    walker->unit = (uint16_t)unit;
}

static void scored_run(const ln_order *order, ln_walker *walker, ln_run *run)
{
    const ln_model *model = order->model;
    unsigned weight = model->weight, most = (LN_MAP_LEVELS - 1) * weight;

    for (;;) {
        ln_unit unit;
        const grid *g;
        unsigned above, level, first;

        if (walker->unit == model->units) {
            next_score(model, walker);
            continue;
        }
        unit = ln_model_unit(model, walker->unit);
        above = (unsigned)(walker->score - unit.offset); /* not negative: the window starts at `first` */
        if (above > most) {
            next_score(model, walker);
            continue;
        }
        walker->unit = order->alike[walker->unit];
        level = above / weight;
        g = &order->grid[model->channel[unit.channel].stage];
        first = g->start[level];
        if (first == g->start[level + 1])
            continue;
        run->channel = unit.channel;
        run->plane = unit.plane;
        run->level = level;
        run->places = g->place + first;
        run->count = g->start[level + 1] - first;
        return;
    }
}

/* A unit's places from `first` on, one in `stride`. */
static void unit_run(const ln_model *model, unsigned number, unsigned first, unsigned stride, ln_run *run)
{
    ln_unit unit = ln_model_unit(model, number);
    unsigned places = ln_model_places(model, unit.channel);

    run->channel = unit.channel;
    run->plane = unit.plane;
    run->first = (uint16_t)first;
    run->stride = (uint16_t)stride;
    run->count = (places + stride - 1 - first) / stride;
}

/* The next run before the map that is not empty. There is one: the ranks before the map are not used up. */
static void early_run(const ln_order *order, ln_walker *walker, ln_run *run)
{
    unsigned units = order->model->before_map;

    do {
        unit_run(order->model, walker->unit % units, walker->unit / units, PASSES, run);
        walker->unit++;
    } while (run->count == 0);
}

/* A walk has come to `rank`: sets the checkpoints whose ranks it has passed with its last run, in front of which it stood at
 * `before`. */
static void leave_trace(trace *t, const ln_walker *before, unsigned rank)
{
    for (; t->due < rank; t->due += CHECKPOINT_RANKS)
        t->checkpoint[t->known++] = *before;
}

static void scored_step(const ln_order *order, ln_walker *walker, ln_run *run)
{
    ln_walker before = *walker;

    scored_run(order, walker, run);
    if (before.rank <= order->trace->due)
        leave_trace(order->trace, &before, before.rank + run->count);
}

int ln_order_step(const ln_order *order, ln_walker *walker, ln_run *run)
{
    const ln_model *model = order->model;

    run->rank = walker->rank;
    run->plane = 0;
    run->level = 0;
    run->places = NULL;
    run->first = 0;
    run->stride = 1;
    if (walker->rank < order->map_rank) {
        early_run(order, walker, run);
        if (run->rank + run->count == order->map_rank)
            walker->unit = model->before_map; /* no longer counted by passes */
    } else if (walker->rank < order->scored_rank) {
        run->channel = LN_RANK_IS_MAP;
        run->count = LN_MAP_CELLS;
        *walker = scored_start(order);
        return 1;
    } else if (walker->rank == model->symbols || !order->complete) {
        return 0;
    } else if (model->layers) {
        scored_step(order, walker, run);
    } else {
        unit_run(model, walker->unit++, 0, 1, run);
    }
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
    memcpy(order->map, levels, LN_MAP_CELLS);
    for (unsigned i = 0; i < order->model->stages; i++)
        if (sorted_places(order->model, i) > 0)
            sort_places(&order->grid[i], &order->model->stage[i], order->map);
    order->complete = 1;
    return LN_OK;
}

int ln_order_complete(const ln_order *order)
{
    return order->complete;
}

unsigned ln_order_level(const ln_order *order, unsigned channel, unsigned place)
{
    const ln_layer *stage = &order->model->stage[order->model->channel[channel].stage];

    return ln_map_level(order->map, stage->width, stage->height, place);
}

const ln_model *ln_order_model(const ln_order *order)
{
    return order->model;
}

static ln_walker checkpoint_before(const ln_order *order, unsigned rank)
{
    unsigned index = (rank - order->scored_rank) / CHECKPOINT_RANKS;

    if (order->trace->known == 0)
        return scored_start(order);
    return order->trace->checkpoint[index < order->trace->known ? index : order->trace->known - 1];
}

int ln_order_seek(const ln_order *order, unsigned rank, ln_walker *walker, ln_run *run)
{
    memset(walker, 0, sizeof *walker);
    if (order->model->layers && rank >= order->scored_rank) {
        if (!order->complete || rank >= order->model->symbols)
            return 0;
        *walker = checkpoint_before(order, rank);
    }
    do {
        if (!ln_order_step(order, walker, run))
            return 0;
    } while (rank >= run->rank + run->count);
    return 1;
}

ln_status ln_order_at(const ln_order *order, unsigned rank, ln_symbol_id *id)
{
    ln_walker walker;
    ln_run run;

    if (!order || !id || rank >= order->model->symbols)
        return LN_ERR_ARGUMENT;
    if (!ln_order_seek(order, rank, &walker, &run))
        return LN_NEED_MAP;
    rank -= run.rank;
    id->channel = (uint8_t)run.channel;
    id->plane = (uint8_t)run.plane;
    id->level = (uint8_t)run.level;
    id->place = (uint16_t)ln_run_place(&run, rank);
    return LN_OK;
}
