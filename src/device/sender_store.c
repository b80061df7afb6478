/* A sender over a restart. */
#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "device/camera.h"
#include "device/sender.h"

/* "LNQ", a version, order, loss, sequence; then for each place of the queue whether it is taken, number,
 * sequence, priority, ended copies, time and airtime left, ranks and bytes; then a CRC-16. Numbers are
 * little-endian. */
static const uint8_t head[4] = {'L', 'N', 'Q', 1};

#define HEAD_BYTES 8
#define PLACE_BYTES (15 + 8 * LN_SENDER_COPIES)
#define CHECKED_BYTES (HEAD_BYTES + LN_SENDER_PICTURES * PLACE_BYTES)

typedef char the_size_is_right[CHECKED_BYTES + LN_CHECK_SIZE == LN_SENDER_BYTES ? 1 : -1];

static uint8_t *put(uint8_t *to, unsigned bytes, uint32_t number)
{
    for (; bytes > 0; bytes--, number >>= 8)
        *to++ = (uint8_t)number;
    return to;
}

static void put_picture(const ln_sender *sender, const ln_queued *q, uint8_t *to)
{
    memset(to, 0, PLACE_BYTES);
    if (!q->camera)
        return;
    to = put(to, 1, 1);
    to = put(to, 2, q->picture);
    to = put(to, 2, q->sequence);
    to = put(to, 1, q->priority);
    to = put(to, 1, q->ended);
    to = put(to, 4, ln_sender_time_left(sender, q));
    to = put(to, 4, q->airtime_us);
    for (unsigned n = 0; n < LN_SENDER_COPIES; n++)
        to = put(put(to, 4, q->rank[n]), 4, q->bytes[n]);
}

void ln_sender_store(const ln_sender *sender, uint8_t *bytes)
{
    if (!sender || !bytes)
        return;
    memcpy(bytes, head, sizeof head);
    put(put(put(bytes + sizeof head, 1, sender->order), 1, sender->loss), 2, sender->sequence);
    for (unsigned i = 0; i < LN_SENDER_PICTURES; i++)
        put_picture(sender, &sender->queue[i], bytes + HEAD_BYTES + i * PLACE_BYTES);
    put(bytes + CHECKED_BYTES, LN_CHECK_SIZE, ln_check(0, bytes, CHECKED_BYTES));
}

static ln_camera *holder_of(unsigned picture, ln_camera *const *cameras, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (cameras[i] && cameras[i]->state == LN_CAMERA_DONE && cameras[i]->picture == picture)
            return cameras[i];
    return NULL;
}

static void get_picture(const uint8_t *from, ln_camera *camera, uint32_t now_ms, uint32_t asleep_ms,
                        ln_queued *q)
{
    uint32_t left = ln_u32(from + 7);

    if (!from[0] || !camera || left <= asleep_ms || left > LN_MOST_DEADLINE || from[6] > LN_SENDER_COPIES)
        return;
    q->camera = camera;
    q->picture = (uint16_t)ln_u16(from + 1);
    q->sequence = (uint16_t)ln_u16(from + 3);
    q->priority = from[5];
    q->ended = from[6];
    q->added_ms = now_ms;
    q->deadline_ms = left - asleep_ms;
    q->airtime_us = ln_u32(from + 11);
    for (unsigned n = 0; n < LN_SENDER_COPIES; n++) {
        q->rank[n] = ln_u32(from + 15 + 8 * n);
        q->bytes[n] = ln_u32(from + 19 + 8 * n);
    }
}

ln_status ln_sender_restore(ln_sender *sender, const uint8_t *bytes, size_t size, ln_camera *const *cameras,
                            size_t count, uint32_t now_ms, uint32_t asleep_ms)
{
    if (!sender)
        return LN_ERR_ARGUMENT;
    memset(sender, 0, sizeof *sender);
    if (!bytes || !cameras)
        return LN_ERR_ARGUMENT;
    if (size != LN_SENDER_BYTES || memcmp(bytes, head, sizeof head) != 0 ||
        ln_u16(bytes + CHECKED_BYTES) != ln_check(0, bytes, CHECKED_BYTES))
        return LN_ERR_MODEL;

    ln_status status = ln_sender_init(sender, (ln_queue)bytes[4], bytes[5], now_ms);

    sender->sequence = (uint16_t)ln_u16(bytes + 6);
    for (unsigned i = 0; status == LN_OK && i < LN_SENDER_PICTURES; i++) {
        const uint8_t *from = bytes + HEAD_BYTES + i * PLACE_BYTES;

        get_picture(from, holder_of(ln_u16(from + 1), cameras, count), now_ms, asleep_ms, &sender->queue[i]);
    }
    return status == LN_OK ? LN_OK : LN_ERR_MODEL;
}
