#include "device/camera.h"

#include <string.h>

#include "core/symbol.h"
#include "device/activity.h"

#define ALIGNMENT sizeof(void *)

static size_t shared_size(const ln_model *model)
{
    size_t stream = ln_network_stream_size(model), order = ln_order_size(model) + ln_map_cells(model);

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
    made->picture = 0;
    made->checked = 0;
    made->protection.share = 0;
    made->protection.memory = NULL;
    ln_network_init(&made->network, model, parts);
    made->shared = parts + aligned(ln_network_size(model));
    *camera = made;
    return LN_OK;
}

ln_status ln_camera_begin(ln_camera *camera, unsigned picture)
{
    if (!camera || picture >= LN_PICTURES)
        return LN_ERR_ARGUMENT;
    camera->picture = (uint16_t)picture;
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

static ln_bits values_of(void *context, unsigned channel)
{
    const ln_camera *camera = context;

    return camera->network.latents.channel[channel];
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
    if (model->map == LN_MAP_SALIENCY)
        ln_network_map(&camera->network, map);
    else if (model->map == LN_MAP_ACTIVITY)
        ln_activity_map(&camera->network.activity, model, map);
    /* From here on the order and the map have the memory that the rows needed. */
    status = ln_order_init(&camera->order, model, camera->shared, ln_order_size(model));
    camera->map = (uint8_t *)camera->shared + ln_order_size(model);
    if (status == LN_OK && model->map != LN_MAP_NONE) {
        memcpy(camera->map, map, sizeof map);
        status = ln_order_set_map(camera->order, map);
    }
    if (status == LN_OK)
        ln_limit_values(camera->order, values_of, camera);
    camera->state = status == LN_OK ? LN_CAMERA_DONE : LN_CAMERA_IDLE;
    return status;
}

const uint8_t *ln_camera_map(const ln_camera *camera)
{
    if (!camera || camera->state != LN_CAMERA_DONE || camera->model->map == LN_MAP_NONE)
        return NULL;
    return camera->map;
}

int ln_camera_value(const ln_camera *camera, unsigned channel, unsigned place)
{
    if (!camera || camera->state != LN_CAMERA_DONE || channel >= camera->model->channels ||
        place >= ln_model_places(camera->model, channel))
        return 0;
    return ln_bits_get(&camera->network.latents.channel[channel], place);
}
