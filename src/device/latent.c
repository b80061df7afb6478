#include "device/latent.h"

#include "core/compiler.h"
#include "core/layout.h"

/* Bytes of the groups of all channels. */
static size_t groups_size(const ln_model *model)
{
    size_t size = LN_BITS_SLACK;

    for (unsigned c = 0; c < model->channels; c++)
        size += ln_bits_size(model, c);
    return (size + 3) / 4 * 4;
}

#define BITS_BYTES(pointer) LN_ALIGNED((pointer) + 2, pointer)
LN_CHECK_BYTES(ln_bits, BITS_BYTES(sizeof(void *)))

size_t ln_latents_size(const ln_model *model, size_t pointer)
{
    return model->channels * BITS_BYTES(pointer) + groups_size(model);
}

void ln_latents_init(ln_latents *latents, const ln_model *model, void *memory)
{
    latents->model = model;
    latents->channel = memory;

    uint8_t *groups = (uint8_t *)(latents->channel + model->channels);
    for (unsigned c = 0; c < model->channels; c++) {
        latents->channel[c] = ln_bits_of(model, c, groups);
        groups += ln_bits_size(model, c);
    }
}

/* All ones where a sum is negative. */
static inline uint32_t sign_of(int32_t sum)
{
    return sum < 0 ? UINT32_MAX : 0;
}

static inline uint32_t magnitude(const ln_quantiser *q, int32_t sum)
{
    uint32_t sign = sign_of(sum), size = ((uint32_t)sum ^ sign) - sign;
    uint32_t steps = (uint32_t)(((uint64_t)size * q->multiplier + q->rounding) >> 32);

    steps = steps < q->limit ? steps : q->limit;
    return steps & ~(sign & q->relu);
}

/* `wide`: magnitudes may take more than a byte. Where one is 0 the sign does not matter. */
static inline void put_group(const ln_bits *bits, const ln_quantiser *q, unsigned place, const int32_t *sums,
                             uint32_t *activity, int wide)
{
    ln_square low = {0, 0}, high = {0, 0};
    uint32_t signs = 0;

    for (unsigned i = 0; i < LN_GROUP; i++) {
        uint32_t steps = magnitude(q, sums[i]);

        ln_square_set(&low, i, wide ? steps & 255 : steps);
        if (wide)
            ln_square_set(&high, i, steps >> 8);
        signs |= (uint32_t)sums[i] >> 31 << i;
    }
    for (unsigned i = 0; activity && i < LN_GROUP; i++)
        activity[i] += ln_square_get(&low, i) | (wide ? ln_square_get(&high, i) << 8 : 0);
    ln_bits_put_group(bits, place, low, high, signs);
}

LN_NOT_INLINE void ln_latents_put_group(const ln_bits *bits, const ln_quantiser *quantiser, unsigned place,
                                        const int32_t *sums, uint32_t *activity)
{
    if (bits->count <= 8)
        put_group(bits, quantiser, place, sums, activity, 0);
    else
        put_group(bits, quantiser, place, sums, activity, 1);
}

/* A part of a group. */
static void put_part(const ln_bits *bits, const ln_quantiser *quantiser, unsigned place, const int32_t *sums,
                     unsigned count, uint32_t *activity)
{
    for (unsigned i = 0; i < count; i++) {
        int32_t steps = (int32_t)magnitude(quantiser, sums[i]);

        ln_bits_put(bits, place + i, sums[i] < 0 ? -steps : steps);
        if (activity)
            activity[i] += (uint32_t)steps;
    }
}

void ln_latents_put(const ln_bits *bits, const ln_quantiser *quantiser, unsigned place, const int32_t *sums,
                    unsigned count, uint32_t *activity)
{
    for (unsigned some; count > 0; place += some, sums += some, count -= some) {
        some = LN_GROUP - place % LN_GROUP;
        if (some > count)
            some = count;
        if (some == LN_GROUP)
            ln_latents_put_group(bits, quantiser, place, sums, activity);
        else
            put_part(bits, quantiser, place, sums, some, activity);
        if (activity)
            activity += some;
    }
}
