/* The latent values of one picture, by binary digits (core/bits.h). */
#ifndef LN_DEVICE_LATENT_H
#define LN_DEVICE_LATENT_H

#include "core/bits.h"

typedef struct ln_latents {
    const ln_model *model;
    ln_bits *channel; /* of each channel; their groups follow in memory */
} ln_latents;

/* Bytes of memory for the values of a model if pointers have `pointer` bytes; a multiple of 4. */
size_t ln_latents_size(const ln_model *model, size_t pointer);

/* `memory` is aligned for pointers. */
void ln_latents_init(ln_latents *latents, const ln_model *model, void *memory);

/* How an output's sums become latent values (SPEC 1.3). */
typedef struct ln_quantiser {
    uint32_t multiplier;
    uint32_t rounding; /* in 1/2^32 of a step */
    uint32_t limit;
    uint32_t relu; /* all ones: values are not negative; 0: they may be */
} ln_quantiser;

/* Stores the values of `count` sums from a place on. All places before it were stored before.
 * The magnitudes are added to `activity`, place by place, if it is not null. */
void ln_latents_put(const ln_bits *bits, const ln_quantiser *quantiser, unsigned place, const int32_t *sums,
                    unsigned count, uint32_t *activity);

/* The same for a group: LN_GROUP sums, and `place` is a multiple of that. */
void ln_latents_put_group(const ln_bits *bits, const ln_quantiser *quantiser, unsigned place,
                          const int32_t *sums, uint32_t *activity);

#endif
