#include "device/camera.h"

#include "core/model.h"

/* A copy of the map begins with a packet of this size and grows in these steps until the map fits: so it carries
 * little else. 64 levels take 20 to 40 bytes. */
#define COPY_ROOM 26
#define COPY_STEP 4

void ln_sender_begin(ln_camera *camera)
{
    const ln_model *model = camera->model;
    unsigned rank = 0;

    for (unsigned u = 0; u < model->before_map; u++)
        rank += ln_model_places(model, ln_model_unit(model, u).channel);
    camera->map_rank = (uint16_t)rank;
    camera->copy_rank = (uint16_t)rank;
    camera->copies = 0;
    camera->rank = 0;
    camera->sent = 0;
    camera->map_sent = 0;
}

static unsigned map_end(const ln_camera *camera)
{
    return camera->map_rank + LN_MAP_CELLS;
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

static int copy_is_due(const ln_camera *camera)
{
    if (camera->copy_rank != camera->map_rank)
        return 1; /* one has begun */
    return camera->map_sent > 0 && camera->copies < camera->repeats &&
           camera->sent >= camera->map_sent << (camera->copies + 1);
}

/* A packet of a copy of the map. A small room takes several. */
static ln_status send_copy(ln_camera *camera, size_t room, uint8_t *packet, size_t *size)
{
    size_t limit = COPY_ROOM;
    unsigned next;
    ln_status status;

    do {
        size_t here = limit < room ? limit : room;

        status = ln_camera_packet(camera, camera->copy_rank, here, packet, size, &next);
        limit += COPY_STEP;
    } while (status == LN_OK && next < map_end(camera) && limit < room + COPY_STEP);
    if (status != LN_OK)
        return status;
    if (next >= map_end(camera)) {
        camera->copies++;
        next = camera->map_rank;
    }
    camera->copy_rank = (uint16_t)next;
    camera->sent += (uint32_t)*size;
    return LN_OK;
}

ln_status ln_camera_next(ln_camera *camera, size_t room, uint8_t *packet, size_t *size)
{
    unsigned next;
    ln_status status;

    if (camera == NULL || packet == NULL || size == NULL || room < LN_MIN_PAYLOAD || room > LN_MAX_PAYLOAD)
        return LN_ERR_ARGUMENT;
    if (camera->state != LN_CAMERA_DONE)
        return LN_ERR_STATE;
    if (camera->rank == camera->model->symbols)
        return LN_END;
    if (copy_is_due(camera))
        return send_copy(camera, room, packet, size);
    status = ln_camera_packet(camera, camera->rank, room, packet, size, &next);
    if (status != LN_OK)
        return status;
    camera->rank = (uint16_t)next;
    camera->sent += (uint32_t)*size;
    if (camera->map_sent == 0 && camera->model->layers > 0 && next >= map_end(camera))
        camera->map_sent = camera->sent;
    return LN_OK;
}
