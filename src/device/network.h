/* The network (SPEC 1 and 2.1): rows of pixels in, latent values and saliency out. */
#ifndef LN_DEVICE_NETWORK_H
#define LN_DEVICE_NETWORK_H

#include "device/activity.h"
#include "device/conv.h"
#include "device/latent.h"

typedef struct ln_network {
    const ln_model *model;
    ln_conv *conv;        /* the stages, or the layers of the saliency branch while that works */
    ln_symmetry symmetry; /* of the first stage, if it is folded */
    uint8_t folds;        /* whether it is */
    uint8_t first; /* number of the first of `conv`: the stages count from 0, the branch's layers go on */
    ln_latents latents;

    /* Only while a picture streams in. The branch works when the stages are done, in their memory. */
    ln_activity activity; /* for a model with such a map */
    uint8_t *tensor;      /* what its stage passed on: bytes, row by row */
    uint8_t *chain;       /* the stages' or the branch's convolutions */
    uint8_t *saliency;    /* bytes of the branch's last layer, row by row; then saliency (SPEC 2.1) */
} ln_network;

/* Bytes that stay in use between pictures, and bytes that are needed only while rows stream. Multiples of 4.
 */
size_t ln_network_size(const ln_model *model);
size_t ln_network_stream_size(const ln_model *model);

/* `memory` is aligned for pointers. */
void ln_network_init(ln_network *network, const ln_model *model, void *memory);

/* Begins a picture; `stream` is 4-byte aligned and the network's until the picture's end. */
void ln_network_begin(ln_network *network, void *stream);

/* Takes a row of width x 3 bytes and does all work that it makes possible: the last row completes the latent
 * values. */
void ln_network_push(ln_network *network, const uint8_t *rgb);

/* Rows that are missing. */
unsigned ln_network_missing(const ln_network *network);

/* Runs the saliency branch on a complete picture, for a model that has one: the picture's map. To be called
 * once. */
void ln_network_map(ln_network *network, uint8_t levels[LN_MAP_CELLS]);

#endif
