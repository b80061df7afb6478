#include "device/kernels/kernel.h"

#if LN_TARGET == LN_HELIUM
#include <arm_mve.h>
#elif LN_TARGET == LN_DSP
#include "device/kernels/dsp.h"
#endif

void ln_sums_begin(const ln_layer *layer, int32_t *sums)
{
    const uint8_t *bias = layer->parameters, *end = bias + layer->outputs * ln_output_step(layer);
    uint32_t *sum = (uint32_t *)sums; /* the file holds biases as two's complement */

    for (; bias != end; bias += ln_output_step(layer)) {
        uint32_t first = ln_u32(bias);

        for (unsigned p = 0; p < LN_PLACES; p++)
            *sum++ = first;
    }
}

/* ---- Bytes for the next layer ------------------------------------------------------------------ */

#if LN_TARGET == LN_HELIUM
#define VECTOR 4
#define SECOND (LN_PLACES - VECTOR) /* the second vector ends with the tile, so one place is in both */

/* VRMULH takes the rounded upper half of a product, which is what SPEC 1.3 asks for. */
static inline void requantise_vector(const int32_t *sums, int32_t multiplier, int32_t zero, uint8_t *byte,
                                     uint32x4_t offsets, mve_pred16_t places)
{
    int32x4_t numbers = vrmulhq_s32(vldrwq_s32(sums), vdupq_n_s32(multiplier));

    numbers = vmaxq_s32(vaddq_n_s32(numbers, zero), vdupq_n_s32(0));
    numbers = vminq_s32(numbers, vdupq_n_s32(255));
    vstrbq_scatter_offset_p_u32(byte, offsets, vreinterpretq_u32_s32(numbers), places);
}

static inline void requantise(const int32_t *sums, unsigned count, uint32_t multiplier, int zero,
                              uint8_t *byte, unsigned step)
{
    uint32x4_t offsets = vmulq_n_u32(vidupq_n_u32(0, 1), step);

    requantise_vector(sums, (int32_t)multiplier, zero, byte, offsets, vctp32q(count));
    if (count > SECOND)
        requantise_vector(sums + SECOND, (int32_t)multiplier, zero, byte + SECOND * step, offsets,
                          vctp32q(count - SECOND));
}
#else
#if LN_TARGET == LN_DSP
#define requantise_one ln_dsp_requantise
#else
static inline uint8_t requantise_one(int32_t sum, uint32_t multiplier, int zero)
{
    int32_t byte = (int32_t)(((int64_t)sum * (int32_t)multiplier + 0x80000000) >> 32) + zero;

    return (uint8_t)(byte < 0 ? 0 : byte > 255 ? 255 : byte);
}
#endif

/* Requantises `count` sums to bytes that lie `step` bytes apart. Multipliers are below 2^31. */
static inline void requantise(const int32_t *sums, unsigned count, uint32_t multiplier, int zero,
                              uint8_t *byte, unsigned step)
{
    for (const int32_t *end = sums + count; sums != end; byte += step)
        *byte = requantise_one(*sums++, multiplier, zero);
}
#endif

static void put_bytes(const ln_layer *layer, const ln_tile *tile, uint8_t *next)
{
    unsigned end = tile->output + tile->outputs;
    const uint8_t *multiplier = (const uint8_t *)ln_weights(layer, tile->output) - 4;
    const int32_t *sums = tile->sums;

    next += tile->x * layer->pass;
    for (unsigned o = tile->output; o < end && o < layer->pass; o++, sums += LN_PLACES) {
        requantise(sums, tile->places, ln_u32(multiplier), ln_output_zero(layer), next + o, layer->pass);
        multiplier += ln_output_step(layer);
    }
}

/* ---- Latent values ----------------------------------------------------------------------------- */

static void put_values(const ln_outputs *to, const ln_conv *conv, const ln_tile *tile)
{
    const ln_layer *layer = conv->layer;
    unsigned first = tile->output > layer->pass ? tile->output : layer->pass;
    unsigned number = layer->first_channel + first - layer->pass;
    unsigned place = conv->done * layer->width + tile->x;
    const ln_channel *channel = &to->latents->model->channel[number];
    const ln_channel *end = channel + (tile->output + tile->outputs - first);
    const ln_bits *bits = &to->latents->channel[number];
    const uint8_t *multiplier = (const uint8_t *)ln_weights(layer, first) - 4;
    const int32_t *sums = tile->sums + (first - tile->output) * LN_PLACES;
    uint32_t *activity = to->activity ? to->activity + tile->x : NULL;
    int group = tile->places == LN_GROUP && place % LN_GROUP == 0;

    for (; channel != end; channel++, bits++, sums += LN_PLACES, multiplier += ln_output_step(layer)) {
        ln_quantiser q = {ln_u32(multiplier), (uint32_t)channel->rounding << 24, channel->limit,
                          layer->activation == LN_ACTIVATION_RELU ? UINT32_MAX : 0};

        if (group)
            ln_latents_put_group(bits, &q, place, sums, activity);
        else
            ln_latents_put(bits, &q, place, sums, tile->places, activity);
    }
}

void ln_outputs_put(const ln_outputs *to, const ln_conv *conv, const ln_tile *tile)
{
    const ln_layer *layer = conv->layer;

    if (tile->output < layer->pass)
        put_bytes(layer, tile, to->next);
    if (tile->output + tile->outputs > layer->pass)
        put_values(to, conv, tile);
}
