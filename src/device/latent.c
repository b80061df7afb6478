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
