#include "device/latent.h"

/* Bytes of the groups of all channels. */
static size_t groups_size(const ln_model *model)
{
    size_t size = LN_BITS_SLACK;

    for (unsigned c = 0; c < model->channels; c++)
        size += ln_bits_size(model, c);
    return (size + 3) / 4 * 4;
}

size_t ln_latents_size(const ln_model *model)
{
    return model->channels * sizeof(ln_bits) + groups_size(model);
}

void ln_latents_init(ln_latents *latents, const ln_model *model, void *memory)
{
    uint8_t *groups;

    latents->channel = memory;
    groups = (uint8_t *)(latents->channel + model->channels);
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

/* A whole group, of magnitudes below 256. Where a magnitude is 0 the sign does not matter. */
static inline void put_group(const ln_bits *bits, const ln_quantiser *q, unsigned place, const int32_t *sums,
                             uint32_t *activity)
{
    ln_square all = {0, 0};
    uint32_t signs = 0;

    for (unsigned i = 0; i < LN_GROUP; i++) {
        uint32_t steps = magnitude(q, sums[i]);

        if (i < 4)
            all.low |= steps << 8 * i;
        else
            all.high |= steps << (8 * i - 32);
        signs |= (uint32_t)sums[i] >> 31 << i;
    }
    for (unsigned i = 0; activity && i < LN_GROUP; i++)
        activity[i] += (i < 4 ? all.low >> 8 * i : all.high >> (8 * i - 32)) & 255;
    ln_bits_put_group(bits, place, all, signs);
}

void ln_latents_put(const ln_bits *bits, const ln_quantiser *quantiser, unsigned place, const int32_t *sums,
                    unsigned count, uint32_t *activity)
{
    int32_t values[LN_GROUP];

    if (count == LN_GROUP && place % LN_GROUP == 0 && bits->count <= 8) {
        put_group(bits, quantiser, place, sums, activity);
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        int32_t steps = (int32_t)magnitude(quantiser, sums[i]);

        values[i] = sums[i] < 0 ? -steps : steps;
        if (activity)
            activity[i] += (uint32_t)steps;
    }
    ln_bits_put(bits, place, values, count);
}
