/* From what was received to a picture: the decoder network, whatever is missing.
 *
 * The network is an ONNX file whose first dimension N, pictures at once, is free. For the stages of
 * the model that have latent channels, counted k = 0, 1, ... from the last stage to the first
 * (coarse grids first), C channels on a grid of h x w, it has the inputs
 *
 *   latent<k>   N x C x h x w   the value in the channel's finest steps; 0 where nothing is known
 *   known<k>    N x C x h x w   planes known from the base on / planes of the channel, 0 to 1
 *   map         N x 1 x 8 x 8   level / 31; 0 everywhere while the map is incomplete or has none
 *
 * and the output
 *
 *   picture     N x 3 x H x W   red, green, blue, 0 to 1; what lies outside is clipped */
#ifndef LN_CLOUD_DECODER_H
#define LN_CLOUD_DECODER_H

#include "cloud/error.h"

#include <limitnet/cloud.h>

typedef struct ln_decoder ln_decoder;

/* Opens the decoder of a model.
 *   decoder   receives the decoder, the caller's to ln_decoder_close; null after an error
 *   model     the caller's; must outlive the decoder
 *   path      the ONNX file
 * Errors: LN_ERR_IO (no such file, or its inputs and outputs do not fit the model),
 * LN_ERR_MEMORY. */
ln_status ln_decoder_open(ln_decoder **decoder, const ln_model *model, const char *path, ln_error *error);

/* Null is allowed. */
void ln_decoder_close(ln_decoder *decoder);

/* Decodes `count` pictures in one run.
 *   images   count pictures of receivers of the same model; null stands for one of which nothing
 *            has arrived
 *   rgb      receives count x height x width x 3 bytes (the model's picture size), RGB8
 * Errors: LN_ERR_ARGUMENT (count = 0, or an image of another model), LN_ERR_IO (the runtime
 * failed), LN_ERR_MEMORY. */
ln_status ln_decoder_run(ln_decoder *decoder, const ln_image *const *images, size_t count, uint8_t *rgb,
                         ln_error *error);

#endif
