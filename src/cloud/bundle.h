/* What programs here know of models beyond cloud.h. */
#ifndef LN_CLOUD_BUNDLE_H
#define LN_CLOUD_BUNDLE_H

#include <limitnet/cloud.h>

#define LN_MODEL_FILE_BYTES ((size_t)16 << 20) /* the largest model file that is read */

/* Opens a model file in memory. It has no decoder.
 *   bundle   the caller's to release with ln_bundle_close; empty after an error
 *   bytes    to free(); becomes the bundle's, or is freed after an error
 *   name     of the file, for messages
 * Errors: LN_ERR_MODEL, LN_ERR_VERSION, LN_ERR_MEMORY. */
ln_status ln_bundle_take(ln_bundle *bundle, uint8_t *bytes, size_t size, const char *name, ln_error *error);

/* Whether a model has a decoder for eyes of its own. */
int ln_bundle_has_eyes(const ln_bundle *bundle);

#endif
