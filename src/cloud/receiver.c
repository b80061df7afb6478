/* Packets of many devices and pictures at once, in any order, in bounded memory. The work for a packet does
 * not depend on how many pictures are open: those that may be its own are found by device and number. */
#include "cloud/receiver.h"

#include "cloud/error.h"
#include "cloud/image.h"
#include "cloud/match.h"

#include <stdlib.h>
#include <string.h>

#define MAX_IMAGES ((size_t)1 << 20)
#define MAX_WAITING ((size_t)1 << 24)

#define MOST_LOOKED_AT 64 /* pictures of a device, when one of them must go */

/* A device that has open pictures. */
typedef struct ln_device device;
struct ln_device {
    uint64_t name;
    device *chain;             /* next with the same hash */
    size_t images;             /* at least one */
    int checked;               /* its packets have checks: one without is damaged */
    ln_image *oldest, *newest; /* by the latest packet */
};

struct ln_receiver {
    ln_receiver_config config;
    ln_receiver_info info;
    ln_image_kind *kinds; /* of the models so far */

    /* The clock never goes back, and stands still while the caller's does not get beyond `highest_ms`. */
    uint64_t clock;
    uint64_t highest_ms;
    int behind;         /* whether the caller's clock is behind that */
    uint64_t behind_ms; /* and what it showed at first when it was */

    ln_image **slots;   /* open images */
    size_t *free_slots; /* a stack */
    size_t free_count;
    ln_image **images; /* open images by device and number */
    device **devices;
    size_t mask;               /* of both hashes */
    ln_image *oldest, *newest; /* open images by their latest packet */
    uint64_t serial;
    uint64_t steps;
};

/* ---- Lists ----------------------------------------------------------------------------------- */

static size_t hash(const ln_receiver *receiver, uint64_t name, unsigned number)
{
    uint64_t h = name + number * UINT64_C(0xD1B54A32D192ED03);
    h = (h ^ h >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    h = (h ^ h >> 27) * UINT64_C(0x94D049BB133111EB);
    return (size_t)(h ^ h >> 31) & receiver->mask;
}

static ln_image **chain_of(const ln_receiver *receiver, uint64_t name, unsigned number)
{
    return &receiver->images[hash(receiver, name, number)];
}

/* Where the device is linked, or where it would be. */
static device **find_device(ln_receiver *receiver, uint64_t name)
{
    device **link = &receiver->devices[hash(receiver, name, 0)];
    while (*link && (*link)->name != name) {
        receiver->steps++;
        link = &(*link)->chain;
    }
    return link;
}

/* The device, with no picture yet if it is new; null: no memory. */
static device *get_device(ln_receiver *receiver, uint64_t name)
{
    device **link = find_device(receiver, name);
    if (!*link) {
        *link = malloc(sizeof **link);
        if (*link)
            **link = (device){.name = name};
    }
    return *link;
}

/* Frees a device that has no picture. */
static void forget_device(ln_receiver *receiver, device *d)
{
    device **link = find_device(receiver, d->name);
    *link = d->chain;
    free(d);
}

static void link_newest(ln_receiver *receiver, ln_image *image)
{
    device *d = image->device;
    image->older = receiver->newest;
    image->newer = NULL;
    *(image->older ? &image->older->newer : &receiver->oldest) = image;
    receiver->newest = image;
    image->own_older = d->newest;
    image->own_newer = NULL;
    *(image->own_older ? &image->own_older->own_newer : &d->oldest) = image;
    d->newest = image;
}

static void unlink_age(ln_receiver *receiver, ln_image *image)
{
    device *d = image->device;
    *(image->older ? &image->older->newer : &receiver->oldest) = image->newer;
    *(image->newer ? &image->newer->older : &receiver->newest) = image->older;
    *(image->own_older ? &image->own_older->own_newer : &d->oldest) = image->own_newer;
    *(image->own_newer ? &image->own_newer->own_older : &d->newest) = image->own_older;
}

/* ---- Closing and opening pictures ------------------------------------------------------------ */

static void close_image(ln_receiver *receiver, ln_image *image, ln_close_reason reason)
{
    uint64_t *const counts[] = {&receiver->info.idle, &receiver->info.dropped, &receiver->info.closed};
    if (receiver->config.closed)
        receiver->config.closed(receiver->config.context, image, reason);
    ln_image **link = chain_of(receiver, image->info.device, image->info.number);
    while (*link != image) {
        receiver->steps++;
        link = &(*link)->chain;
    }
    *link = image->chain;
    unlink_age(receiver, image);
    device *d = image->device;
    if (--d->images == 0)
        forget_device(receiver, d);
    receiver->slots[image->slot] = NULL;
    receiver->free_slots[receiver->free_count++] = image->slot;
    receiver->info.images--;
    ++*counts[reason];
    ln_image_free(image);
}

/* Of the pictures of a device that waited longest for a packet, the first that may come of a damaged packet,
 * or the very first. */
static ln_image *weakest(ln_receiver *receiver, const device *d)
{
    ln_image *image = d->oldest;
    for (unsigned i = 0; image && i < MOST_LOOKED_AT; i++, image = image->own_newer) {
        receiver->steps++;
        if (!image->confirmed)
            return image;
    }
    return d->oldest;
}

static ln_image *weakest_namesake(const ln_candidate *candidates, size_t count)
{
    ln_image *found = candidates[0].image;
    for (size_t i = 1; i < count; i++) {
        ln_image *image = candidates[i].image;
        if (image->confirmed < found->confirmed ||
            (image->confirmed == found->confirmed && image->last < found->last))
            found = image;
    }
    return found;
}

/* Closes what a new picture of this device needs the room of: one of its own, if it has enough of them or one
 * that may come of a damaged packet. */
static void make_room(ln_receiver *receiver, uint64_t name, const ln_candidate *candidates, size_t count)
{
    if (count == LN_MAX_NAMESAKES)
        close_image(receiver, weakest_namesake(candidates, count), LN_CLOSE_DROPPED);
    const device *d = *find_device(receiver, name);
    ln_image *own = d ? weakest(receiver, d) : NULL;
    int full = receiver->info.images == receiver->config.max_images;
    if (own && (d->images == receiver->config.max_images_per_device || (full && !own->confirmed)))
        close_image(receiver, own, LN_CLOSE_DROPPED);
    else if (full)
        close_image(receiver, receiver->oldest, LN_CLOSE_DROPPED);
}

/* Null: no memory. */
static ln_image *open_image(ln_receiver *receiver, ln_image_kind *kind, const ln_arrival *arrival,
                            const ln_delivery *d)
{
    device *owner = get_device(receiver, arrival->device);
    if (!owner)
        return NULL;
    size_t slot = receiver->free_slots[receiver->free_count - 1];
    ln_image *image =
        ln_image_make(kind, &(ln_image_info){
                                /* The slot is found from the id without a search. */
                                .id = (receiver->serial + 1) * receiver->config.max_images + slot,
                                .device = arrival->device,
                                .number = d->header.picture,
                                .began_ms = arrival->time_ms,
                                .last_ms = arrival->time_ms,
                            });
    if (!image) {
        if (owner->images == 0)
            forget_device(receiver, owner);
        return NULL;
    }
    receiver->serial++;
    receiver->free_count--;
    receiver->slots[slot] = image;
    image->slot = slot;
    image->began = image->last = receiver->clock;
    image->checked = d->header.checked;
    image->from_start = d->header.form != LN_PACKET_REPAIR && d->header.rank == 0;
    ln_image **first = chain_of(receiver, arrival->device, d->header.picture);
    image->chain = *first;
    *first = image;
    image->device = owner;
    owner->images++;
    link_newest(receiver, image);
    receiver->info.images++;
    receiver->info.opened++;
    return image;
}

/* ---- Models ---------------------------------------------------------------------------------- */

/* What pictures of a model share. Null: no memory. */
static ln_image_kind *kind_of(ln_receiver *receiver, const ln_model *model)
{
    ln_image_kind *kind = receiver->kinds;
    while (kind && kind->model != model)
        kind = kind->next;
    if (kind)
        return kind;
    kind = ln_image_kind_make(model, receiver->config.max_waiting_bytes);
    if (!kind)
        return NULL;
    kind->next = receiver->kinds;
    receiver->kinds = kind;
    if (receiver->info.image_bytes < ln_image_kind_bytes(kind))
        receiver->info.image_bytes = ln_image_kind_bytes(kind);
    return kind;
}

static const ln_model *model_of(const ln_receiver *receiver, uint64_t name)
{
    const ln_receiver_config *config = &receiver->config;
    return config->model_of ? config->model_of(config->context, name) : config->model;
}

/* ---- Packets --------------------------------------------------------------------------------- */

/* Packets with checks and packets without do not make one picture. */
static ln_relation relation(const ln_image *image, const ln_image_kind *kind, ln_delivery *d)
{
    if (image->kind != kind || image->checked != d->header.checked)
        return LN_CONTRADICTS;
    return ln_image_relation(image, d);
}

/* The open pictures of this device and number, and what the packet's contents say of each. Returns how
 * many there are, at most LN_MAX_NAMESAKES. */
static size_t find_candidates(ln_receiver *receiver, const ln_image_kind *kind, uint64_t name, ln_delivery *d,
                              ln_candidate *candidates)
{
    size_t count = 0;
    for (ln_image *i = *chain_of(receiver, name, d->header.picture); i; i = i->chain) {
        receiver->steps++;
        if (i->info.device == name && i->info.number == d->header.picture)
            candidates[count++] = (ln_candidate){i, relation(i, kind, d)};
    }
    return count;
}

/* Whether a packet that contradicts all `candidates` may open a picture: then it must not be damage. What a
 * repair packet says cannot be verified, nor what stands behind a map that is missing. But of a protected
 * picture, packets that come may bring back the map. */
static int may_open(const ln_delivery *d, const ln_arrival *arrival, size_t candidates)
{
    if (candidates == 0 || d->header.checked || arrival->has_counter)
        return 1;
    if (d->header.form == LN_PACKET_REPAIR)
        return 0;
    return d->header.form == LN_PACKET_NUMBERED || d->is_readable;
}

/* Finds or opens the picture that a packet belongs to. */
static ln_status address(ln_receiver *receiver, ln_image_kind *kind, const ln_arrival *arrival,
                         const ln_moment *moment, ln_delivery *d, ln_image **image)
{
    ln_candidate candidates[LN_MAX_NAMESAKES];
    size_t count = find_candidates(receiver, kind, arrival->device, d, candidates);
    ln_status status = ln_match_image(candidates, count, moment, image);
    if (status != LN_OK || *image)
        return status;
    if (!may_open(d, arrival, count))
        return LN_ERR_PACKET;
    make_room(receiver, arrival->device, candidates, count);
    *image = open_image(receiver, kind, arrival, d);
    d->read_for = NULL;
    return *image ? LN_OK : LN_ERR_MEMORY;
}

/* Gives a packet to its picture. `accepted` packets, and those that wait, keep it alive. */
static ln_status deliver(ln_receiver *receiver, const ln_arrival *arrival, const ln_moment *moment,
                         ln_delivery *d, ln_image *image)
{
    const ln_image_traffic *traffic = &image->info.traffic;
    uint64_t before = traffic->accepted.packets + traffic->waiting.packets;
    ln_status status = ln_image_take(image, d);
    if (traffic->accepted.packets + traffic->waiting.packets > before) {
        image->device->checked |= d->header.checked;
        image->confirmed |=
            d->header.checked || arrival->has_counter || traffic->accepted.packets - traffic->recovered > 1;
        image->info.last_ms = arrival->time_ms;
        ln_match_note(image, moment);
        unlink_age(receiver, image);
        link_newest(receiver, image);
    }
    return status;
}

static void count(ln_traffic *traffic, size_t size)
{
    traffic->packets++;
    traffic->bytes += size;
}

/* Whether packets of a device must have a check. The bit that says so may be damaged too. */
static int checks(ln_receiver *receiver, uint64_t name)
{
    if (receiver->config.check_required)
        return 1;
    const device *d = *find_device(receiver, name);
    return d && d->checked;
}

/* Reads what can be read of a packet without its picture. */
static ln_status read_packet(ln_receiver *receiver, const ln_image_kind *kind, uint64_t name,
                             const uint8_t *packet, ln_delivery *d)
{
    ln_status status = ln_packet_open(kind->model, packet, d->size, &d->header, &d->part, &d->length);
    if (status != LN_OK)
        return status;
    if (!d->header.checked && checks(receiver, name))
        return LN_ERR_PACKET;
    if (d->header.form == LN_PACKET_REPAIR)
        return LN_OK;
    if (d->header.form == LN_PACKET_NUMBERED && d->header.number == 0 && d->header.rank > 0)
        return LN_ERR_PACKET;
    ln_delivery_read(d, kind, NULL);
    d->is_readable = d->reader.count > 0;
    return d->status == LN_ERR_PACKET ? LN_ERR_PACKET : LN_OK;
}

static ln_moment moment_of(const ln_receiver *receiver, const ln_arrival *arrival)
{
    return (ln_moment){.now = receiver->clock,
                       .late_ms = receiver->config.late_ms,
                       .max_frames = receiver->config.max_frames,
                       .has_counter = arrival->has_counter,
                       .counter = arrival->counter};
}

static ln_status push(ln_receiver *receiver, const ln_arrival *arrival, const uint8_t *packet, ln_delivery *d,
                      ln_image **image)
{
    const ln_model *model = model_of(receiver, arrival->device);
    ln_image_kind *kind = model ? kind_of(receiver, model) : NULL;
    if (!kind)
        return model ? LN_ERR_MEMORY : LN_ERR_MISMATCH;
    const ln_moment moment = moment_of(receiver, arrival);
    ln_status status = read_packet(receiver, kind, arrival->device, packet, d);
    if (status == LN_OK)
        status = address(receiver, kind, arrival, &moment, d, image);
    return status == LN_OK ? deliver(receiver, arrival, &moment, d, *image) : status;
}

ln_status ln_receiver_push(ln_receiver *receiver, const ln_arrival *arrival, const uint8_t *packet,
                           size_t size, uint64_t *id)
{
    if (id)
        *id = 0;
    if (!receiver || !arrival || !packet)
        return LN_ERR_ARGUMENT;
    ln_receiver_expire(receiver, arrival->time_ms);
    ln_image *image = NULL;
    ln_delivery d = {.size = size};
    ln_status status = push(receiver, arrival, packet, &d, &image);
    if (id && image)
        *id = image->info.id;
    if (!image)
        count(status == LN_ERR_STATE ? &receiver->info.undecided : &receiver->info.refused, size);
    return status;
}

/* ---- Time ------------------------------------------------------------------------------------ */

/* A clock that went back stands still until it has caught up, or, if it does not, until it has gone on for as
 * long as a picture may be idle: then it was set, and goes on from where it is. */
static void move_clock(ln_receiver *receiver, uint64_t now_ms)
{
    uint64_t from = receiver->highest_ms;
    if (now_ms < from) {
        if (!receiver->behind || now_ms < receiver->behind_ms)
            receiver->behind_ms = now_ms;
        receiver->behind = 1;
        if (now_ms - receiver->behind_ms <= receiver->config.idle_ms)
            return;
        from = receiver->behind_ms;
    }
    receiver->behind = 0;
    receiver->clock += now_ms - from;
    receiver->highest_ms = now_ms;
}

void ln_receiver_expire(ln_receiver *receiver, uint64_t now_ms)
{
    if (!receiver)
        return;
    move_clock(receiver, now_ms);
    while (receiver->oldest && receiver->clock - receiver->oldest->last > receiver->config.idle_ms)
        close_image(receiver, receiver->oldest, LN_CLOSE_IDLE);
}

/* ---- Opening and closing --------------------------------------------------------------------- */

static ln_status check_config(const ln_receiver_config *config, ln_error *error)
{
    if (!config->max_images || config->max_images > MAX_IMAGES)
        return ln_fail(error, LN_ERR_ARGUMENT, "receiver: %zu pictures at once: choose 1 to %zu",
                       config->max_images, MAX_IMAGES);
    if (config->max_images_per_device > config->max_images)
        return ln_fail(error, LN_ERR_ARGUMENT,
                       "receiver: %zu pictures a device: choose at most %zu, as for all",
                       config->max_images_per_device, config->max_images);
    if (config->max_waiting_bytes > MAX_WAITING)
        return ln_fail(error, LN_ERR_ARGUMENT,
                       "receiver: room of %zu bytes for packets that wait: choose at most %zu",
                       config->max_waiting_bytes, MAX_WAITING);
    return LN_OK;
}

static void set_defaults(ln_receiver_config *config)
{
    if (!config->max_images_per_device)
        config->max_images_per_device =
            config->max_images < LN_IMAGES_PER_DEVICE ? config->max_images : LN_IMAGES_PER_DEVICE;
    if (!config->late_ms)
        config->late_ms = LN_LATE_MS;
    if (!config->max_frames)
        config->max_frames = LN_PICTURE_FRAMES;
}

static ln_status allocate(ln_receiver *receiver)
{
    const ln_receiver_config *config = &receiver->config;
    size_t buckets = 1;
    while (buckets < config->max_images)
        buckets *= 2;
    receiver->mask = buckets - 1;
    receiver->images = calloc(buckets, sizeof *receiver->images);
    receiver->devices = calloc(buckets, sizeof *receiver->devices);
    receiver->slots = calloc(config->max_images, sizeof *receiver->slots);
    receiver->free_slots = malloc(config->max_images * sizeof *receiver->free_slots);
    if (!receiver->images || !receiver->devices || !receiver->slots || !receiver->free_slots)
        return LN_ERR_MEMORY;
    for (size_t i = config->max_images; i-- > 0;)
        receiver->free_slots[receiver->free_count++] = i;
    return !config->model || kind_of(receiver, config->model) ? LN_OK : LN_ERR_MEMORY;
}

ln_status ln_receiver_open(ln_receiver **receiver, const ln_receiver_config *config, ln_error *error)
{
    if (!receiver)
        return ln_fail_null(error, __func__);
    *receiver = NULL;
    if (!config || (!config->model && !config->model_of))
        return ln_fail_null(error, __func__);
    ln_status status = check_config(config, error);
    if (status != LN_OK)
        return status;
    ln_receiver *r = calloc(1, sizeof *r);
    if (!r)
        return ln_fail_memory(error);
    r->config = *config;
    set_defaults(&r->config);
    if (allocate(r) != LN_OK) {
        ln_receiver_close(r);
        return ln_fail_memory(error);
    }
    r->info.repair_bytes = sizeof(ln_recovery);
    *receiver = r;
    return LN_OK;
}

void ln_receiver_close(ln_receiver *receiver)
{
    if (!receiver)
        return;
    receiver->config.closed = NULL;
    while (receiver->oldest)
        close_image(receiver, receiver->oldest, LN_CLOSE_DROPPED);
    while (receiver->kinds) {
        ln_image_kind *kind = receiver->kinds;
        receiver->kinds = kind->next;
        ln_image_kind_free(kind);
    }
    free(receiver->free_slots);
    free(receiver->slots);
    free(receiver->devices);
    free(receiver->images);
    free(receiver);
}

/* ---- Questions ------------------------------------------------------------------------------- */

static ln_image *find_image(const ln_receiver *receiver, uint64_t id)
{
    if (!receiver || !id)
        return NULL;
    ln_image *image = receiver->slots[id % receiver->config.max_images];
    return image && image->info.id == id ? image : NULL;
}

const ln_image *ln_receiver_image(const ln_receiver *receiver, uint64_t id)
{
    return find_image(receiver, id);
}

int ln_receiver_close_image(ln_receiver *receiver, uint64_t id)
{
    ln_image *image = find_image(receiver, id);
    if (image)
        close_image(receiver, image, LN_CLOSE_ASKED);
    return image != NULL;
}

/* ---- Going on ----------------------------------------------------------------------------------- */

/* The clock of the packet is set, but nothing is closed: its picture was open when it came. */
ln_status ln_receiver_restore(ln_receiver *receiver, const ln_arrival *arrival, const uint8_t *packet,
                              size_t size, uint64_t *id)
{
    const ln_model *model = model_of(receiver, arrival->device);
    ln_image_kind *kind = model ? kind_of(receiver, model) : NULL;
    ln_image *image = find_image(receiver, *id);
    ln_delivery d = {.size = size};
    if (!kind)
        return model ? LN_ERR_MEMORY : LN_ERR_MISMATCH;
    move_clock(receiver, arrival->time_ms);
    const ln_moment moment = moment_of(receiver, arrival);
    ln_status status = read_packet(receiver, kind, arrival->device, packet, &d);
    if (status != LN_OK)
        return status;
    if (!image) {
        make_room(receiver, arrival->device, NULL, 0);
        image = open_image(receiver, kind, arrival, &d);
        d.read_for = NULL;
    }
    if (!image)
        return LN_ERR_MEMORY;
    *id = image->info.id;
    return deliver(receiver, arrival, &moment, &d, image);
}

void ln_receiver_get_info(const ln_receiver *receiver, ln_receiver_info *info)
{
    if (info)
        *info = receiver ? receiver->info : (ln_receiver_info){0};
}

uint64_t ln_receiver_steps(const ln_receiver *receiver)
{
    return receiver->steps;
}
