#include "core/packet.h"
#include "core/repair.h"
#include "device/camera.h"

static ln_bits values_of(void *context, unsigned channel)
{
    const ln_latents *latents = context;

    return latents->channel[channel];
}

ln_status ln_camera_packet(const ln_camera *camera, unsigned rank, size_t room, uint8_t *packet, size_t *size,
                           unsigned *next)
{
    if (!camera || !packet || !size || !next)
        return LN_ERR_ARGUMENT;
    if (camera->state != LN_CAMERA_DONE)
        return LN_ERR_STATE;

    ln_latents latents = camera->network.latents;

    return ln_packet_write(camera->order, ln_camera_map(camera), values_of, &latents, camera->picture,
                           camera->checked, rank, room, packet, size, next);
}

ln_status ln_camera_check(ln_camera *camera, int on)
{
    if (!camera)
        return LN_ERR_ARGUMENT;
    camera->checked = on != 0;
    ln_camera_rewind(camera);
    return LN_OK;
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
    ln_camera_rewind(camera);
    return LN_OK;
}

ln_status ln_camera_share(ln_camera *camera, unsigned share)
{
    if (!camera || share > LN_MOST_PROTECTION || !camera->protection.memory)
        return LN_ERR_ARGUMENT;
    if (share > 0 && camera->protection.number == 0 && camera->rank > 0)
        return LN_ERR_STATE;
    camera->protection.share = (uint8_t)share;
    return LN_OK;
}

/* The functions below write a packet without its check. */
static size_t next_repair(ln_camera *camera, unsigned sums, uint8_t *packet)
{
    ln_packet_put_start(packet, LN_PACKET_REPAIR, camera->checked, camera->picture);
    return ln_protection_write(&camera->protection, sums, packet);
}

/* The next symbols in a plain or a numbered packet. */
static size_t next_symbols(ln_camera *camera, size_t room, uint8_t *packet)
{
    int numbered = ln_protection_on(&camera->protection);
    unsigned start = numbered ? LN_NUMBERED_START : LN_HEADER_BYTES;
    unsigned most = (unsigned)room - LN_HEADER_BYTES, next;

    ln_packet_put_start(packet, numbered ? LN_PACKET_NUMBERED : LN_PACKET_PLAIN, camera->checked,
                        camera->picture);
    ln_packet_put_rank(packet, camera->rank);
    if (numbered)
        most = ln_protection_body(&camera->protection, most) - LN_BODY_HEAD;

    unsigned length = ln_packet_encode(camera->order, ln_camera_map(camera), values_of,
                                       &camera->network.latents, camera->rank, most, packet + start, &next);
    if (numbered)
        ln_protection_number(&camera->protection, packet, length);
    camera->rank = next;
    return start + (size_t)length;
}

ln_status ln_camera_next(ln_camera *camera, size_t room, uint8_t *packet, size_t *size)
{
    if (!camera || !packet || !size)
        return LN_ERR_ARGUMENT;
    if (camera->state != LN_CAMERA_DONE)
        return LN_ERR_STATE;

    unsigned check = camera->checked ? LN_CHECK_SIZE : 0;
    if (room < LN_MIN_PAYLOAD + (camera->protection.share > 0 ? check : 0))
        return LN_ERR_SPACE;

    int is_end = camera->rank == camera->model->symbols;

    room = (room < LN_MAX_PAYLOAD ? room : LN_MAX_PAYLOAD) - check;
    unsigned sums = ln_protection_due(&camera->protection, room - LN_REPAIR_START, is_end);

    if (sums > 0)
        *size = next_repair(camera, sums, packet);
    else if (!is_end)
        *size = next_symbols(camera, room, packet);
    else
        return LN_END;
    *size = ln_packet_seal(camera->model, camera->checked, packet, *size);
    return LN_OK;
}
