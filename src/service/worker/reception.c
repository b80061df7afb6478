#include "service/worker/reception.h"

#include "cloud/receiver.h"
#include "service/worker/worker.h"

#include <stdlib.h>

#define WAITING_BYTES 65536 /* of a picture, for packets that wait for its map: more than a picture has */
#define MOST_ENDS 8         /* then the rest is left for later: each is an image in memory */

/* ---- Pictures -------------------------------------------------------------------------------- */

static ln_shown *find_id(const ln_reception *r, int64_t id)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->pictures[i].row.id == id)
            return &r->pictures[i];
    return NULL;
}

static ln_shown *find_image(const ln_reception *r, uint64_t image)
{
    for (size_t i = r->count; i-- > 0;)
        if (r->pictures[i].image == image)
            return &r->pictures[i];
    return NULL;
}

static ln_shown *add(ln_reception *r, const ln_picture_row *row, int is_new)
{
    if (r->count == r->room) {
        const size_t room = 2 * r->room + 8;
        ln_shown *pictures = realloc(r->pictures, room * sizeof *pictures);
        if (!pictures)
            return NULL;
        r->pictures = pictures;
        r->room = room;
    }
    ln_shown *p = &r->pictures[r->count++];
    *p = (ln_shown){.row = *row,
                    .is_new = is_new,
                    .was_final = row->final,
                    .changed = is_new,
                    .shown_ms = row->last_ms,
                    .shown_packets = row->packets};
    return p;
}

/* Notes what the picture is now. */
static void note(ln_shown *p, const ln_image *image)
{
    ln_image_info info;
    ln_image_get_info(image, &info);
    p->symbols = info.symbols;
    p->complete = info.symbols == info.total;
    p->waits = info.symbols > 0 && info.symbols != p->row.seen;
    p->row.last_ms = p->shown_ms = info.last_ms;
    p->shown_packets = p->row.packets;
    p->shown_bytes = info.traffic.accepted.bytes;
}

/* Ends a picture, as it is now, before something else comes to it or it is closed. */
static void end(ln_reception *r, ln_shown *p, const ln_image *image)
{
    if (p->row.final)
        return;
    note(p, image);
    p->row.final = p->ended = p->changed = 1;
    if (!p->waits)
        return;
    const ln_model *model = r->config->model;
    r->ends++;
    p->rgb = malloc((size_t)model->width * model->height * 3);
    if (!p->rgb)
        r->status = LN_ERR_MEMORY;
    else if (ln_decoder_run(r->config->decoder, &image, 1, p->rgb, &r->why) != LN_OK)
        p->refused = 1;
}

static void closed(void *context, const ln_image *image, ln_close_reason reason)
{
    ln_reception *r = context;
    ln_image_info info;
    (void)reason;
    ln_image_get_info(image, &info);
    ln_shown *p = find_image(r, info.id);
    if (!p)
        return;
    end(r, p, image);
    p->image = 0;
}

/* ---- Frames ---------------------------------------------------------------------------------- */

ln_arrival ln_reception_arrival(ln_counter *counter, const ln_frame_row *frame)
{
    ln_arrival arrival = {.device = 1, .time_ms = frame->time_ms, .has_counter = frame->counter_bits > 0};
    if (arrival.has_counter)
        arrival.counter = ln_counter_take(counter, frame->counter_bits, frame->counter);
    return arrival;
}

ln_status ln_reception_open(ln_receiver **receiver, const ln_reception_config *config, void *reception,
                            ln_error *error)
{
    return ln_receiver_open(receiver,
                            &(ln_receiver_config){.model = config->model,
                                                  .max_images = LN_IMAGES_PER_DEVICE,
                                                  .idle_ms = config->idle_ms,
                                                  .late_ms = config->late_ms,
                                                  .max_waiting_bytes = WAITING_BYTES,
                                                  .closed = reception ? closed : NULL,
                                                  .context = reception},
                            error);
}

/* A frame of an open picture. Those of a picture of another model are left out, and it ends. */
static void restore(ln_reception *r, const ln_frame_row *frame)
{
    const ln_arrival arrival = ln_reception_arrival(&r->counter, frame);
    ln_shown *p = find_id(r, frame->picture);
    if (!p || p->row.model != r->config->model->checksum)
        return;
    if (ln_receiver_restore(r->receiver, &arrival, frame->payload, frame->size, &p->image) == LN_ERR_MEMORY)
        r->status = LN_ERR_MEMORY;
}

/* Pictures whose deadline is over when this frame comes. */
static void end_overdue(ln_reception *r, uint64_t time_ms)
{
    for (size_t i = 0; i < r->count; i++) {
        ln_shown *p = &r->pictures[i];
        if (p->image && !p->row.final && time_ms >= p->row.first_ms + r->config->deadline_ms)
            end(r, p, ln_receiver_image(r->receiver, p->image));
    }
}

/* Whether a picture was dropped whose frames still come: they bring back a part of it, which is dropped, too.
 */
static int is_dropped(const ln_reception *r, unsigned number)
{
    for (const ln_shown *p = r->pictures; p < r->pictures + r->count; p++)
        if (p->row.people && p->row.final && p->row.number == number)
            return 1;
    return 0;
}

static ln_shown *begin(ln_reception *r, const ln_frame_row *frame, uint64_t image)
{
    ln_image_info info;
    ln_image_get_info(ln_receiver_image(r->receiver, image), &info);
    ln_shown *p = add(r,
                      &(ln_picture_row){.id = frame->id,
                                        .number = info.number,
                                        .first_ms = frame->time_ms,
                                        .model = r->config->model->checksum,
                                        .people = is_dropped(r, info.number)},
                      1);
    if (p)
        p->image = image;
    return p;
}

/* A new frame. Returns the id of its picture; 0: it belongs to none. */
static int64_t receive(ln_reception *r, const ln_frame_row *frame)
{
    const ln_arrival arrival = ln_reception_arrival(&r->counter, frame);
    uint64_t image;
    end_overdue(r, frame->time_ms);
    if (ln_receiver_push(r->receiver, &arrival, frame->payload, frame->size, &image) == LN_ERR_MEMORY)
        r->status = LN_ERR_MEMORY;
    if (!image)
        return 0;
    ln_shown *p = find_image(r, image);
    if (!p)
        p = begin(r, frame, image);
    if (!p) {
        r->status = LN_ERR_MEMORY;
        return 0;
    }
    p->row.packets++;
    p->row.bytes += frame->size;
    p->row.last_ms = frame->time_ms;
    p->came = p->changed = 1;
    return p->row.id;
}

static void receive_all(ln_reception *r)
{
    ln_work *work = r->work;
    r->is_part = work->version - work->seen >= LN_STORE_MOST_NEW;
    for (size_t i = 0; i < work->count && r->status == LN_OK; i++) {
        const ln_frame_row *frame = &work->frames[i];
        r->picture_of[i] = frame->picture;
        if (frame->id <= work->seen) {
            restore(r, frame);
        } else if (r->ends < MOST_ENDS) {
            r->picture_of[i] = receive(r, frame);
        } else if (frame->id <= work->version) {
            work->version = frame->id - 1;
            r->is_part = 1;
        }
    }
}

/* ---- The end --------------------------------------------------------------------------------- */

/* When the answer of a picture is final if nothing else comes, and the store has what came before. */
static uint64_t deadline(const ln_reception *r, const ln_picture_row *row)
{
    const uint64_t idle = row->last_ms + r->config->idle_ms, last = row->first_ms + r->config->deadline_ms;
    return (idle < last ? idle : last) + LN_WORKER_GRACE_MS;
}

static void settle(ln_reception *r, ln_shown *p, uint64_t now_ms)
{
    const int is_dropped = p->row.people && p->was_final && now_ms < p->row.last_ms + r->config->idle_ms;
    const int open = p->image != 0 || is_dropped, is_known = p->image && !p->row.final;
    if (is_known)
        note(p, ln_receiver_image(r->receiver, p->image));
    p->changed |= p->row.open != open;
    p->row.open = open;
    if (!p->row.final && (!open || p->complete || (!r->is_part && now_ms >= deadline(r, &p->row))))
        p->row.final = p->ended = p->changed = 1;
    if (!p->row.final && p->row.deadline_ms != deadline(r, &p->row)) {
        p->row.deadline_ms = deadline(r, &p->row);
        p->changed = 1;
    }
}

ln_status ln_reception_run(ln_reception *reception, const ln_reception_config *config, ln_work *work,
                           uint64_t now_ms, ln_error *error)
{
    ln_reception *r = reception;
    *r = (ln_reception){.config = config, .work = work};
    r->picture_of = calloc(work->count + 1, sizeof *r->picture_of);
    if (!r->picture_of)
        return ln_fail_memory(error);
    ln_status status = ln_reception_open(&r->receiver, config, r, error);
    if (status != LN_OK)
        return status;
    for (size_t i = 0; i < work->picture_count; i++)
        if (!add(r, &work->pictures[i].row, 0))
            return ln_fail_memory(error);
    receive_all(r);
    for (size_t i = 0; i < r->count; i++)
        settle(r, &r->pictures[i], now_ms);
    return r->status == LN_OK ? LN_OK : ln_fail_memory(error);
}

void ln_reception_free(ln_reception *reception)
{
    ln_receiver_close(reception->receiver);
    for (size_t i = 0; i < reception->count; i++) {
        ln_shown *p = &reception->pictures[i];
        ln_answer_free(&p->answer);
        free(p->text);
        free(p->rgb);
    }
    free(reception->pictures);
    free(reception->picture_of);
    *reception = (ln_reception){0};
}
