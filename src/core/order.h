/* Walking the transmission order run by run (5). A run is a stretch of it with one unit and one band. */
#ifndef LN_CORE_ORDER_H
#define LN_CORE_ORDER_H

#include <limitnet/core.h>

typedef struct ln_run {
    unsigned rank, count; /* of the first symbol; symbols, at least 1 */
    unsigned channel;     /* or LN_RANK_IS_MAP */
    unsigned plane, band;
    const uint16_t *places; /* in order; null: first, first + stride, ... */
    uint16_t first, stride;
} ln_run;

/* Where the symbol number `at` of a run lies. */
static inline unsigned ln_run_place(const ln_run *run, unsigned at)
{
    return run->places ? run->places[at] : run->first + at * run->stride;
}

/* Where a walk stands: in front of the run that starts at `rank`. */
typedef struct ln_walker {
    int32_t score[LN_BANDS]; /* of the run that is next in each band */
    uint16_t unit[LN_BANDS]; /* whose run that is */
    uint16_t rank;
    uint16_t early; /* runs before the map that have been */
} ln_walker;

/* Finds the run that holds `rank` and leaves the walker behind it. 0: rank is the order's end or waits for
 * the map. */
int ln_order_seek(const ln_order *order, unsigned rank, ln_walker *walker, ln_run *run);

/* The run behind the walker. 0: the order's end, or the runs that follow wait for the map. */
int ln_order_step(const ln_order *order, ln_walker *walker, ln_run *run);

const ln_model *ln_order_model(const ln_order *order);

/* ln_order_size if pointers have `pointer` bytes, at least 4. */
size_t ln_order_size_on(const ln_model *model, size_t pointer);

#endif
