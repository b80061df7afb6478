#include "device/camera.h"

#include <string.h>

#include "core/symbol.h"

/* The shared part: rows, and later the order and the map. 0 if some layer has no kernel that suits it. */
static size_t shared_size(const ln_model *model, const ln_kernel *const *kernels, unsigned target,
                          size_t pointer)
{
    size_t stream = ln_network_stream_size(model, kernels, target);
    size_t order = ln_order_size_on(model, pointer) + ln_map_cells(model);

    return stream == 0 ? 0 : stream > order ? stream : order;
}

/* The camera's struct and the network's part. Each is aligned for pointers. */
static size_t head_size(const ln_model *model, size_t pointer)
{
    return LN_CAMERA_BYTES(pointer) + LN_ALIGNED(ln_network_size(model, pointer), pointer);
}

size_t ln_camera_size_on(const ln_model *model, const ln_kernel *const *kernels, unsigned target,
                         size_t pointer)
{
    size_t shared = shared_size(model, kernels, target, pointer);

    return shared > 0 ? head_size(model, pointer) + shared + pointer - sizeof(uint32_t) : 0;
}

size_t ln_camera_size(const ln_model *model, const ln_kernel *const *kernels)
{
    return model && kernels ? ln_camera_size_on(model, kernels, LN_TARGET, sizeof(void *)) : 0;
}

ln_status ln_camera_init(ln_camera **camera, const ln_model *model, const ln_kernel *const *kernels,
                         void *memory, size_t size)
{
    size_t needed = ln_camera_size(model, kernels), padding = (0 - (uintptr_t)memory) % sizeof(void *);

    if (camera)
        *camera = NULL;
    if (!camera || !memory || needed == 0)
        return LN_ERR_ARGUMENT;
    if (size + sizeof(void *) - sizeof(uint32_t) < padding + needed) /* `needed` includes the most padding */
        return LN_ERR_SPACE;

    ln_camera *made = (ln_camera *)(void *)((uint8_t *)memory + padding);

    memset(made, 0, sizeof *made);
    made->model = model;
    made->shared = (uint8_t *)made + head_size(model, sizeof(void *));
    ln_network_init(&made->network, model, kernels, made + 1);
    *camera = made;
    return LN_OK;
}

void ln_camera_rewind(ln_camera *camera)
{
    camera->rank = 0;
    ln_protection_begin(&camera->protection);
}

ln_status ln_camera_begin(ln_camera *camera, unsigned picture)
{
    if (!camera || picture >= LN_PICTURES)
        return LN_ERR_ARGUMENT;
    camera->picture = (uint16_t)picture;
    camera->order = NULL;
    ln_network_begin(&camera->network, camera->shared);
    ln_camera_rewind(camera);
    camera->state = LN_CAMERA_OPEN;
    return LN_OK;
}

ln_status ln_camera_push_rows(ln_camera *camera, const uint8_t *rgb, size_t bytes, unsigned rows)
{
    if (!camera || !rgb)
        return LN_ERR_ARGUMENT;

    size_t row_bytes = 3u * camera->model->width;

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
    if (!camera)
        return LN_ERR_ARGUMENT;
    if (camera->state != LN_CAMERA_OPEN || ln_network_missing(&camera->network) > 0)
        return LN_ERR_STATE;

    const ln_model *model = camera->model;
    uint8_t map[LN_MAP_CELLS];

    if (model->map == LN_MAP_SALIENCY)
        ln_network_map(&camera->network, map);
    else if (model->map == LN_MAP_ACTIVITY)
        ln_activity_map(&camera->network.activity, model, map);
    /* The order and the map take the place of the rows. */
    ln_status status = ln_order_init(&camera->order, model, camera->shared, ln_order_size(model));

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
