#include "sim/index_order.h"

#include <stdlib.h>
#include <string.h>

#define UNIT_BYTES 4 /* channel, plane, offset (SPEC 7) */

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, 2);
}

/* The list of units decides the order (SPEC 5). Without a weight, classes do not move places, and offsets
 * mean nothing. Nothing else of a model depends on the list behind the map. */
void ln_use_index_order(ln_bundle *bundle)
{
    ln_model *model = &bundle->model;
    uint8_t *units = bundle->bytes + (model->unit_table - model->bytes);
    size_t first = model->before_map;
    qsort(units + UNIT_BYTES * first, model->units - first, UNIT_BYTES, compare);
    model->weight = 0;
}
