/* A picture that is kept, as it looks now: for alarms and the page. */
#ifndef LN_SERVICE_PICTURES_RENDER_H
#define LN_SERVICE_PICTURES_RENDER_H

#include "service/pictures/people.h"

#include <limitnet/cloud.h>

/* Shows a picture with all frames that have come to it, with any decoder of the model that it was sent with.
 * People that are to be hidden are; then it is shown as it was when the vision model saw it.
 *   people       null: nobody is to be hidden
 *   device, id   of the picture
 *   png          receives the bytes of a PNG file, the caller's to free(); null after an error
 * Errors: LN_ERR_IO (there is no such picture, or the store failed), LN_ERR_MISMATCH (it was sent with
 * another model, which the message names: ln_bundle_find finds that by its checksum), LN_ERR_MEMORY, and
 * those of ln_people_admit and ln_decoder_run. */
ln_status ln_render_picture(ln_store *store, const ln_model *model, ln_decoder *decoder,
                            const ln_people *people, int64_t device, int64_t id, uint8_t **png, size_t *size,
                            ln_error *error);

/* The same for a picture that was read already.
 *   mark   1: shows what was received, and what the decoder made up (ln_render_mark) */
ln_status ln_render_kept(const ln_kept *kept, const ln_model *model, ln_decoder *decoder,
                         const ln_people *people, int mark, uint8_t **png, size_t *size, ln_error *error);

#endif
