#include "service/render.h"

#include "cloud/picture.h"
#include "cloud/receiver.h"
#include "service/reception.h"
#include "service/render_mark.h"

#include <inttypes.h>
#include <stdlib.h>

/* The frames of a picture belong together already, so nothing is decided, and no time passes. */
static ln_status receive(ln_receiver *receiver, const ln_kept *kept, uint64_t *image, ln_error *error)
{
    ln_counter counter = {0};
    for (size_t i = 0; i < kept->count; i++) {
        const ln_arrival arrival = ln_reception_arrival(&counter, &kept->frames[i]);
        ln_status status =
            ln_receiver_restore(receiver, &arrival, kept->frames[i].payload, kept->frames[i].size, image);
        if (status == LN_ERR_MEMORY)
            return ln_fail_memory(error);
    }
    return LN_OK;
}

static ln_status draw(ln_decoder *decoder, const ln_model *model, const ln_image *image, int mark,
                      uint8_t **png, size_t *size, ln_error *error)
{
    ln_picture picture;
    ln_status status = ln_picture_make(&picture, model->width, model->height, error);
    if (status == LN_OK)
        status = ln_decoder_run(decoder, &image, 1, picture.rgb, error);
    if (status == LN_OK && mark)
        ln_render_mark(image, model, picture.rgb);
    if (status == LN_OK)
        status = ln_picture_encode_png(&picture, "picture", png, size, error);
    ln_picture_free(&picture);
    return status;
}

static ln_status render(const ln_kept *kept, const ln_model *model, ln_decoder *decoder, int mark,
                        uint8_t **png, size_t *size, ln_error *error)
{
    const ln_reception_config config = {.model = model, .idle_ms = 1};
    ln_receiver *receiver;
    uint64_t image = 0;
    ln_status status = ln_reception_open(&receiver, &config, NULL, error);
    if (status == LN_OK)
        status = receive(receiver, kept, &image, error);
    if (status == LN_OK)
        status = draw(decoder, model, ln_receiver_image(receiver, image), mark, png, size, error);
    ln_receiver_close(receiver);
    return status;
}

ln_status ln_render_kept(const ln_kept *kept, const ln_model *model, ln_decoder *decoder, int mark,
                         uint8_t **png, size_t *size, ln_error *error)
{
    const uint32_t checksum = kept->picture.row.model;
    *png = NULL;
    if (checksum != model->checksum)
        return ln_fail(error, LN_ERR_MISMATCH,
                       "picture %" PRId64 " was sent with another model, of checksum %08" PRIx32,
                       kept->picture.row.id, checksum);
    return render(kept, model, decoder, mark, png, size, error);
}

ln_status ln_render_picture(ln_store *store, const ln_model *model, ln_decoder *decoder, int64_t device,
                            int64_t id, uint8_t **png, size_t *size, ln_error *error)
{
    ln_kept kept;
    *png = NULL;
    if (ln_store_picture(store, device, id, &kept, error) != LN_DB_DONE)
        return LN_ERR_IO;
    ln_status status =
        kept.picture.row.id
            ? ln_render_kept(&kept, model, decoder, 0, png, size, error)
            : ln_fail(error, LN_ERR_IO, "device %" PRId64 " has no picture %" PRId64, device, id);
    ln_kept_free(&kept);
    return status;
}
