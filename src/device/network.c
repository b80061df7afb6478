#include "device/network.h"

#include <string.h>

#include "core/map.h"
#include "device/dsp.h"

#ifdef LN_DOT_MVE
#include <arm_mve.h>
#endif

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

/* Whether the branch reads what a convolution reads: it comes behind the branch's stage. */
static int keeps_tensor(const ln_model *model, unsigned index)
{
    return model->layers > 0 && index == model->saliency_stage + 1u && index < model->stages;
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

/* Describes `count` convolutions. Only the first stage may be folded, if it has a symmetry: its rows come
 * from outside, and it need not have room for another one. */
static void init_convs(ln_conv *conv, const ln_model *model, unsigned first, unsigned count,
                       const ln_symmetry *symmetry)
{
    for (unsigned i = first; i < first + count; i++, conv++) {
        const ln_layer *layer = layer_at(model, i);
        uint8_t zero = input_zero(model, i);

        if (i == 0 && symmetry)
            ln_conv_init_folded(conv, layer, zero, symmetry);
        else if (keeps_tensor(model, i))
            ln_conv_init_tensor(conv, layer, zero);
        else
            ln_conv_init(conv, layer, zero);
    }
}

/* The stages and the branch work one after the other, with the same memory. */
static unsigned convs_at_once(const ln_model *model)
{
    return model->stages > model->layers ? model->stages : model->layers;
}

size_t ln_network_size(const ln_model *model)
{
    return convs_at_once(model) * sizeof(ln_conv) + ln_latents_size(model);
}

/* Bytes of the tensor that the branch reads besides latent values. */
static size_t tensor_size(const ln_conv *conv, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (conv[i].kind == LN_CONV_TENSOR)
            return ln_conv_size(&conv[i]);
    return 0;
}

/* Bytes for some convolutions that work at the same time, but for the tensor, their scratch in front. */
static size_t chain_size(const ln_conv *conv, unsigned count)
{
    size_t size = 0, scratch = 0;

    for (unsigned i = 0; i < count; i++) {
        size_t needed = ln_conv_scratch_size(&conv[i]);

        if (conv[i].kind != LN_CONV_TENSOR)
            size += ln_conv_size(&conv[i]);
        if (needed > scratch)
            scratch = needed;
    }
    return scratch + size;
}

static void begin_chain(ln_conv *conv, unsigned count, uint8_t *scratch, uint8_t *tensor)
{
    uint8_t *end = scratch + chain_size(conv, count);

    for (unsigned i = count; i-- > 0;) {
        if (conv[i].kind == LN_CONV_TENSOR) {
            ln_conv_begin(&conv[i], tensor, scratch);
        } else {
            end -= ln_conv_size(&conv[i]);
            ln_conv_begin(&conv[i], end, scratch);
        }
    }
}

size_t ln_network_stream_size(const ln_model *model)
{
    ln_conv conv[LN_MAX_LAYERS];
    ln_symmetry symmetry;
    size_t tensor, stages, branch;

    init_convs(conv, model, 0, model->stages, ln_symmetry_find(&symmetry, model->stage) ? &symmetry : NULL);
    tensor = tensor_size(conv, model->stages);
    stages = chain_size(conv, model->stages);
    init_convs(conv, model, model->stages, model->layers, NULL);
    branch = chain_size(conv, model->layers) + saliency_size(model);
    return ln_activity_size(model) + tensor + (stages > branch ? stages : branch);
}

void ln_network_init(ln_network *network, const ln_model *model, void *memory)
{
    network->model = model;
    network->conv = memory;
    network->folds = (uint8_t)ln_symmetry_find(&network->symmetry, model->stage);
    network->first = 0;
    ln_latents_init(&network->latents, model, network->conv + convs_at_once(model));
}

void ln_network_begin(ln_network *network, void *stream)
{
    const ln_model *model = network->model;

    init_convs(network->conv, model, 0, model->stages, network->folds ? &network->symmetry : NULL);
    network->first = 0;
    if (model->map == LN_MAP_ACTIVITY)
        ln_activity_begin(&network->activity, model, stream);
    network->tensor = (uint8_t *)stream + ln_activity_size(model);
    network->chain = network->tensor + tensor_size(network->conv, model->stages);
    begin_chain(network->conv, model->stages, network->chain, network->tensor);
}

/* A convolution that works now. */
static ln_conv *conv_at(const ln_network *network, unsigned index)
{
    return &network->conv[index - network->first];
}

/* Byte of a tensor for a number (SPEC 1.3, 2.1). */
static uint8_t byte_of(int32_t number, int zero)
{
    int32_t byte = number + zero;

    return (uint8_t)(byte < 0 ? 0 : byte > 255 ? 255 : byte);
}

#ifdef LN_DOT_MVE
#define LANES 4
#define SECOND_FOUR (LN_DOT_PATCHES - LANES) /* so that it ends with the sums: some are in both */

/* At four places. VRMULH is the high half of a product, rounded: just what SPEC 1.3 asks for. */
static void put_four(const int32_t *sums, int32_t multiplier, int32_t zero, uint8_t *bytes,
                     uint32x4_t offsets, mve_pred16_t places)
{
    int32x4_t numbers = vrmulhq_s32(vldrwq_s32(sums), vdupq_n_s32(multiplier));

    numbers = vmaxq_s32(vaddq_n_s32(numbers, zero), vdupq_n_s32(0));
    numbers = vminq_s32(numbers, vdupq_n_s32(255));
    vstrbq_scatter_offset_p_u32(bytes, offsets, vreinterpretq_u32_s32(numbers), places);
}

/* The outputs of a tile that are passed on, to the row of the next layer. Here a tile has all outputs. */
static void put_passed(const ln_layer *layer, const ln_tile *tile, uint8_t *next)
{
    int zero = zero_of(layer);
    unsigned pass = layer->pass, count = tile->places;
    size_t step = ln_conv_output_step(layer);
    const uint8_t *multiplier = layer->parameters + 4;
    const int32_t *sums = tile->sums;
    uint32x4_t offsets = vmulq_n_u32(vidupq_n_u32(0, 1), pass);

    next += tile->x * pass;
    for (unsigned o = 0; o < pass; o++, next++, multiplier += step, sums += LN_DOT_PATCHES) {
        put_four(sums, ln_i32(multiplier), zero, next, offsets, vctp32q(count));
        if (count > SECOND_FOUR)
            put_four(sums + SECOND_FOUR, ln_i32(multiplier), zero, next + SECOND_FOUR * pass, offsets,
                     vctp32q(count - SECOND_FOUR));
    }
}
#else
/* Byte that is passed on for an accumulator. Multipliers are below 2^31. */
static inline uint8_t passed_on(int32_t sum, uint32_t multiplier, int zero)
{
#ifdef LN_DOT_DSP
    return ln_dsp_requantise(sum, multiplier, zero);
#else
    return byte_of((int32_t)(((int64_t)sum * (int32_t)multiplier + 0x80000000) >> 32), zero);
#endif
}

/* The outputs of a tile that are passed on, to the row of the next layer. */
static void put_passed(const ln_layer *layer, const ln_tile *tile, uint8_t *next)
{
    int zero = zero_of(layer);
    unsigned pass = layer->pass, end = tile->output + tile->outputs;
    const int32_t *sums = tile->sums;

    for (unsigned o = tile->output; o < end && o < pass; o++, sums += LN_DOT_PATCHES) {
        uint32_t multiplier = ln_conv_multiplier(layer, o);
        uint8_t *byte = next + tile->x * pass + o;

        for (unsigned p = 0; p < tile->places; p++, byte += pass)
            *byte = passed_on(sums[p], multiplier, zero);
    }
}
#endif

/* The other outputs of a tile: latent values in row y. */
static void put_latent(const ln_network *network, const ln_layer *layer, const ln_tile *tile, unsigned y)
{
    unsigned o = tile->output > layer->pass ? tile->output : layer->pass, end = tile->output + tile->outputs;
    unsigned channel = layer->first_channel + o - layer->pass;
    const int32_t *sums = tile->sums + (o - tile->output) * LN_DOT_PATCHES;
    uint32_t *activity = ln_activity_counts(network->model, layer) ? network->activity.row + tile->x : NULL;

    for (; o < end; o++, channel++, sums += LN_DOT_PATCHES) {
        const ln_channel *about = &network->model->channel[channel];
        ln_quantiser quantiser = {ln_conv_multiplier(layer, o), (uint32_t)about->rounding << 24, about->limit,
                                  layer->activation == LN_ACTIVATION_RELU ? UINT32_MAX : 0};

        ln_latents_put(&network->latents.channel[channel], &quantiser, y * layer->width + tile->x, sums,
                       tile->places, activity);
    }
}

/* Where a layer's row goes when its outputs are passed on: null for the last stage. */
static uint8_t *next_row(const ln_network *network, unsigned index)
{
    const ln_conv *conv = conv_at(network, index);

    if (index + 1 == network->model->stages)
        return NULL;
    if (index + 1 == convolutions(network->model))
        return network->saliency + (size_t)conv->done * conv->layer->width;
    return ln_conv_row(conv + 1);
}

LN_NOT_INLINE static void put_tiles(const ln_network *network, const ln_conv *conv, uint8_t *next)
{
    const ln_layer *layer = conv->layer;

    for (unsigned i = 0; i < ln_conv_tiles(conv); i++) {
        ln_tile tile = ln_conv_tile(conv, i);

        if (next)
            put_passed(layer, &tile, next);
        if (layer->pass < layer->outputs)
            put_latent(network, layer, &tile, conv->done);
    }
}

/* Hands the ready row of a layer to whoever reads it. */
static void put_row(ln_network *network, unsigned index)
{
    const ln_model *model = network->model;
    ln_conv *conv = conv_at(network, index);
    const ln_layer *layer = conv->layer;
    uint8_t *next = next_row(network, index);

    if (ln_conv_passes(conv))
        ln_conv_pass(conv, zero_of(layer), next);
    else
        put_tiles(network, conv, next);
    if (index < model->stages && ln_activity_counts(model, layer))
        ln_activity_take_row(&network->activity, model, layer, conv->done);
    ln_conv_advance(conv);
    if (index + 1 != model->stages && index + 1 < convolutions(model))
        ln_conv_take(conv + 1);
}

/* Does all work that has become possible from convolution `first` to in front of `end`. The one nearest to
 * the end goes first: so each one's row is used before it gets another. */
static void run(ln_network *network, unsigned first, unsigned end)
{
    unsigned i = end;

    while (i-- > first) {
        if (ln_conv_ready(conv_at(network, i))) {
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
LN_NOT_INLINE static void put_source_row(const ln_network *network, unsigned y, uint8_t *row)
{
    const ln_layer *source = source_stage(network->model);
    const uint8_t *passed = network->tensor + (size_t)y * source->width * source->pass;
    unsigned first_place = y * source->width;
    int zero = zero_of(source);

    for (unsigned x = 0; x < source->width; x++)
        for (unsigned o = 0; o < source->pass; o++)
            row[x * source->outputs + o] = *passed++;
    for (unsigned o = source->pass; o < source->outputs; o++) {
        const ln_bits *bits = &network->latents.channel[source->first_channel + o - source->pass];
        int values[LN_GROUP];

        ln_bits_get_group(bits, first_place, values);
        for (unsigned x = 0; x < source->width; x++) {
            if (x > 0 && (first_place + x) % LN_GROUP == 0)
                ln_bits_get_group(bits, first_place + x, values);
            row[x * source->outputs + o] = byte_of(values[(first_place + x) % LN_GROUP], zero);
        }
    }
}

void ln_network_map(ln_network *network, uint8_t levels[LN_MAP_CELLS])
{
    const ln_model *model = network->model;
    const ln_layer *layer = last_layer(model);
    ln_conv *branch = network->conv;
    unsigned places = (unsigned)layer->width * layer->height;

    init_convs(branch, model, model->stages, model->layers, NULL);
    network->first = model->stages;
    begin_chain(branch, model->layers, network->chain, NULL);
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
