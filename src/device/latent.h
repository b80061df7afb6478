/* The latent values of one picture. They take a byte each if the limits of all channels of their stage allow
 * it, otherwise two. */
#ifndef LN_DEVICE_LATENT_H
#define LN_DEVICE_LATENT_H

#include "core/packet.h"

/* Where the values of a stage's channels lie, one channel after the other. Words have two bytes. */
typedef struct ln_stage_latents {
    uint16_t first; /* word at which they begin: a model has fewer than 2^16 values */
    uint16_t words; /* words of each channel */
    uint8_t storage;
} ln_stage_latents;

typedef struct ln_latents {
    const ln_model *model;
    int16_t *words;
    ln_stage_latents stage[LN_MAX_STAGES];
} ln_latents;

/* Bytes of memory for the values of a model; a multiple of 4. */
size_t ln_latents_size(const ln_model *model);

/* `memory` is 2-byte aligned. */
void ln_latents_init(ln_latents *latents, const ln_model *model, void *memory);

int ln_latents_get(const ln_latents *latents, unsigned channel, unsigned place);

/* Where the values of a channel lie. */
ln_stored ln_latents_stored(const ln_latents *latents, unsigned channel);

/* Where the values of a channel go, from some place on. The stage's next channel is `step` bytes further. */
typedef struct ln_storing {
    void *values;
    ln_storage storage;
    size_t step;
} ln_storing;

ln_storing ln_latents_storing(const ln_latents *latents, unsigned channel, unsigned place);

#endif
