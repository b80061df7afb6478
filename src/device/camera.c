#include "device/camera.h"

#include <string.h>

#define ALIGNMENT sizeof(void *)

static size_t shared_size(const ln_model *model)
{
    size_t stream = ln_network_stream_size(model), map = model->layers > 0 ? LN_MAP_CELLS : 0;
    size_t order = ln_order_size(model) + map;

    return stream > order ? stream : order;
}

static size_t padding_of(const void *memory)
{
    return (ALIGNMENT - (uintptr_t)memory % ALIGNMENT) % ALIGNMENT;
}

/* The parts are multiples of 4 bytes long, but the network's and the shared part hold pointers. */
static size_t aligned(size_t size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static size_t size_when_aligned(const ln_model *model)
{
    return aligned(sizeof(ln_camera)) + aligned(ln_network_size(model)) + shared_size(model);
}

size_t ln_camera_size(const ln_model *model)
{
    if (!model)
        return 0;
    return size_when_aligned(model) + ALIGNMENT - sizeof(uint32_t);
}

ln_status ln_camera_init(ln_camera **camera, const ln_model *model, void *memory, size_t size)
{
    ln_camera *made;
    uint8_t *parts;

    if (camera)
        *camera = NULL;
    if (!camera || !model || !memory)
        return LN_ERR_ARGUMENT;
    if (size < padding_of(memory) + size_when_aligned(model))
        return LN_ERR_SPACE;
    made = (ln_camera *)(void *)((uint8_t *)memory + padding_of(memory));
    parts = (uint8_t *)made + aligned(sizeof *made);
    made->model = model;
    made->order = NULL;
    made->state = LN_CAMERA_IDLE;
    made->image = 0;
    made->protection.share = 0;
    made->protection.memory = NULL;
    ln_network_init(&made->network, model, parts);
    made->shared = parts + aligned(ln_network_size(model));
    *camera = made;
    return LN_OK;
}

ln_status ln_camera_begin(ln_camera *camera, unsigned image)
{
    if (!camera || image >= LN_IMAGES)
        return LN_ERR_ARGUMENT;
    camera->image = (uint8_t)image;
    camera->order = NULL;
    ln_network_begin(&camera->network, camera->shared);
    ln_sender_begin(camera);
    camera->state = LN_CAMERA_OPEN;
    return LN_OK;
}

ln_status ln_camera_push_rows(ln_camera *camera, const uint8_t *rgb, size_t bytes, unsigned rows)
{
    size_t row_bytes;

    if (!camera || !rgb)
        return LN_ERR_ARGUMENT;
    row_bytes = 3u * camera->model->width;
    if (bytes % row_bytes != 0 || bytes / row_bytes != rows)
        return LN_ERR_ARGUMENT;
    if (camera->state != LN_CAMERA_OPEN || rows > ln_network_missing(&camera->network))
        return LN_ERR_STATE;
    for (; rows > 0; rows--, rgb += row_bytes)
        ln_network_push(&camera->network, rgb);
    return LN_OK;
}

ln_status ln_camera_finish(ln_camera *camera)
{
    uint8_t map[LN_MAP_CELLS];
    const ln_model *model;
    ln_status status;

    if (!camera)
        return LN_ERR_ARGUMENT;
    if (camera->state != LN_CAMERA_OPEN || ln_network_missing(&camera->network) > 0)
        return LN_ERR_STATE;
    model = camera->model;
    if (model->layers > 0)
        ln_network_map(&camera->network, map);
    /* From here on the order and the map have the memory that the rows needed. */
    status = ln_order_init(&camera->order, model, camera->shared, ln_order_size(model));
    camera->map = (uint8_t *)camera->shared + ln_order_size(model);
    if (status == LN_OK && model->layers > 0) {
        memcpy(camera->map, map, sizeof map);
        status = ln_order_set_map(camera->order, map);
    }
    camera->state = status == LN_OK ? LN_CAMERA_DONE : LN_CAMERA_IDLE;
    return status;
}

const uint8_t *ln_camera_map(const ln_camera *camera)
{
    if (!camera || camera->state != LN_CAMERA_DONE || camera->model->layers == 0)
        return NULL;
    return camera->map;
}

int ln_camera_value(const ln_camera *camera, unsigned channel, unsigned place)
{
    if (!camera || camera->state != LN_CAMERA_DONE || channel >= camera->model->channels ||
        place >= ln_model_places(camera->model, channel))
        return 0;
    return ln_latents_get(&camera->network.latents, channel, place);
}
