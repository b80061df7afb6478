/* The network (SPEC 1 and 2.1): rows of pixels in, latent values and saliency out. */
#ifndef LN_DEVICE_NETWORK_H
#define LN_DEVICE_NETWORK_H

#include "device/conv.h"
#include "device/latent.h"

typedef struct ln_network {
    const ln_model *model;
    const ln_kernel *const *kernels;
    ln_conv *conv; /* the stages, or the layers of the saliency branch while that works */
    ln_latents latents;

    /* While a picture streams in. The branch works when the stages are done, in their memory. */
    uint8_t *tensor;   /* what the branch's stage passed on: bytes, row by row */
    uint8_t *chain;    /* the scratch, then the memory of the stages or of the branch's layers */
    uint8_t *saliency; /* bytes of the branch's last layer, row by row; then saliency (SPEC 2.1) */

    uint8_t choice[LN_MAX_STAGES + LN_MAX_LAYERS]; /* which of the kernels, for each stage and layer */
    uint8_t first; /* number of the first of `conv`: stages count from 0, the branch's layers go on */
} ln_network;

/* Convolution `index` of a network, with the instruction set `target`: the stages count from 0, the branch's
 * layers go on. */
ln_conv_task ln_network_task(const ln_model *model, unsigned index, unsigned target);

/* Bytes that stay in use between pictures, where pointers have `pointer` bytes. A multiple of 4. */
size_t ln_network_size(const ln_model *model, size_t pointer);

/* Bytes that are needed only while rows stream in, with the instruction set `target`; a multiple of 4. 0 if
 * no kernel suits some layer. */
size_t ln_network_stream_size(const ln_model *model, const ln_kernel *const *kernels, unsigned target);

/* `memory` is aligned for pointers. For each layer a kernel of the list suits it. */
void ln_network_init(ln_network *network, const ln_model *model, const ln_kernel *const *kernels,
                     void *memory);

/* Begins a picture; `stream` is 4-byte aligned and the network's until the picture's end. */
void ln_network_begin(ln_network *network, void *stream);

/* Takes a row of width x 3 bytes and does all work that it makes possible: the last row completes the latent
 * values. */
void ln_network_push(ln_network *network, const uint8_t *rgb);

/* How many rows are missing. */
unsigned ln_network_missing(const ln_network *network);

/* Runs the saliency branch on a complete picture, for a model that has one: the picture's map. To be called
 * once. */
void ln_network_map(ln_network *network, uint8_t levels[LN_MAP_CELLS]);

#endif
