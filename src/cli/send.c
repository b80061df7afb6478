#include "cli/send.h"

#include "cloud/picture.h"

#include <limitnet/device.h>

#include <stdlib.h>

/* Reads a picture and makes it as large as the model wants it. */
static ln_status read_picture(const ln_model *model, const char *path, int crop, ln_picture *picture,
                              ln_error *error)
{
    ln_picture original;
    ln_status status = ln_picture_read(&original, path, error);
    if (status != LN_OK)
        return status;
    status = ln_picture_resize(&original, model->width, model->height, crop ? LN_FIT_CROP : LN_FIT_STRETCH,
                               picture, error);
    ln_picture_free(&original);
    return status;
}

static ln_status take_picture(ln_camera *camera, const ln_picture *picture, unsigned repeats)
{
    size_t bytes = (size_t)picture->width * picture->height * 3;
    ln_status status = ln_camera_begin(camera, 0);
    if (status == LN_OK)
        status = ln_camera_push_rows(camera, picture->rgb, bytes, picture->height);
    if (status == LN_OK)
        status = ln_camera_finish(camera);
    if (status == LN_OK)
        status = ln_camera_set_repeats(camera, repeats);
    return status;
}

/* Asks for packets until everything is sent or the room that is left holds none. */
static ln_status collect(ln_camera *camera, const cli_sending *how, ln_stream *stream, ln_error *error)
{
    for (;;) {
        uint64_t left = how->max_bytes - stream->packet_bytes;
        size_t room = (size_t)(left < how->mtu ? left : how->mtu);
        if (room < LN_MIN_PAYLOAD)
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

static ln_status send_picture(const ln_model *model, const ln_picture *picture, const cli_sending *how,
                              ln_stream *stream, ln_error *error)
{
    size_t size = ln_camera_size(model);
    void *memory = malloc(size);
    if (!memory)
        return ln_fail_memory(error);
    ln_camera *camera;
    ln_status status = ln_camera_init(&camera, model, memory, size);
    if (status == LN_OK)
        status = take_picture(camera, picture, (unsigned)how->repeats);
    if (status == LN_OK)
        status = collect(camera, how, stream, error);
    else
        ln_fail(error, status, "the camera failed: %s", ln_status_text(status));
    free(memory);
    return status;
}

ln_status cli_send(const ln_model *model, const char *path, const cli_sending *how, ln_stream *stream,
                   ln_error *error)
{
    *stream = (ln_stream){0};
    ln_picture picture;
    ln_status status = read_picture(model, path, how->crop, &picture, error);
    if (status != LN_OK)
        return status;
    status = send_picture(model, &picture, how, stream, error);
    ln_picture_free(&picture);
    if (status != LN_OK)
        ln_stream_free(stream);
    return status;
}
