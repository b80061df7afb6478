#include "host/send.h"

#include "cloud/error.h"
#include "host/shot.h"

ln_status ln_fit_picture(const ln_model *model, const ln_picture *picture, int crop, ln_picture *fitted,
                         ln_error *error)
{
    ln_fit fit = crop ? LN_FIT_CROP : LN_FIT_STRETCH;
    return ln_picture_resize(picture, model->width, model->height, fit, fitted, error);
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

unsigned ln_least_mtu(const ln_sending *how)
{
    return LN_MIN_PAYLOAD + (how->check && how->protection > 0 ? LN_CHECK_SIZE : 0);
}

void ln_suit_loss(ln_sending *how, uint32_t loss)
{
    if (how->protection == LN_PROTECTION_OF_LOSS)
        how->protection = ln_share_for_loss((unsigned)(((uint64_t)loss * 256 + 500000) / 1000000));
}

ln_status ln_send_picture(const ln_model *model, const ln_picture *picture, const ln_sending *how,
                          ln_stream *stream, ln_error *error)
{
    *stream = (ln_stream){.checksum = model->checksum};
    ln_picture fitted;
    ln_shot shot = {0};
    ln_status status = ln_fit_picture(model, picture, how->crop, &fitted, error);
    if (status == LN_OK)
        status = ln_shot_take(&shot, model, &fitted, (unsigned)how->protection, how->check, error);
    if (status == LN_OK)
        status = collect(shot.camera, how, stream, error);
    ln_shot_free(&shot);
    ln_picture_free(&fitted);
    if (status != LN_OK)
        ln_stream_free(stream);
    return status;
}
