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

/* The stage that the branch reads. */
static const ln_layer *source_stage(const ln_model *model)
{
    return &model->stage[model->saliency_stage];
}

static size_t whole_words(size_t bytes)
{
    return (bytes + 3) / 4 * 4;
}

static size_t saliency_size(const ln_model *model)
{
    if (model->layers == 0)
        return 0;
    return whole_words((size_t)last_layer(model)->width * last_layer(model)->height);
}

/* What the branch reads besides latent values. */
static size_t kept_size(const ln_model *model)
{
    const ln_layer *source = source_stage(model);

    if (model->layers == 0)
        return 0;
    return whole_words((size_t)source->width * source->height * source->pass);
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

/* Only the first stage may be folded: its rows come from outside, and it need not have room for another one. */
static void init_conv(ln_conv *conv, const ln_model *model, unsigned index, ln_symmetry *symmetry)
{
    const ln_layer *layer = layer_at(model, index);
    int folds = index == 0 && ln_symmetry_find(symmetry, layer);

    ln_conv_init(conv, layer, input_zero(model, index), folds ? symmetry : NULL);
}

size_t ln_network_size(const ln_model *model)
{
    return convolutions(model) * sizeof(ln_conv) + ln_latents_size(model);
}

/* Bytes for some convolutions that work at the same time, their scratch in front. */
static size_t chain_size(const ln_conv *conv, unsigned count)
{
    size_t size = 0, scratch = 0;

    for (unsigned i = 0; i < count; i++) {
        size_t needed = ln_conv_scratch_size(&conv[i]);

        size += ln_conv_size(&conv[i]);
        if (needed > scratch)
            scratch = needed;
    }
    return scratch + size;
}

static void begin_chain(ln_conv *conv, unsigned count, uint8_t *scratch)
{
    uint8_t *end = scratch + chain_size(conv, count);

    for (unsigned i = count; i-- > 0;) {
        end -= ln_conv_size(&conv[i]);
        ln_conv_begin(&conv[i], end, scratch);
    }
}

size_t ln_network_stream_size(const ln_model *model)
{
    ln_conv conv[LN_MAX_STAGES + LN_MAX_LAYERS];
    ln_symmetry symmetry;
    size_t stages, branch;

    for (unsigned i = 0; i < convolutions(model); i++)
        init_conv(&conv[i], model, i, &symmetry);
    stages = chain_size(conv, model->stages);
    branch = chain_size(conv + model->stages, model->layers) + saliency_size(model);
    return kept_size(model) + (stages > branch ? stages : branch);
}

void ln_network_init(ln_network *network, const ln_model *model, void *memory)
{
    network->model = model;
    network->conv = memory;
    for (unsigned i = 0; i < convolutions(model); i++)
        init_conv(&network->conv[i], model, i, &network->symmetry);
    ln_latents_init(&network->latents, model, network->conv + convolutions(model));
}

void ln_network_begin(ln_network *network, void *stream)
{
    network->kept = stream;
    network->chain = network->kept + kept_size(network->model);
    begin_chain(network->conv, network->model->stages, network->chain);
}

/* Byte of a tensor for a number (SPEC 1.3, 2.1). */
static uint8_t byte_of(int32_t number, int zero)
{
    int32_t byte = number + zero;

    return (uint8_t)(byte < 0 ? 0 : byte > 255 ? 255 : byte);
}

/* Multipliers are below 2^31: a Cortex-M with the DSP extension does this in one instruction. */
static int32_t passed_on(int32_t sum, uint32_t multiplier)
{
    return (int32_t)(((int64_t)sum * (int32_t)multiplier + 0x80000000) >> 32);
}

static int32_t latent(int32_t sum, uint32_t multiplier, uint32_t rounding, int relu)
{
    uint32_t size = sum < 0 ? 0 - (uint32_t)sum : (uint32_t)sum;
    int32_t magnitude = (int32_t)(((uint64_t)size * multiplier + rounding) >> 32);

    if (sum >= 0)
        return magnitude;
    return relu ? 0 : -magnitude;
}

/* The first outputs of a layer at `count` places, to where the row of the next layer has the first of these places. */
static void put_passed(const ln_layer *layer, const int32_t *sums, unsigned count, uint8_t *next)
{
    int zero = zero_of(layer);
    unsigned pass = layer->pass;

    for (unsigned o = 0; o < pass; o++, sums += LN_DOT_PATCHES) {
        uint32_t multiplier = ln_conv_multiplier(layer, o);
        uint8_t *byte = next + o;

        for (unsigned p = 0; p < count; p++, byte += pass)
            *byte = byte_of(passed_on(sums[p], multiplier), zero);
    }
}

/* The other outputs: latent values at `count` places from `place` on. */
static void put_latent(const ln_network *network, const ln_layer *layer, const int32_t *sums, unsigned count,
                       unsigned place)
{
    int relu = layer->activation == LN_ACTIVATION_RELU;

    for (unsigned o = layer->pass; o < layer->outputs; o++) {
        unsigned channel = layer->first_channel + o - layer->pass;
        uint32_t rounding = (uint32_t)network->model->channel[channel].rounding << 24;
        uint32_t multiplier = ln_conv_multiplier(layer, o);
        int32_t values[LN_DOT_PATCHES];

        for (unsigned p = 0; p < count; p++)
            values[p] = latent(sums[o * LN_DOT_PATCHES + p], multiplier, rounding, relu);
        ln_latents_set(&network->latents, channel, place, values, count);
    }
}

/* Where a layer's row goes when its outputs are passed on: null for the last stage. */
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
    ln_conv *conv = &network->conv[index];
    const ln_layer *layer = conv->layer;
    unsigned first_place = (unsigned)conv->done * layer->width;
    uint8_t *next = next_row(network, index);

    for (unsigned x = 0; x < layer->width; x += LN_DOT_PATCHES) {
        const int32_t *sums = ln_conv_sums(conv, x);
        unsigned count = layer->width - x < LN_DOT_PATCHES ? layer->width - x : LN_DOT_PATCHES;

        if (next != NULL)
            put_passed(layer, sums, count, next + x * layer->pass);
        if (layer->pass < layer->outputs)
            put_latent(network, layer, sums, count, first_place + x);
    }
    if (next != NULL && model->layers > 0 && index == model->saliency_stage)
        memcpy(network->kept + first_place * layer->pass, next, (size_t)layer->width * layer->pass);
    ln_conv_advance(conv);
    if (index + 1 != model->stages && index + 1 < convolutions(model))
        ln_conv_take(conv + 1);
}

/* Does all work that has become possible from convolution `first` to in front of `end`. The one nearest to the end goes
 * first: so each one's row is used before it gets another. */
static void run(ln_network *network, unsigned first, unsigned end)
{
    unsigned i = end;

    while (i-- > first) {
        if (ln_conv_ready(&network->conv[i])) {
            put_row(network, i);
            i = end;
        }
    }
}

void ln_network_push(ln_network *network, const uint8_t *rgb)
{
    ln_conv_take_row(&network->conv[0], rgb);
    run(network, 0, network->model->stages);
}

unsigned ln_network_missing(const ln_network *network)
{
    return (unsigned)network->model->height - network->conv[0].taken;
}

/* A row of the branch's input: all outputs of its stage. */
static void put_source_row(const ln_network *network, unsigned y, uint8_t *row)
{
    const ln_layer *source = source_stage(network->model);
    const uint8_t *kept = network->kept + (size_t)y * source->width * source->pass;
    int zero = zero_of(source);

    for (unsigned x = 0; x < source->width; x++, row += source->outputs, kept += source->pass) {
        memcpy(row, kept, source->pass);
        for (unsigned o = source->pass; o < source->outputs; o++)
            row[o] = byte_of(ln_latents_get(&network->latents, source->first_channel + o - source->pass,
                                            y * source->width + x),
                             zero);
    }
}

void ln_network_map(ln_network *network, uint8_t levels[LN_MAP_CELLS])
{
    const ln_model *model = network->model;
    const ln_layer *layer = last_layer(model);
    ln_conv *branch = &network->conv[model->stages];
    unsigned places = (unsigned)layer->width * layer->height;

    begin_chain(branch, model->layers, network->chain);
    network->saliency = network->chain + chain_size(branch, model->layers);
    for (unsigned y = 0; y < source_stage(model)->height; y++) {
        put_source_row(network, y, ln_conv_row(branch));
        ln_conv_take(branch);
        run(network, model->stages, convolutions(model));
    }
    for (unsigned i = 0; i < places; i++)
        network->saliency[i] = ln_saliency_curve[network->saliency[i]];
    ln_map_reduce(network->saliency, layer->width, layer->height, levels);
}
