#include "device/latent.h"

static unsigned stage_channels(const ln_layer *stage)
{
    return (unsigned)stage->outputs - stage->pass;
}

static ln_storage storage_of(const ln_model *model, const ln_layer *stage)
{
    int relu = stage->activation == LN_ACTIVATION_RELU;

    for (unsigned i = 0; i < stage_channels(stage); i++)
        if (model->channel[stage->first_channel + i].limit > (relu ? UINT8_MAX : INT8_MAX))
            return LN_STORED_INT16;
    return relu ? LN_STORED_UINT8 : LN_STORED_INT8;
}

/* Words of one channel. */
static unsigned words_of(const ln_model *model, const ln_layer *stage)
{
    unsigned places = (unsigned)stage->width * stage->height;

    return storage_of(model, stage) == LN_STORED_INT16 ? places : (places + 1) / 2;
}

size_t ln_latents_size(const ln_model *model)
{
    size_t words = 0;

    for (unsigned i = 0; i < model->stages; i++)
        words += stage_channels(&model->stage[i]) * words_of(model, &model->stage[i]);
    return (2 * words + 3) / 4 * 4;
}

void ln_latents_init(ln_latents *latents, const ln_model *model, void *memory)
{
    unsigned first = 0;

    latents->model = model;
    latents->words = memory;
    for (unsigned i = 0; i < model->stages; i++) {
        const ln_layer *stage = &model->stage[i];

        latents->stage[i].first = (uint16_t)first;
        latents->stage[i].words = (uint16_t)words_of(model, stage);
        latents->stage[i].storage = (uint8_t)storage_of(model, stage);
        first += stage_channels(stage) * words_of(model, stage);
    }
}

static const ln_stage_latents *stage_of(const ln_latents *latents, unsigned channel)
{
    return &latents->stage[latents->model->channel[channel].stage];
}

static int16_t *values_of(const ln_latents *latents, unsigned channel)
{
    const ln_layer *stage = &latents->model->stage[latents->model->channel[channel].stage];
    const ln_stage_latents *lie = stage_of(latents, channel);

    return latents->words + lie->first + (channel - stage->first_channel) * lie->words;
}

ln_stored ln_latents_stored(const ln_latents *latents, unsigned channel)
{
    ln_stored stored = {values_of(latents, channel), (ln_storage)stage_of(latents, channel)->storage};

    return stored;
}

ln_storing ln_latents_storing(const ln_latents *latents, unsigned channel, unsigned place)
{
    const ln_stage_latents *lie = stage_of(latents, channel);
    ln_storing storing = {values_of(latents, channel), (ln_storage)lie->storage,
                          lie->words * sizeof(int16_t)};
    size_t bytes = storing.storage == LN_STORED_INT16 ? sizeof(int16_t) : 1;

    storing.values = (uint8_t *)storing.values + place * bytes;
    return storing;
}

int ln_latents_get(const ln_latents *latents, unsigned channel, unsigned place)
{
    ln_stored stored = ln_latents_stored(latents, channel);

    return ln_stored_at(&stored, place);
}
