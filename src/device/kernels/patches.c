#include "device/kernels/patches.h"

#define COPIED_TOO 3 /* bytes that a kernel may copy beyond what it needs */

static size_t sums_size(const ln_layer *layer, unsigned places)
{
    return ln_open_rows(layer) * ln_row_sums(layer, places) * sizeof(int32_t);
}

ln_needs ln_patches_needs(const ln_conv_task *task, size_t (*bytes_of)(size_t numbers))
{
    const ln_layer *layer = task->layer;
    unsigned places = LN_PLACES_ON(task->target);
    size_t one = ln_row_bytes(layer), part = ln_filter_row_bytes(layer);
    ln_needs needs = {layer->kernel, 0, places * layer->outputs * sizeof(int32_t)};

    if (!task->whole &&
        ln_whole_words(layer->kernel * one) > sums_size(layer, places) + ln_whole_words(one)) {
        needs.rows = 1;
        needs.state = sums_size(layer, places);
    }
    needs.scratch += bytes_of(needs.rows * part) + ln_whole_words(needs.rows * part + COPIED_TOO);
    return needs;
}
