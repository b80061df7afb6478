#include "host/shot.h"

#include "cloud/error.h"
#include "device/camera.h"

#include <stdlib.h>

static ln_status encode(ln_camera *camera, const ln_picture *picture)
{
    size_t bytes = (size_t)picture->width * picture->height * 3;
    ln_status status = ln_camera_begin(camera, 0);
    if (status == LN_OK)
        status = ln_camera_push_rows(camera, picture->rgb, bytes, picture->height);
    if (status == LN_OK)
        status = ln_camera_finish(camera);
    return status;
}

/* The protection's memory comes first: its size keeps the camera's memory aligned. */
ln_status ln_shot_take(ln_shot *shot, const ln_model *model, const ln_picture *picture, unsigned protection,
                       int check, ln_error *error)
{
    size_t size = ln_camera_size(model, ln_all_kernels);
    *shot = (ln_shot){.memory = malloc(LN_PROTECTION_BYTES + size)};
    if (!shot->memory)
        return ln_fail_memory(error);
    uint8_t *rest = (uint8_t *)shot->memory + LN_PROTECTION_BYTES;
    ln_status status = ln_camera_init(&shot->camera, model, ln_all_kernels, rest, size);
    if (status == LN_OK)
        status = encode(shot->camera, picture);
    if (status == LN_OK)
        status = ln_camera_check(shot->camera, check);
    if (status == LN_OK)
        status = ln_camera_protect(shot->camera, protection, shot->memory, LN_PROTECTION_BYTES);
    if (status == LN_OK)
        return LN_OK;
    ln_shot_free(shot);
    return ln_fail(error, status, "the camera failed: %s", ln_status_text(status));
}

void ln_shot_rewind(const ln_shot *shot, unsigned protection)
{
    ln_camera_protect(shot->camera, protection, shot->memory, LN_PROTECTION_BYTES);
}

void ln_shot_repeat(const ln_shot *shot, unsigned number, unsigned protection)
{
    shot->camera->picture = (uint16_t)number;
    ln_shot_rewind(shot, protection);
}

void ln_shot_free(ln_shot *shot)
{
    free(shot->memory);
    *shot = (ln_shot){0};
}
