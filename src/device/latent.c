#include "device/latent.h"

static ln_storage storage_of(const ln_model *model, unsigned channel)
{
    int relu = model->stage[model->channel[channel].stage].activation == LN_ACTIVATION_RELU;

    if (model->channel[channel].limit > (relu ? UINT8_MAX : INT8_MAX))
        return LN_STORED_INT16;
    return relu ? LN_STORED_UINT8 : LN_STORED_INT8;
}

static unsigned words_of(const ln_model *model, unsigned channel)
{
    unsigned places = ln_model_places(model, channel);

    return storage_of(model, channel) == LN_STORED_INT16 ? places : (places + 1) / 2;
}

size_t ln_latents_size(const ln_model *model)
{
    size_t words = model->channels; /* the table of first words */

    for (unsigned c = 0; c < model->channels; c++)
        words += words_of(model, c);
    return (2 * words + 3) / 4 * 4;
}

void ln_latents_init(ln_latents *latents, const ln_model *model, void *memory)
{
    unsigned first = 0;

    latents->model = model;
    latents->first = memory;
    latents->words = (int16_t *)memory + model->channels;
    for (unsigned c = 0; c < model->channels; c++) {
        latents->first[c] = (uint16_t)first; /* a model has fewer than 2^16 values */
        first += words_of(model, c);
    }
}

static int32_t limited(int32_t value, int32_t limit)
{
    return value > limit ? limit : value < -limit ? -limit : value;
}

void ln_latents_set(const ln_latents *latents, unsigned channel, unsigned place, const int32_t *values,
                    unsigned count)
{
    int16_t *words = latents->words + latents->first[channel];
    int limit = latents->model->channel[channel].limit;

    if (storage_of(latents->model, channel) == LN_STORED_INT16) {
        for (unsigned i = 0; i < count; i++)
            words[place + i] = (int16_t)limited(values[i], limit);
    } else {
        for (unsigned i = 0; i < count; i++)
            ((uint8_t *)words)[place + i] = (uint8_t)limited(values[i], limit);
    }
}

ln_stored ln_latents_stored(const ln_latents *latents, unsigned channel)
{
    ln_stored stored = {latents->words + latents->first[channel], storage_of(latents->model, channel)};

    return stored;
}

int ln_latents_get(const ln_latents *latents, unsigned channel, unsigned place)
{
    ln_stored stored = ln_latents_stored(latents, channel);

    return ln_stored_at(&stored, place);
}
