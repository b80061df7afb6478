/* The latent values of one picture, by binary digits (core/bits.h). */
#ifndef LN_DEVICE_LATENT_H
#define LN_DEVICE_LATENT_H

#include "core/bits.h"

typedef struct ln_latents {
    ln_bits *channel; /* of each channel; their groups follow in memory */
} ln_latents;

/* Bytes of memory that the values of a model need; a multiple of 4. */
size_t ln_latents_size(const ln_model *model);

/* `memory` is aligned for pointers. */
void ln_latents_init(ln_latents *latents, const ln_model *model, void *memory);

#endif
