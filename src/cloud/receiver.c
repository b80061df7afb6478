/* Packets of many devices and pictures at once, in any order, in bounded memory. */
#include "cloud/error.h"
#include "cloud/image.h"

#include <stdlib.h>
#include <string.h>

#define MAX_IMAGES ((size_t)1 << 20)
#define MAX_WAITING ((size_t)1 << 24)

struct ln_receiver {
    ln_receiver_config config;
    ln_receiver_info info;
    uint64_t now_ms;
    ln_image_kind kind;
    ln_image **slots; /* every image that was ever made, open or free */
    size_t slots_used;
    ln_image *free;
    ln_image **buckets; /* open images by device and number */
    size_t bucket_mask;
    ln_image *oldest, *newest; /* open images by their latest packet */
    uint64_t serial;
    ln_order *blank; /* never has a map: for packets whose picture is not open yet */
};

/* ---- Open images by name and by age ---------------------------------------------------------- */

static ln_image **bucket(const ln_receiver *receiver, uint64_t device, unsigned number)
{
    uint64_t h = (device ^ (uint64_t)number << 60) * UINT64_C(0x9E3779B97F4A7C15);
    h ^= h >> 32;
    return &receiver->buckets[h & receiver->bucket_mask];
}

static ln_image *find(const ln_receiver *receiver, uint64_t device, unsigned number)
{
    ln_image *image = *bucket(receiver, device, number);
    while (image && (image->info.device != device || image->info.number != number))
        image = image->chain;
    return image;
}

static void link_newest(ln_receiver *receiver, ln_image *image)
{
    image->older = receiver->newest;
    image->newer = NULL;
    *(image->older ? &image->older->newer : &receiver->oldest) = image;
    receiver->newest = image;
}

static void unlink_age(ln_receiver *receiver, ln_image *image)
{
    *(image->older ? &image->older->newer : &receiver->oldest) = image->newer;
    *(image->newer ? &image->newer->older : &receiver->newest) = image->older;
}

static void close_image(ln_receiver *receiver, ln_image *image, ln_close_reason reason)
{
    if (receiver->config.closed)
        receiver->config.closed(receiver->config.context, image, reason);
    ln_image **link = bucket(receiver, image->info.device, image->info.number);
    while (*link != image)
        link = &(*link)->chain;
    *link = image->chain;
    unlink_age(receiver, image);
    image->info.id = 0;
    image->chain = receiver->free;
    receiver->free = image;
    receiver->info.images--;
    *(reason == LN_CLOSE_IDLE ? &receiver->info.idle : &receiver->info.dropped) += 1;
}

/* An image that is not open; null if there is no memory for one. */
static ln_image *take_free(ln_receiver *receiver)
{
    if (receiver->info.images == receiver->config.max_images)
        close_image(receiver, receiver->oldest, LN_CLOSE_DROPPED);
    ln_image *image = receiver->free;
    if (image) {
        receiver->free = image->chain;
        return image;
    }
    image = ln_image_make(&receiver->kind);
    if (image) {
        image->slot = receiver->slots_used++;
        receiver->slots[image->slot] = image;
    }
    return image;
}

static ln_image *open_image(ln_receiver *receiver, uint64_t device, unsigned number)
{
    ln_image *image = take_free(receiver);
    if (!image)
        return NULL;
    ln_image_begin(image, &(ln_image_info){
                              /* The slot is found from the id without a search. */
                              .id = ++receiver->serial * receiver->config.max_images + image->slot,
                              .device = device,
                              .number = number,
                              .began_ms = receiver->now_ms,
                          });
    ln_image **first = bucket(receiver, device, number);
    image->chain = *first;
    *first = image;
    link_newest(receiver, image);
    receiver->info.images++;
    receiver->info.opened++;
    return image;
}

/* ---- Packets --------------------------------------------------------------------------------- */

/* Whether a packet may open a picture: garbage must not push out another one. A repair packet can only be
 * checked for its window: where nothing came before, that begins with the picture. */
static ln_status may_open(const ln_delivery *d)
{
    if (d->header.form == LN_PACKET_REPAIR)
        return d->header.count == d->header.number + 1u ? LN_OK : LN_ERR_PACKET;
    return d->status == LN_NEED_MAP ? LN_OK : d->status;
}

/* Finds or opens the picture that a packet belongs to, and reads the packet with that picture's order. */
static ln_status address(ln_receiver *receiver, uint64_t device, ln_delivery *d, ln_image **image)
{
    if (d->header.tag != receiver->config.model->tag)
        return LN_ERR_TAG;
    *image = find(receiver, device, d->header.image);
    if (d->header.form != LN_PACKET_REPAIR)
        ln_delivery_read(d, &receiver->kind, *image ? (*image)->order : receiver->blank);
    if (*image)
        return LN_OK;
    ln_status status = may_open(d);
    if (status != LN_OK)
        return status;
    *image = open_image(receiver, device, d->header.image);
    return *image ? LN_OK : LN_ERR_MEMORY;
}

ln_status ln_receiver_push(ln_receiver *receiver, uint64_t device, uint64_t now_ms, const uint8_t *packet,
                           size_t size, uint64_t *id)
{
    if (id)
        *id = 0;
    if (!receiver || !packet)
        return LN_ERR_ARGUMENT;
    ln_receiver_expire(receiver, now_ms);
    ln_image *image = NULL;
    ln_delivery d = {.packet = packet, .size = size};
    ln_status status = ln_packet_peek(packet, size, &d.header);
    if (status == LN_OK)
        status = address(receiver, device, &d, &image);
    if (status != LN_OK) {
        receiver->info.refused.packets++;
        receiver->info.refused.bytes += size;
        return status;
    }
    image->info.last_ms = receiver->now_ms;
    unlink_age(receiver, image);
    link_newest(receiver, image);
    if (id)
        *id = image->info.id;
    return ln_image_take(image, &d);
}

void ln_receiver_expire(ln_receiver *receiver, uint64_t now_ms)
{
    if (!receiver)
        return;
    if (now_ms > receiver->now_ms)
        receiver->now_ms = now_ms;
    while (receiver->oldest && receiver->now_ms - receiver->oldest->info.last_ms > receiver->config.idle_ms)
        close_image(receiver, receiver->oldest, LN_CLOSE_IDLE);
}

/* ---- Opening and closing --------------------------------------------------------------------- */

static ln_status check_config(const ln_receiver_config *config, ln_error *error)
{
    if (!config->max_images || config->max_images > MAX_IMAGES)
        return ln_fail(error, LN_ERR_ARGUMENT, "receiver: %zu pictures at once: choose 1 to %zu",
                       config->max_images, MAX_IMAGES);
    if (config->max_waiting_bytes > MAX_WAITING)
        return ln_fail(error, LN_ERR_ARGUMENT,
                       "receiver: room of %zu bytes for packets that wait: choose at most %zu",
                       config->max_waiting_bytes, MAX_WAITING);
    return LN_OK;
}

/* An order in memory of its own, to be freed; null if there is none. */
static ln_order *new_order(const ln_model *model)
{
    size_t size = ln_order_size(model);
    void *memory = malloc(size);
    ln_order *order = NULL;
    if (memory && ln_order_init(&order, model, memory, size) != LN_OK)
        free(memory);
    return order;
}

static ln_status allocate(ln_receiver *receiver)
{
    const ln_receiver_config *config = &receiver->config;
    size_t buckets = 1;
    while (buckets < config->max_images)
        buckets *= 2;
    receiver->bucket_mask = buckets - 1;
    receiver->buckets = calloc(buckets, sizeof *receiver->buckets);
    receiver->slots = calloc(config->max_images, sizeof *receiver->slots);
    receiver->blank = new_order(config->model);
    ln_status status = ln_image_kind_make(&receiver->kind, config->model, config->max_waiting_bytes);
    return receiver->buckets && receiver->slots && receiver->blank ? status : LN_ERR_MEMORY;
}

ln_status ln_receiver_open(ln_receiver **receiver, const ln_receiver_config *config, ln_error *error)
{
    if (!receiver)
        return ln_fail_null(error, __func__);
    *receiver = NULL;
    if (!config || !config->model)
        return ln_fail_null(error, __func__);
    ln_status status = check_config(config, error);
    if (status != LN_OK)
        return status;
    ln_receiver *r = calloc(1, sizeof *r);
    if (!r)
        return ln_fail_memory(error);
    r->config = *config;
    if (allocate(r) != LN_OK) {
        ln_receiver_close(r);
        return ln_fail_memory(error);
    }
    r->info.image_bytes = ln_image_kind_bytes(&r->kind);
    r->info.repair_bytes = sizeof(ln_recovery);
    *receiver = r;
    return LN_OK;
}

void ln_receiver_close(ln_receiver *receiver)
{
    if (!receiver)
        return;
    for (size_t i = 0; i < receiver->slots_used; i++)
        ln_image_free(receiver->slots[i]);
    ln_image_kind_free(&receiver->kind);
    free(receiver->slots);
    free(receiver->buckets);
    free(receiver->blank);
    free(receiver);
}

/* ---- Questions ------------------------------------------------------------------------------- */

const ln_image *ln_receiver_image(const ln_receiver *receiver, uint64_t id)
{
    if (!receiver || !id)
        return NULL;
    size_t slot = (size_t)(id % receiver->config.max_images);
    if (slot >= receiver->slots_used || receiver->slots[slot]->info.id != id)
        return NULL;
    return receiver->slots[slot];
}

void ln_receiver_get_info(const ln_receiver *receiver, ln_receiver_info *info)
{
    if (info)
        *info = receiver ? receiver->info : (ln_receiver_info){0};
}
