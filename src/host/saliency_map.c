#include "host/saliency_map.h"

#include "cloud/error.h"
#include "device/network.h"

#include <stdlib.h>
#include <string.h>

/* ---- Network --------------------------------------------------------------------------------- */

static ln_status keep(ln_saliency_map *map, const ln_network *network, ln_error *error)
{
    const ln_layer *last = &network->model->layer[network->model->layers - 1];
    size_t places = (size_t)last->width * last->height;
    map->places = malloc(places);
    if (!map->places)
        return ln_fail_memory(error);
    memcpy(map->places, network->saliency, places);
    map->width = last->width;
    map->height = last->height;
    return LN_OK;
}

ln_status ln_saliency_map_make(ln_saliency_map *map, const ln_model *model, const ln_picture *picture,
                               ln_error *error)
{
    *map = (ln_saliency_map){0};
    void *memory = malloc(ln_network_size(model, sizeof(void *)));
    void *stream = malloc(ln_network_stream_size(model, ln_all_kernels, LN_TARGET));
    ln_status status = memory && stream ? LN_OK : ln_fail_memory(error);
    if (status == LN_OK) {
        ln_network network;
        ln_network_init(&network, model, ln_all_kernels, memory);
        ln_network_begin(&network, stream);
        for (size_t y = 0; y < model->height; y++)
            ln_network_push(&network, picture->rgb + y * model->width * 3);
        ln_network_map(&network, map->levels);
        status = keep(map, &network, error);
    }
    free(memory);
    free(stream);
    return status;
}

void ln_saliency_map_free(ln_saliency_map *map)
{
    free(map->places);
    *map = (ln_saliency_map){0};
}

/* ---- Another grid ---------------------------------------------------------------------------- */

/* The two of `count` places that are next to place `p` of `n` along one axis, and their weights out of 2
 * n. */
typedef struct axis {
    size_t place[2];
    uint64_t weight[2];
} axis;

static axis axis_at(unsigned count, unsigned n, unsigned p)
{
    uint64_t whole = 2 * (uint64_t)n;
    uint64_t t = count * (2 * (uint64_t)p + 1) + n; /* SPEC's t + 2 n: division rounds down */
    size_t i = (size_t)(t / whole);
    return (axis){{i ? i - 1 : 0, i < count ? i : count - 1}, {whole - t % whole, t % whole}};
}

void ln_saliency_map_resize(const uint8_t *from, unsigned width, unsigned height, unsigned top, uint8_t *to,
                            unsigned to_width, unsigned to_height)
{
    uint64_t whole = 4 * (uint64_t)to_width * to_height * top;
    for (unsigned y = 0; y < to_height; y++) {
        axis down = axis_at(height, to_height, y);
        const uint8_t *upper = from + width * down.place[0], *lower = from + width * down.place[1];
        for (unsigned x = 0; x < to_width; x++) {
            axis across = axis_at(width, to_width, x);
            uint64_t left = down.weight[0] * upper[across.place[0]] + down.weight[1] * lower[across.place[0]];
            uint64_t right =
                down.weight[0] * upper[across.place[1]] + down.weight[1] * lower[across.place[1]];
            uint64_t sum = across.weight[0] * left + across.weight[1] * right;
            *to++ = (uint8_t)((2 * 255 * sum + whole) / (2 * whole));
        }
    }
}
