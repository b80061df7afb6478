/* Which packet goes out next. */
#include "device/sender.h"

#include <string.h>

#include "device/camera.h"

#define HEAD_START 64 /* bytes: the first packets are worth about the same */
#define NEVER UINT32_MAX

/* ---- Queue ----------------------------------------------------------------------------------- */

/* Takes the time. If the clock went back or began anew, none has passed. */
static void look(ln_sender *sender, uint32_t now_ms)
{
    if (now_ms - sender->now_ms > INT32_MAX)
        for (unsigned i = 0; i < LN_SENDER_PICTURES; i++)
            sender->queue[i].added_ms -= sender->now_ms - now_ms;
    sender->now_ms = now_ms;
}

uint32_t ln_sender_time_left(const ln_sender *sender, const ln_queued *q)
{
    uint32_t passed = sender->now_ms - q->added_ms;

    return passed < q->deadline_ms ? q->deadline_ms - passed : 0;
}

static ln_queued *find(ln_sender *sender, const ln_camera *camera)
{
    for (unsigned i = 0; i < LN_SENDER_PICTURES; i++)
        if (sender->queue[i].camera == camera)
            return &sender->queue[i];
    return NULL;
}

/* Whether the camera chooses what is new, and may mix repair packets in. */
static int can_protect(const ln_queued *q)
{
    return q->camera->protection.memory != NULL;
}

ln_status ln_sender_init(ln_sender *sender, ln_queue order, unsigned loss, uint32_t now_ms)
{
    if (!sender)
        return LN_ERR_ARGUMENT;
    memset(sender, 0, sizeof *sender);
    if (order > LN_QUEUE_PRIORITY || loss > LN_MOST_LOSS)
        return LN_ERR_ARGUMENT;
    sender->order = (uint8_t)order;
    sender->loss = (uint8_t)loss;
    sender->now_ms = now_ms;
    return LN_OK;
}

ln_status ln_sender_add(ln_sender *sender, ln_camera *camera, const ln_allowance *allowance, uint32_t now_ms)
{
    if (!sender || !camera || !allowance || allowance->deadline_ms > LN_MOST_DEADLINE)
        return LN_ERR_ARGUMENT;
    if (camera->state != LN_CAMERA_DONE || find(sender, camera))
        return LN_ERR_STATE;

    ln_queued *q = find(sender, NULL);

    if (!q)
        return LN_ERR_SPACE;
    look(sender, now_ms);
    memset(q, 0, sizeof *q);
    q->camera = camera;
    q->picture = camera->picture;
    q->added_ms = sender->now_ms;
    q->deadline_ms = allowance->deadline_ms;
    q->airtime_us = allowance->airtime_us;
    q->priority = allowance->priority;
    q->sequence = ++sender->sequence;
    ln_sender_protect(sender, q);
    return LN_OK;
}

void ln_sender_drop(ln_sender *sender, const ln_camera *camera)
{
    ln_queued *q = sender && camera ? find(sender, camera) : NULL;

    if (q)
        q->camera = NULL;
}

int ln_sender_holds(const ln_sender *sender, const ln_camera *camera)
{
    for (unsigned i = 0; sender && camera && i < LN_SENDER_PICTURES; i++)
        if (sender->queue[i].camera == camera)
            return 1;
    return 0;
}

unsigned ln_sender_count(const ln_sender *sender)
{
    unsigned count = 0;

    for (unsigned i = 0; sender && i < LN_SENDER_PICTURES; i++)
        count += sender->queue[i].camera != NULL;
    return count;
}

/* ---- Worth ----------------------------------------------------------------------------------- */

/* Gain of the next packet of a copy, by byte: worth / over. */
typedef struct gain {
    uint32_t worth, over;
} gain;

static int is_more(gain a, gain b)
{
    return (uint64_t)a.worth * b.over > (uint64_t)b.worth * a.over;
}

/* The copy that gains most, and what. With protection, packets are repeated only behind the last one. */
static unsigned best_copy(const ln_sender *sender, const ln_queued *q, gain *best)
{
    unsigned copy = q->ended;
    uint32_t worth = 1u << 24;

    *best = (gain){0, 1};
    for (unsigned n = 0; n < LN_SENDER_COPIES; n++, worth = (worth >> 8) * sender->loss) {
        gain other = {worth, q->bytes[n] + HEAD_START};

        if (n < q->ended ||
            (n > q->ended && (q->camera->protection.share > 0 || q->bytes[n] >= q->bytes[n - 1])))
            continue;
        if (is_more(other, *best))
            *best = other, copy = n;
    }
    return copy;
}

/* Whether picture `a` goes before `b`. What was never sent goes before repeats. */
static int goes_before(const ln_sender *sender, const ln_queued *a, const ln_queued *b)
{
    if ((a->ended > 0) != (b->ended > 0))
        return b->ended > 0;
    if (sender->order == LN_QUEUE_NEWEST)
        return (uint16_t)(a->sequence - b->sequence) <= INT16_MAX;
    if (sender->order == LN_QUEUE_PRIORITY && a->priority != b->priority)
        return a->priority > b->priority;

    gain of_a, of_b;

    best_copy(sender, a, &of_a);
    best_copy(sender, b, &of_b);
    return is_more(of_a, of_b);
}

/* ---- Next ------------------------------------------------------------------------------------ */

/* Whether a picture can still use a frame that begins after `wait_ms`. */
static int can_use(const ln_sender *sender, const ln_queued *q, const ln_offer *offer)
{
    gain best;

    best_copy(sender, q, &best);
    return offer->wait_ms < ln_sender_time_left(sender, q) && offer->airtime_us <= q->airtime_us &&
           best.worth > 0;
}

static ln_queued *choose(ln_sender *sender, const ln_offer *offer)
{
    ln_queued *chosen = NULL;

    for (unsigned i = 0; i < LN_SENDER_PICTURES; i++) {
        ln_queued *q = &sender->queue[i];

        if (q->camera && !can_use(sender, q, offer))
            q->camera = NULL;
        if (q->camera && (!chosen || goes_before(sender, q, chosen)))
            chosen = q;
    }
    return chosen;
}

/* Writes the picture's next packet. Otherwise a copy of it is complete, or its camera has gone on to another
 * picture. */
static int write(const ln_sender *sender, ln_queued *q, size_t room, uint8_t *packet, size_t *size)
{
    gain best;
    unsigned copy = best_copy(sender, q, &best), next = 0;
    ln_status status = q->picture != q->camera->picture ? LN_ERR_STATE
                       : copy == 0 && can_protect(q)
                           ? ln_camera_next(q->camera, room, packet, size)
                           : ln_camera_packet(q->camera, q->rank[copy], room, packet, size, &next);

    if (status == LN_OK) {
        q->rank[copy] = next;
        q->bytes[copy] += (uint32_t)*size;
    } else if (status == LN_END) {
        q->ended = (uint8_t)(copy + 1);
    } else {
        q->camera = NULL;
    }
    return status == LN_OK;
}

static unsigned least_payload(const ln_queued *q)
{
    return LN_MIN_PAYLOAD + (q->camera->checked ? LN_CHECK_SIZE : 0);
}

ln_step ln_sender_next(ln_sender *sender, const ln_offer *offer, uint8_t *packet, size_t *size,
                       uint32_t *wait_ms)
{
    if (!sender || !offer || !packet || !size || !wait_ms)
        return LN_STEP_WRONG;
    *size = 0;
    *wait_ms = 0;
    look(sender, offer->now_ms);

    for (ln_queued *q; (q = choose(sender, offer)) != NULL;) {
        if (offer->wait_ms > 0) {
            *wait_ms = offer->wait_ms;
            return LN_STEP_WAIT;
        }
        if (offer->payload < least_payload(q))
            return LN_STEP_FLUSH;
        if (write(sender, q, offer->payload, packet, size)) {
            q->airtime_us -= q->airtime_us < NEVER ? offer->airtime_us : 0;
            return LN_STEP_SEND;
        }
        *size = 0;
    }
    return LN_STEP_DONE;
}
