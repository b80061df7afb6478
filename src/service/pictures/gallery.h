/* Shows kept pictures to people, whichever model each was sent with, by the model's decoder for eyes. It
 * keeps the decoders that it has opened. */
#ifndef LN_SERVICE_PICTURES_GALLERY_H
#define LN_SERVICE_PICTURES_GALLERY_H

#include "service/settings/settings.h"
#include "service/store/store.h"

#include <limitnet/cloud.h>

#define LN_GALLERY_MODELS 4 /* that are kept open; older ones go */

/* Any number of threads may use it; they take turns. */
typedef struct ln_gallery ln_gallery;

/* Opens a gallery. Models are opened when a picture needs them.
 *   settings   must stay. `model` is looked at before ln_bundle_find looks for others; `people` are hidden in
 *              all that is shown
 * Null: memory is short. The caller's to ln_gallery_close. */
ln_gallery *ln_gallery_open(const ln_service_settings *settings);
void ln_gallery_close(ln_gallery *gallery);

/* Shows a picture with the frames that `kept` has: as it looks now, or as it was before.
 *   mark  1: with what was received, as for ln_render_kept
 *   png   receives the bytes of a PNG file, the caller's to free(); null after an error
 * Errors: those of ln_bundle_find, ln_decoder_open and ln_render_kept. */
ln_status ln_gallery_show(ln_gallery *gallery, const ln_kept *kept, int mark, uint8_t **png, size_t *size,
                          ln_error *error);

/* How many symbols a whole picture of a model has. Errors: those of ln_bundle_find and ln_decoder_open. */
ln_status ln_gallery_symbols(ln_gallery *gallery, uint32_t checksum, uint32_t *symbols, ln_error *error);

#endif
