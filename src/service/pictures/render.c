#include "service/pictures/render.h"

#include "cloud/picture.h"
#include "cloud/receiver.h"
#include "service/worker/reception.h"
#include "service/pictures/render_mark.h"

#include <inttypes.h>
#include <stdlib.h>

typedef struct rendering {
    const ln_kept *kept;
    const ln_model *model;
    ln_decoder *decoder;
    const ln_people *people;
    int mark;
    ln_answer answer; /* where people are */
} rendering;

/* The frames of a picture belong together already, so nothing is decided, and no time passes.
 *   count   of the frames; becomes that of those with which no more than `most` symbols are known */
static ln_status receive(ln_receiver *receiver, const ln_kept *kept, uint32_t most, size_t *count,
                         uint64_t *image, ln_error *error)
{
    ln_counter counter = {0};
    for (size_t i = 0; i < *count; i++) {
        const ln_arrival arrival = ln_reception_arrival(&counter, &kept->frames[i]);
        ln_image_info info = {0};
        ln_status status =
            ln_receiver_restore(receiver, &arrival, kept->frames[i].payload, kept->frames[i].size, image);
        if (status == LN_ERR_MEMORY)
            return ln_fail_memory(error);
        if (*image)
            ln_image_get_info(ln_receiver_image(receiver, *image), &info);
        if (info.symbols > most)
            *count = i;
    }
    return LN_OK;
}

static ln_status draw(const rendering *r, const ln_image *image, uint8_t **png, size_t *size, ln_error *error)
{
    ln_picture picture;
    ln_status status = ln_picture_make(&picture, r->model->width, r->model->height, error);
    if (status == LN_OK)
        status = ln_decoder_run(r->decoder, &image, 1, picture.rgb, error);
    if (status == LN_OK && r->mark)
        ln_render_mark(image, r->model, picture.rgb);
    if (status == LN_OK && ln_people_matter(r->people))
        ln_people_blur(r->people, &r->answer, &picture);
    if (status == LN_OK)
        status = ln_picture_encode_png(&picture, "picture", png, size, error);
    ln_picture_free(&picture);
    return status;
}

/* Shows `count` of the frames if no more than `most` symbols are known with them; else the count is lowered,
 * and nothing is shown. */
static ln_status show(const rendering *r, uint32_t most, size_t *count, uint8_t **png, size_t *size,
                      ln_error *error)
{
    const ln_reception_config config = {.model = r->model, .idle_ms = 1};
    const size_t before = *count;
    ln_receiver *receiver;
    uint64_t image = 0;
    ln_status status = ln_reception_open(&receiver, &config, NULL, error);
    if (status == LN_OK)
        status = receive(receiver, r->kept, most, count, &image, error);
    if (status == LN_OK && *count == before)
        status = draw(r, ln_receiver_image(receiver, image), png, size, error);
    ln_receiver_close(receiver);
    return status;
}

/* What came after the vision model's look may show people that it did not see. */
static ln_status render(rendering *r, uint8_t **png, size_t *size, ln_error *error)
{
    const ln_picture_row *row = &r->kept->picture.row;
    const int is_hidden = ln_people_matter(r->people);
    size_t count = r->kept->count;
    ln_status status = is_hidden ? ln_people_admit(r->people, row, &r->answer, error) : LN_OK;
    if (status == LN_OK)
        status = show(r, is_hidden ? row->seen : UINT32_MAX, &count, png, size, error);
    if (status == LN_OK && !*png)
        status = show(r, UINT32_MAX, &count, png, size, error);
    ln_answer_free(&r->answer);
    return status;
}

ln_status ln_render_kept(const ln_kept *kept, const ln_model *model, ln_decoder *decoder,
                         const ln_people *people, int mark, uint8_t **png, size_t *size, ln_error *error)
{
    const uint32_t checksum = kept->picture.row.model;
    *png = NULL;
    if (checksum != model->checksum)
        return ln_fail(error, LN_ERR_MISMATCH,
                       "picture %" PRId64 " was sent with another model, of checksum %08" PRIx32,
                       kept->picture.row.id, checksum);
    return render(
        &(rendering){.kept = kept, .model = model, .decoder = decoder, .people = people, .mark = mark}, png,
        size, error);
}

ln_status ln_render_picture(ln_store *store, const ln_model *model, ln_decoder *decoder,
                            const ln_people *people, int64_t device, int64_t id, uint8_t **png, size_t *size,
                            ln_error *error)
{
    ln_kept kept;
    *png = NULL;
    if (ln_store_picture(store, device, id, &kept, error) != LN_DB_DONE)
        return LN_ERR_IO;
    ln_status status =
        kept.picture.row.id
            ? ln_render_kept(&kept, model, decoder, people, 0, png, size, error)
            : ln_fail(error, LN_ERR_IO, "device %" PRId64 " has no picture %" PRId64, device, id);
    ln_kept_free(&kept);
    return status;
}
