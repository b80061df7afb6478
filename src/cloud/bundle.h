/* A trained model as it lies on the disk: a folder with
 *
 *   encoder.lnm    the model file (SPEC 7): what the camera and the receiver share
 *   decoder.onnx   the network that turns what was received into a picture (cloud/decoder.h) */
#ifndef LN_CLOUD_BUNDLE_H
#define LN_CLOUD_BUNDLE_H

#include "cloud/error.h"

#include <limitnet/core.h>

#define LN_DEFAULT_MODEL "pyramid-224"

typedef struct ln_bundle {
    ln_model model;
    char *encoder_path; /* the model file */
    char *decoder_path; /* beside it; may be missing: only decoding needs it */
    uint8_t *bytes;     /* the model file's content, which `model` points into */
} ln_bundle;

/* Finds a model and reads its model file.
 *   bundle   receives it, the caller's to ln_bundle_close, and must stay where it is while `model`
 *            is in use; empty after an error
 *   name     a folder, a model file, or the name of a folder in $LIMITNET_MODELS, in ./models or in
 *            the place where models were installed, in this order; null for LN_DEFAULT_MODEL
 * Errors: LN_ERR_IO (not found, unreadable), LN_ERR_MODEL, LN_ERR_VERSION, LN_ERR_MEMORY. */
ln_status ln_bundle_open(ln_bundle *bundle, const char *name, ln_error *error);

/* Looks for a folder `name` in the same three places. *path receives its path in fresh memory, the caller's to free(),
 * or null when none of them has it. Errors: LN_ERR_MEMORY. */
ln_status ln_bundle_look(const char *name, char **path, ln_error *error);

/* Allowed on an empty bundle. */
void ln_bundle_close(ln_bundle *bundle);

#endif
