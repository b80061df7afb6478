#include "device/camera.h"

#include "core/model.h"

/* Rank behind the part that everything else needs: the units before the map, and the map. */
static unsigned head_end(const ln_model *model)
{
    unsigned rank = model->layers ? LN_MAP_CELLS : 0;

    for (unsigned u = 0; u < model->before_map; u++)
        rank += ln_model_places(model, ln_model_unit(model, u).channel);
    return rank;
}

void ln_sender_begin(ln_camera *camera)
{
    camera->head_end = (uint16_t)head_end(camera->model);
    camera->rank = 0;
    camera->copies = 0;
    camera->copy_rank = 0;
    camera->copy_end = 0;
    camera->sent = 0;
    camera->head_sent = 0;
}

/* The order asks for its values here: it knows that they exist. */
static int value_of(void *context, unsigned channel, unsigned place)
{
    return ln_latents_get(context, channel, place);
}

ln_status ln_camera_packet(const ln_camera *camera, unsigned rank, size_t room, uint8_t *packet, size_t *size,
                           unsigned *next)
{
    ln_latents latents;

    if (camera == NULL || packet == NULL || size == NULL || next == NULL)
        return LN_ERR_ARGUMENT;
    if (camera->state != LN_CAMERA_DONE)
        return LN_ERR_STATE;
    latents = camera->network.latents;
    return ln_packet_write(camera->order, ln_camera_map(camera), value_of, &latents, camera->image, rank,
                           room, packet, size, next);
}

ln_status ln_camera_set_repeats(ln_camera *camera, unsigned repeats)
{
    if (camera == NULL || repeats > 7)
        return LN_ERR_ARGUMENT;
    camera->repeats = (uint8_t)repeats;
    return LN_OK;
}

/* What is repeated is fixed when twice the head's bytes have been sent. Copy number i, counted from 1, begins when 2^(i + 1)
 * times the head's bytes have been sent. */
static int copy_is_due(const ln_camera *camera)
{
    return camera->copy_end > 0 && camera->copies < camera->repeats &&
           camera->sent >= camera->head_sent << (camera->copies + 2);
}

ln_status ln_camera_next(ln_camera *camera, size_t room, uint8_t *packet, size_t *size)
{
    unsigned next;
    ln_status status;
    int copying;

    if (camera == NULL || packet == NULL || size == NULL || room < LN_MIN_PAYLOAD || room > LN_MAX_PAYLOAD)
        return LN_ERR_ARGUMENT;
    if (camera->state != LN_CAMERA_DONE)
        return LN_ERR_STATE;
    if (camera->rank == camera->model->symbols)
        return LN_END;
    copying = camera->copy_rank > 0 || copy_is_due(camera);
    status = ln_camera_packet(camera, copying ? camera->copy_rank : camera->rank, room, packet, size, &next);
    if (status != LN_OK)
        return status;
    camera->sent += (uint32_t)*size;
    if (copying) {
        camera->copy_rank = (uint16_t)(next < camera->copy_end ? next : 0);
        camera->copies = (uint8_t)(camera->copies + (next >= camera->copy_end));
    }
    if (next > camera->rank) /* a copy's last packet may go further than what was sent before */
        camera->rank = (uint16_t)next;
    if (camera->head_sent == 0 && camera->rank >= camera->head_end)
        camera->head_sent = camera->sent;
    if (camera->copy_end == 0 && camera->head_sent > 0 && camera->sent >= 2 * camera->head_sent)
        camera->copy_end = camera->rank;
    return LN_OK;
}
