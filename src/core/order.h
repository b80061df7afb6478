/* The transmission order of one picture (5): which symbol stands at which rank. Model and map alone decide
 * it.
 *
 * It is walked in runs. A run is a stretch of the order with one channel and one plane and, in models whose
 * map moves places, one class. */
#ifndef LN_CORE_ORDER_H
#define LN_CORE_ORDER_H

#include "core/model.h"

/* For one thread at a time, also where it is const: it remembers where the last walk was. */
typedef struct ln_order ln_order;

#define LN_RANK_IS_MAP 255 /* in place of a channel: a level of the map */

/* A symbol of a picture. */
typedef struct ln_symbol_id {
    uint8_t channel; /* or LN_RANK_IS_MAP */
    uint8_t plane;
    uint8_t place_class;
    uint16_t place; /* y * grid width + x; of the map: the cell */
} ln_symbol_id;

/* A unit, or the places of one class in a unit, or the map. */
typedef struct ln_run {
    unsigned rank, count; /* of the first symbol; symbols, at least 1 */
    unsigned channel;     /* or LN_RANK_IS_MAP */
    unsigned plane;
    const uint16_t *places; /* of the symbols; null: 0, 1, 2, ... */
    const uint8_t *classes; /* of all places of the grid; null: all symbols have `place_class` */
    unsigned place_class;
} ln_run;

/* The place of symbol number `at` of a run, and its class. */
static inline unsigned ln_run_place(const ln_run *run, unsigned at)
{
    return run->places ? run->places[at] : at;
}

static inline unsigned ln_run_class(const ln_run *run, unsigned at)
{
    return run->classes ? run->classes[at] : run->place_class;
}

/* A position in the order: before the run that starts at `rank`. */
typedef struct ln_walker {
    uint32_t rank;
    uint16_t next;             /* unit, where the order goes unit by unit */
    uint16_t unit[LN_CLASSES]; /* next unit of each class, where it does not */
} ln_walker;

/* Bytes of memory for an order of this model; 0 for a null model. */
size_t ln_order_size(const ln_model *model);

/* ln_order_size if pointers have `pointer` bytes, at least 4. */
size_t ln_order_size_on(const ln_model *model, size_t pointer);

/* Makes an order in the caller's memory: at least ln_order_size bytes, 4-byte aligned, which must outlive
 * the order as the model must. It begins without a map, as ln_order_reset leaves it.
 * Errors: LN_ERR_ARGUMENT, LN_ERR_SPACE; *order is null then. */
ln_status ln_order_init(ln_order **order, const ln_model *model, void *memory, size_t size);

/* Forgets the map. Only ranks up to the map's end can be walked then; all of them if the model has no
 * map. */
void ln_order_reset(ln_order *order);

/* Gives the order its map. Work is proportional to the places: nothing is sorted by value.
 * Errors: LN_ERR_ARGUMENT (a level that the model does not have, or a model without a map); the order is as
 * before then. */
ln_status ln_order_set_map(ln_order *order, const uint8_t levels[LN_MAP_CELLS]);

/* Whether all ranks can be walked: the map is there, or the model has none. */
int ln_order_complete(const ln_order *order);

const ln_model *ln_order_model(const ln_order *order);

/* Finds the run that holds `rank` and leaves the walker behind it. 0: `rank` is the order's end, or waits
 * for the map. */
int ln_order_seek(const ln_order *order, unsigned rank, ln_walker *walker, ln_run *run);

/* Gives the run at the walker and moves the walker behind it. 0: the order ends here, or what follows waits
 * for the map. */
int ln_order_step(const ln_order *order, ln_walker *walker, ln_run *run);

#endif
