#include "device/camera.h"

void ln_sender_begin(ln_camera *camera)
{
    camera->rank = 0;
    ln_protection_begin(&camera->protection);
}

static ln_stored values_of(void *context, unsigned channel)
{
    return ln_latents_stored(context, channel);
}

ln_status ln_camera_packet(const ln_camera *camera, unsigned rank, size_t room, uint8_t *packet, size_t *size,
                           unsigned *next)
{
    ln_latents latents;

    if (!camera || !packet || !size || !next)
        return LN_ERR_ARGUMENT;
    if (camera->state != LN_CAMERA_DONE)
        return LN_ERR_STATE;
    latents = camera->network.latents;
    return ln_packet_write(camera->order, ln_camera_map(camera), values_of, &latents, camera->image, rank,
                           room, packet, size, next);
}

ln_status ln_camera_protect(ln_camera *camera, unsigned share, void *memory, size_t size)
{
    if (!camera || share > LN_MOST_PROTECTION || (share > 0 && !memory))
        return LN_ERR_ARGUMENT;
    if (share > 0 && size < LN_MAX_PAYLOAD)
        return LN_ERR_SPACE;
    camera->protection.share = (uint8_t)share;
    camera->protection.memory = memory;
    camera->protection.size = size;
    ln_sender_begin(camera);
    return LN_OK;
}

/* The next symbols in a numbered packet. The repair packets of its window must fit into the same room, and
 * are a byte longer. */
static ln_status next_numbered(ln_camera *camera, size_t room, uint8_t *packet, size_t *size, unsigned *next)
{
    ln_status status = ln_camera_packet(camera, camera->rank, room - 2, packet + 1, size, next);

    if (status == LN_OK)
        *size = ln_protection_number(&camera->protection, packet, *size);
    return status;
}

ln_status ln_camera_next(ln_camera *camera, size_t room, uint8_t *packet, size_t *size)
{
    unsigned next;
    ln_status status;

    if (!camera || !packet || !size || room < LN_MIN_PAYLOAD || room > LN_MAX_PAYLOAD)
        return LN_ERR_ARGUMENT;
    if (camera->state != LN_CAMERA_DONE)
        return LN_ERR_STATE;
    if (ln_protection_due(&camera->protection, room)) {
        uint8_t first = (uint8_t)(camera->model->tag << 4 | camera->image);

        *size = ln_protection_write(&camera->protection, first, packet);
        return LN_OK;
    }
    if (ln_protection_on(&camera->protection))
        status = next_numbered(camera, room, packet, size, &next);
    else
        status = ln_camera_packet(camera, camera->rank, room, packet, size, &next);
    if (status == LN_OK)
        camera->rank = (uint16_t)next;
    return status;
}
