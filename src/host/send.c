#include "host/send.h"

#include "cloud/error.h"
#include "host/shot.h"

ln_status ln_read_fitted(const ln_model *model, const char *path, int crop, ln_picture *picture,
                         ln_error *error)
{
    *picture = (ln_picture){0};
    ln_picture original;
    ln_status status = ln_picture_read(&original, path, error);
    if (status != LN_OK)
        return status;
    status = ln_picture_resize(&original, model->width, model->height, crop ? LN_FIT_CROP : LN_FIT_STRETCH,
                               picture, error);
    ln_picture_free(&original);
    return status;
}

/* Asks for packets until everything is sent, or until the bytes that are left hold no packet. */
static ln_status collect(ln_camera *camera, const ln_sending *how, ln_stream *stream, ln_error *error)
{
    for (;;) {
        uint64_t left = how->max_bytes - stream->packet_bytes;
        size_t room = (size_t)(left < how->mtu ? left : how->mtu);
        if (room < ln_least_mtu(how))
            return LN_OK;
        uint8_t packet[LN_MAX_PAYLOAD];
        size_t size;
        ln_status status = ln_camera_next(camera, room, packet, &size);
        if (status == LN_END)
            return LN_OK;
        if (status != LN_OK)
            return ln_fail(error, status, "the camera failed: %s", ln_status_text(status));
        status = ln_stream_add(stream, packet, size, error);
        if (status != LN_OK)
            return status;
    }
}

static ln_status send_picture(const ln_model *model, const ln_picture *picture, const ln_sending *how,
                              ln_stream *stream, ln_error *error)
{
    ln_shot shot;
    ln_status status = ln_shot_take(&shot, model, picture, (unsigned)how->protection, how->check, error);
    if (status == LN_OK)
        status = collect(shot.camera, how, stream, error);
    ln_shot_free(&shot);
    return status;
}

unsigned ln_least_mtu(const ln_sending *how)
{
    return LN_MIN_PAYLOAD + (how->check && how->protection > 0 ? LN_CHECK_SIZE : 0);
}

void ln_suit_loss(ln_sending *how, uint32_t loss)
{
    uint64_t share = ((uint64_t)loss * 4 + 15000) / 30000;
    if (how->protection == LN_PROTECTION_OF_LOSS)
        how->protection = share < LN_MOST_PROTECTION ? share : LN_MOST_PROTECTION;
}

ln_status ln_send_file(const ln_model *model, const char *path, const ln_sending *how, ln_stream *stream,
                       ln_error *error)
{
    *stream = (ln_stream){.checksum = model->checksum};
    ln_picture picture;
    ln_status status = ln_read_fitted(model, path, how->crop, &picture, error);
    if (status != LN_OK)
        return status;
    status = send_picture(model, &picture, how, stream, error);
    ln_picture_free(&picture);
    if (status != LN_OK)
        ln_stream_free(stream);
    return status;
}
