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
static uint8_t byte_of(const ln_layer *layer, int32_t number)
{
    int32_t byte = number + zero_of(layer);

    return (uint8_t)(byte < 0 ? 0 : byte > 255 ? 255 : byte);
}

static int32_t passed_on(int32_t sum, uint32_t multiplier)
{
    return (int32_t)(((int64_t)sum * multiplier + 0x80000000) >> 32);
}

static int32_t latent(const ln_layer *layer, int32_t sum, uint32_t multiplier, unsigned rounding)
{
    uint64_t product = (uint64_t)(sum < 0 ? -(int64_t)sum : sum) * multiplier;
    int32_t magnitude = (int32_t)((product + ((uint64_t)rounding << 24)) >> 32);

    if (sum >= 0)
        return magnitude;
    return layer->activation == LN_ACTIVATION_RELU ? 0 : -magnitude;
}

/* Where the outputs of the ready row go. A pointer is null where nobody wants them. */
typedef struct row_targets {
    uint8_t *next;   /* outputs that are passed on: input of the next layer, or the saliency */
    uint8_t *branch; /* all outputs: input of the saliency branch */
    unsigned first_place;
} row_targets;

static row_targets targets_of(const ln_network *network, unsigned index)
{
    const ln_model *model = network->model;
    const ln_conv *conv = &network->conv[index];
    row_targets targets = {NULL, NULL, (unsigned)conv->done * conv->layer->width};

    if (index + 1 == convolutions(model) && model->layers > 0)
        targets.next = network->saliency + targets.first_place;
    else if (index + 1 != model->stages)
        targets.next = ln_conv_row(conv + 1);
    if (model->layers > 0 && index == model->saliency_stage)
        targets.branch = ln_conv_row(&network->conv[model->stages]);
    return targets;
}

/* One output at up to LN_DOT_PATCHES places from x on. */
static void put_output(const ln_network *network, const ln_layer *layer, unsigned output, const int32_t *sums,
                       unsigned x, const row_targets *targets)
{
    uint32_t multiplier = ln_conv_multiplier(layer, output);
    unsigned channel = layer->first_channel + output - layer->pass;
    unsigned end = x + LN_DOT_PATCHES < layer->width ? x + LN_DOT_PATCHES : layer->width;

    for (; x < end; x++) {
        int32_t number;

        if (output < layer->pass) {
            number = passed_on(*sums++, multiplier);
            targets->next[x * layer->pass + output] = byte_of(layer, number);
        } else {
            number = latent(layer, *sums++, multiplier, network->model->channel[channel].rounding);
            number = ln_latents_set(&network->latents, channel, targets->first_place + x, number);
        }
        if (targets->branch != NULL)
            targets->branch[x * layer->outputs + output] = byte_of(layer, number);
    }
}

/* Hands the ready row of a layer to whoever reads it. */
static void put_row(ln_network *network, unsigned index)
{
    ln_conv *conv = &network->conv[index];
    const ln_layer *layer = conv->layer;
    row_targets targets = targets_of(network, index);

    for (unsigned x = 0; x < layer->width; x += LN_DOT_PATCHES) {
        const int32_t *sums = ln_conv_sums(conv, x);

        for (unsigned o = 0; o < layer->outputs; o++)
            put_output(network, layer, o, sums + o * LN_DOT_PATCHES, x, &targets);
    }
    ln_conv_advance(conv);
    if (index + 1 != network->model->stages && index + 1 < convolutions(network->model))
        ln_conv_take(conv + 1);
    if (targets.branch != NULL)
        ln_conv_take(&network->conv[network->model->stages]);
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
