#include "device/latent.h"

#include <string.h>

/* Bytes of the digits of all channels. */
static size_t digits_size(const ln_model *model)
{
    size_t size = LN_BITS_SLACK;

    for (unsigned c = 0; c < model->channels; c++) {
        ln_bits bits = ln_bits_of(model, c, NULL);

        size += ln_bits_size(&bits);
    }
    return (size + 3) / 4 * 4;
}

size_t ln_latents_size(const ln_model *model)
{
    return model->channels * sizeof(ln_bits) + digits_size(model);
}

void ln_latents_init(ln_latents *latents, const ln_model *model, void *memory)
{
    uint8_t *digits;

    latents->model = model;
    latents->channel = memory;
    digits = (uint8_t *)(latents->channel + model->channels);
    for (unsigned c = 0; c < model->channels; c++) {
        latents->channel[c] = ln_bits_of(model, c, digits);
        digits += ln_bits_size(&latents->channel[c]);
    }
}

void ln_latents_clear(const ln_latents *latents)
{
    memset(latents->channel + latents->model->channels, 0, digits_size(latents->model));
}
