#include "device/network.h"

#include <string.h>

#include "core/map.h"

#define PICTURE_ZERO 128

static unsigned convolutions(const ln_model *model)
{
    return (unsigned)model->stages + model->layers;
}

static const ln_layer *layer_at(const ln_model *model, unsigned index)
{
    return index < model->stages ? &model->stage[index] : &model->layer[index - model->stages];
}

static const ln_layer *last_layer(const ln_model *model)
{
    return layer_at(model, convolutions(model) - 1);
}

static size_t saliency_size(const ln_model *model)
{
    if (model->layers == 0)
        return 0;
    return ((size_t)last_layer(model)->width * last_layer(model)->height + 3) / 4 * 4;
}

static size_t scratch_size(const ln_model *model)
{
    size_t most = 0;

    for (unsigned i = 0; i < convolutions(model); i++) {
        size_t size = ln_conv_scratch_size(layer_at(model, i));

        if (size > most)
            most = size;
    }
    return most;
}

size_t ln_network_size(const ln_model *model)
{
    return convolutions(model) * sizeof(ln_conv) + ln_latents_size(model);
}

size_t ln_network_stream_size(const ln_model *model)
{
    size_t size = scratch_size(model) + saliency_size(model);

    for (unsigned i = 0; i < convolutions(model); i++)
        size += ln_conv_size(layer_at(model, i));
    return size;
}

void ln_network_init(ln_network *network, const ln_model *model, void *memory)
{
    network->model = model;
    network->conv = memory;
    ln_latents_init(&network->latents, model, network->conv + convolutions(model));
}

/* The byte that stands for 0 in a tensor made by a layer. */
static uint8_t zero_of(const ln_layer *layer)
{
    return layer->activation == LN_ACTIVATION_RELU ? 0 : 128;
}

static uint8_t input_zero(const ln_model *model, unsigned index)
{
    if (index == 0)
        return PICTURE_ZERO;
    if (index == model->stages)
        return zero_of(&model->stage[model->saliency_stage]);
    return zero_of(layer_at(model, index - 1));
}

void ln_network_begin(ln_network *network, void *stream)
{
    const ln_model *model = network->model;
    uint8_t *scratch = stream;
    uint8_t *memory = scratch + scratch_size(model);

    for (unsigned i = 0; i < convolutions(model); i++) {
        const ln_layer *layer = layer_at(model, i);

        ln_conv_begin(&network->conv[i], layer, input_zero(model, i), memory, scratch);
        memory += ln_conv_size(layer);
    }
    network->saliency = memory;
}

/* Byte of a tensor for a number (SPEC 1.3, 2.1). */
static uint8_t byte_of(int32_t number, int zero)
{
    int32_t byte = number + zero;

    return (uint8_t)(byte < 0 ? 0 : byte > 255 ? 255 : byte);
}

static int32_t passed_on(int32_t sum, uint32_t multiplier)
{
    return (int32_t)(((int64_t)sum * multiplier + 0x80000000) >> 32);
}

static int32_t latent(int32_t sum, uint32_t multiplier, unsigned rounding, int relu)
{
    uint64_t product = (uint64_t)(sum < 0 ? -(int64_t)sum : sum) * multiplier;
    int32_t magnitude = (int32_t)((product + ((uint64_t)rounding << 24)) >> 32);

    if (sum >= 0)
        return magnitude;
    return relu ? 0 : -magnitude;
}

/* The first outputs of a layer at `count` places: to `next`, the row of the next layer, and to `branch`, the row of
 * the saliency branch, or null. Both at the first of these places. */
static void put_passed(const ln_layer *layer, const int32_t *sums, unsigned count, uint8_t *next,
                       uint8_t *branch)
{
    int zero = zero_of(layer);

    for (unsigned o = 0; o < layer->pass; o++, sums += LN_DOT_PATCHES) {
        uint32_t multiplier = ln_conv_multiplier(layer, o);

        for (unsigned p = 0; p < count; p++) {
            uint8_t byte = byte_of(passed_on(sums[p], multiplier), zero);

            next[p * layer->pass + o] = byte;
            if (branch != NULL)
                branch[p * layer->outputs + o] = byte;
        }
    }
}

/* The other outputs: latent values at `count` places from `place` on. */
static void put_latent(const ln_network *network, const ln_layer *layer, const int32_t *sums, unsigned count,
                       unsigned place, uint8_t *branch)
{
    int zero = zero_of(layer), relu = layer->activation == LN_ACTIVATION_RELU;

    for (unsigned o = layer->pass; o < layer->outputs; o++) {
        unsigned channel = layer->first_channel + o - layer->pass;
        unsigned rounding = network->model->channel[channel].rounding;
        uint32_t multiplier = ln_conv_multiplier(layer, o);

        for (unsigned p = 0; p < count; p++) {
            int32_t value = latent(sums[o * LN_DOT_PATCHES + p], multiplier, rounding, relu);

            value = ln_latents_set(&network->latents, channel, place + p, value);
            if (branch != NULL)
                branch[p * layer->outputs + o] = byte_of(value, zero);
        }
    }
}

/* Where a layer's rows go when its outputs are passed on: null for the last stage. */
static uint8_t *next_row(const ln_network *network, unsigned index)
{
    const ln_conv *conv = &network->conv[index];

    if (index + 1 == network->model->stages)
        return NULL;
    if (index + 1 == convolutions(network->model))
        return network->saliency + (size_t)conv->done * conv->layer->width;
    return ln_conv_row(conv + 1);
}

/* Hands the ready row of a layer to whoever reads it. */
static void put_row(ln_network *network, unsigned index)
{
    const ln_model *model = network->model;
    ln_conv *conv = &network->conv[index], *branch = NULL;
    const ln_layer *layer = conv->layer;
    unsigned first_place = (unsigned)conv->done * layer->width;
    uint8_t *next = next_row(network, index), *branch_row = NULL;

    if (model->layers > 0 && index == model->saliency_stage) {
        branch = &network->conv[model->stages];
        branch_row = ln_conv_row(branch);
    }
    for (unsigned x = 0; x < layer->width; x += LN_DOT_PATCHES) {
        const int32_t *sums = ln_conv_sums(conv, x);
        unsigned count = layer->width - x < LN_DOT_PATCHES ? layer->width - x : LN_DOT_PATCHES;

        if (next != NULL)
            put_passed(layer, sums, count, next + x * layer->pass, branch_row);
        put_latent(network, layer, sums, count, first_place + x, branch_row);
        if (branch != NULL)
            branch_row += count * layer->outputs;
    }
    ln_conv_advance(conv);
    if (index + 1 != model->stages && index + 1 < convolutions(model))
        ln_conv_take(conv + 1);
    if (branch != NULL)
        ln_conv_take(branch);
}

void ln_network_push(ln_network *network, const uint8_t *rgb)
{
    ln_conv *first = &network->conv[0];
    unsigned i = convolutions(network->model);

    memcpy(ln_conv_row(first), rgb, (size_t)first->layer->in_width * first->layer->inputs);
    ln_conv_take(first);
    /* The layer nearest to the end goes first: so each one's row is used before it gets another. */
    while (i-- > 0) {
        if (ln_conv_ready(&network->conv[i])) {
            put_row(network, i);
            i = convolutions(network->model);
        }
    }
}

unsigned ln_network_missing(const ln_network *network)
{
    return (unsigned)network->model->height - network->conv[0].taken;
}

void ln_network_map(ln_network *network, uint8_t levels[LN_MAP_CELLS])
{
    const ln_layer *layer = last_layer(network->model);
    unsigned places = (unsigned)layer->width * layer->height;

    for (unsigned i = 0; i < places; i++)
        network->saliency[i] = ln_saliency_curve[network->saliency[i]];
    ln_map_reduce(network->saliency, layer->width, layer->height, levels);
}
