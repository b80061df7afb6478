/* What a camera is told (SPEC 6.9), and when that is worth a downlink: when it loses more or less than it was
 * told, and when a picture needs no more packets. */
#include "service/worker/worker_own.h"

#include <limitnet/link.h>

#include <stdlib.h>

/* A change of loss that is told, of 256: twice the scatter of what LN_METER_FRAMES frames tell. */
#define STEP 32

/* What was told so long ago is told again: the downlink may have been lost, or the camera begun anew. */
#define TOLD_MS (24 * UINT64_C(3600000))

/* Whether the vision model is sure of a picture, and the camera still has something of it to send. */
static int is_enough(const ln_worker *w, const ln_reception *r, const ln_shown *p)
{
    ln_image_info info;
    if (!p->row.final || !p->row.answer || (float)p->row.score < 10000 * w->config.sure)
        return 0;
    ln_image_get_info(ln_receiver_image(r->receiver, p->image), &info);
    return info.symbols < info.total;
}

/* The picture that the hint names: of those that the camera sends now the newest, or one that is enough. */
static const ln_shown *choose(const ln_worker *w, const ln_reception *r, int *enough)
{
    const ln_shown *chosen = NULL;
    *enough = 0;
    for (size_t i = 0; i < r->count; i++) {
        const ln_shown *p = &r->pictures[i];
        if (!p->came || !p->image)
            continue;
        const int is = is_enough(w, r, p);
        if (*enough && !is)
            continue;
        chosen = p;
        *enough = is;
    }
    return chosen;
}

/* The loss of the device's latest frames, of 256; -1: too few came to tell. */
static ln_db_result measure(const ln_worker *w, const ln_work *work, int *loss, ln_error *error)
{
    ln_counter_row rows[LN_METER_FRAMES];
    ln_loss_meter meter = {0};
    ln_counter counter = {0};
    size_t count;
    ln_db_result result =
        ln_store_counters(w->store, work->device, work->version, rows, LN_METER_FRAMES, &count, error);
    for (size_t i = 0; i < count; i++)
        ln_loss_meter_add(&meter, ln_counter_take(&counter, rows[i].counter_bits, rows[i].counter));
    *loss = ln_loss_meter_frames(&meter) < LN_METER_FRAMES ? -1 : (int)ln_loss_meter_loss(&meter);
    return result;
}

static ln_feedback read_hint(uint32_t hint)
{
    const uint8_t bytes[LN_FEEDBACK_BYTES] = {(uint8_t)(hint >> 16), (uint8_t)(hint >> 8), (uint8_t)hint};
    ln_feedback feedback;
    ln_feedback_read(&feedback, bytes, sizeof bytes);
    return feedback;
}

static uint32_t write_hint(const ln_feedback *feedback)
{
    uint8_t bytes[LN_FEEDBACK_BYTES];
    ln_feedback_write(feedback, bytes);
    return (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
}

static int is_worth_it(const ln_work *work, const ln_shown *p, uint32_t hint)
{
    const ln_feedback is = read_hint(hint), told = read_hint(work->told);
    if (!work->told || work->told_ms + TOLD_MS <= p->row.last_ms || abs(is.loss - told.loss) >= STEP)
        return 1;
    return is.enough && !(told.enough && told.picture == is.picture && work->told_ms >= p->row.first_ms);
}

ln_db_result ln_worker_hint(const ln_worker *worker, const ln_reception *reception, ln_found *found,
                            ln_error *error)
{
    const ln_work *work = reception->work;
    int enough, loss;
    const ln_shown *p = worker->config.hints ? choose(worker, reception, &enough) : NULL;
    if (!p)
        return LN_DB_DONE;
    ln_db_result result = measure(worker, work, &loss, error);
    if (result != LN_DB_DONE || loss < 0)
        return result;
    const uint32_t hint =
        write_hint(&(ln_feedback){(uint16_t)p->row.number, (uint8_t)enough, (uint8_t)loss, p->row.bytes});
    if (is_worth_it(work, p, hint)) {
        found->hint = hint;
        found->hint_ms = p->row.last_ms;
    }
    return LN_DB_DONE;
}
