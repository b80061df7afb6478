/* The network (SPEC 1 and 2.1): rows of pixels in, latent values and saliency out. */
#ifndef LN_DEVICE_NETWORK_H
#define LN_DEVICE_NETWORK_H

#include "device/activity.h"
#include "device/conv.h"
#include "device/latent.h"

typedef struct ln_network {
    const ln_model *model;
    const ln_kernel *const *kernels;
    ln_conv *conv; /* the stages; while the saliency branch works, its layers */
    ln_latents latents;

    /* In use while a picture streams in. The branch works after the stages, in the same memory. */
    ln_activity activity; /* if that is the model's map */
    uint8_t *tensor;      /* what the branch's stage passed on: bytes, row by row */
    uint8_t *chain;       /* the scratch, then the memory of the stages or of the branch's layers */
    uint8_t *saliency;    /* output of the branch's last layer, row by row; later the saliency (SPEC 2.1) */

    uint8_t choice[LN_MAX_STAGES + LN_MAX_LAYERS]; /* each convolution's kernel: a number in `kernels` */
    uint8_t first;                                 /* number of the first convolution in `conv` */
} ln_network;

/* The task of a convolution, with the instruction set `target`. Numbers begin with the stages, from 0 on,
 * and go on with the branch's layers. */
ln_conv_task ln_network_task(const ln_model *model, unsigned index, unsigned target);

/* Bytes that stay in use between pictures if pointers have `pointer` bytes; a multiple of 4. */
size_t ln_network_size(const ln_model *model, size_t pointer);

/* Bytes that are in use only while a picture streams in, with the instruction set `target`; a multiple of 4.
 * 0 if some layer has no kernel that suits it. */
size_t ln_network_stream_size(const ln_model *model, const ln_kernel *const *kernels, unsigned target);

/* `memory` is aligned for pointers. Every layer has a kernel that suits it. */
void ln_network_init(ln_network *network, const ln_model *model, const ln_kernel *const *kernels,
                     void *memory);

/* Begins a picture. `stream` is 4-byte aligned, and in use until the picture's end. */
void ln_network_begin(ln_network *network, void *stream);

/* Takes a row of width x 3 bytes and does all the work that it makes possible. The last row completes the
 * latent values. */
void ln_network_push(ln_network *network, const uint8_t *rgb);

/* Rows of the picture that are still to come. */
unsigned ln_network_missing(const ln_network *network);

/* Makes the map of a complete picture, if the model has a saliency branch. To be called once. */
void ln_network_map(ln_network *network, uint8_t levels[LN_MAP_CELLS]);

#endif
