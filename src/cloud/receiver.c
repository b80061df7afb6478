/* Packets of many devices and pictures at once, in any order, in bounded memory. */
#include "cloud/recovery.h"

#include <limitnet/cloud.h>

#include <stdlib.h>
#include <string.h>

#define MAX_IMAGES ((size_t)1 << 20)
#define MAX_WAITING ((size_t)1 << 24)
#define NO_LEVEL 255

/* A missing symbol. None has this value: a distribution holds 0 and at most 128 symbols. */
#define UNKNOWN INT8_MIN

/* A packet that waits: its size, whether it has brought new symbols already, then its bytes. */
#define WAITING_HEADER 2

struct ln_image {
    ln_image_info info;
    ln_receiver *receiver;
    size_t slot;             /* its place in ln_receiver.slots, for ever */
    ln_image *chain;         /* next with the same hash, or next free one */
    ln_image *older, *newer; /* by the latest packet */
    ln_order *order;
    int8_t *symbols; /* planes of a value side by side, values by channel and place */
    uint8_t *waiting;
    size_t waiting_size;
    unsigned levels_known;
    uint8_t levels[LN_MAP_CELLS];
    ln_recovery *recovery; /* null until the first protected packet comes */
    int protected;         /* whether one of this picture came, so that `recovery` counts */
};

struct ln_receiver {
    ln_receiver_config config;
    ln_receiver_info info;
    uint64_t now_ms;
    uint32_t first[LN_MAX_CHANNELS]; /* where a channel begins in ln_image.symbols */
    size_t symbols;                  /* size of that */
    ln_image **slots;                /* every image that was ever allocated, open or free */
    size_t slots_used;
    ln_image *free;
    ln_image **buckets; /* open images by device and number */
    size_t bucket_mask;
    ln_image *oldest, *newest;
    uint64_t serial;
    ln_order *blank;   /* never has a map: checks packets that belong to no picture yet */
    uint32_t *journal; /* what the packet at hand has added to its picture */
};

/* ---- Layout ---------------------------------------------------------------------------------- */

static size_t aligned(size_t size)
{
    return (size + 15) & ~(size_t)15;
}

static size_t image_bytes(const ln_receiver *receiver)
{
    return aligned(sizeof(ln_image)) + aligned(ln_order_size(receiver->config.model)) +
           aligned(receiver->symbols) + receiver->config.max_waiting_bytes;
}

static size_t lay_out_symbols(ln_receiver *receiver)
{
    const ln_model *model = receiver->config.model;
    size_t next = 0;
    for (unsigned c = 0; c < model->channels; c++) {
        receiver->first[c] = (uint32_t)next;
        next += (size_t)ln_model_places(model, c) * model->channel[c].planes;
    }
    return next;
}

/* One block of memory for an image and all that belongs to it. */
static ln_image *allocate_image(ln_receiver *receiver)
{
    const ln_model *model = receiver->config.model;
    uint8_t *memory = malloc(image_bytes(receiver));
    if (!memory)
        return NULL;
    ln_image *image = (void *)memory;
    uint8_t *order = memory + aligned(sizeof *image);
    uint8_t *symbols = order + aligned(ln_order_size(model));
    memset(image, 0, sizeof *image);
    image->receiver = receiver;
    image->symbols = (int8_t *)symbols;
    image->waiting = symbols + aligned(receiver->symbols);
    if (ln_order_init(&image->order, model, order, ln_order_size(model)) != LN_OK) {
        free(memory);
        return NULL;
    }
    image->slot = receiver->slots_used++;
    receiver->slots[image->slot] = image;
    return image;
}

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

static ln_image *take_free(ln_receiver *receiver)
{
    if (receiver->info.images == receiver->config.max_images)
        close_image(receiver, receiver->oldest, LN_CLOSE_DROPPED);
    ln_image *image = receiver->free;
    if (image)
        receiver->free = image->chain;
    else
        image = allocate_image(receiver);
    return image;
}

static ln_image *open_image(ln_receiver *receiver, uint64_t device, unsigned number)
{
    ln_image *image = take_free(receiver);
    if (!image)
        return NULL;
    image->info = (ln_image_info){
        /* The slot is found from the id without a search. */
        .id = ++receiver->serial * receiver->config.max_images + image->slot,
        .device = device,
        .number = number,
        .began_ms = receiver->now_ms,
        .total = receiver->config.model->symbols,
    };
    ln_order_reset(image->order);
    memset(image->symbols, UNKNOWN, receiver->symbols);
    memset(image->levels, NO_LEVEL, sizeof image->levels);
    image->levels_known = 0;
    image->waiting_size = 0;
    image->protected = 0;

    ln_image **first = bucket(receiver, device, number);
    image->chain = *first;
    *first = image;
    link_newest(receiver, image);
    receiver->info.images++;
    receiver->info.opened++;
    return image;
}

/* ---- Symbols --------------------------------------------------------------------------------- */

static int8_t *symbol_at(const ln_image *image, unsigned channel, unsigned plane, unsigned place)
{
    const ln_receiver *receiver = image->receiver;
    unsigned planes = receiver->config.model->channel[channel].planes;
    return &image->symbols[receiver->first[channel] + place * planes + plane];
}

/* What one packet does to a picture. */
typedef struct delivery {
    ln_image *image;
    size_t added; /* entries of the journal */
    int contradicts;
} delivery;

/* Journal entries from here on are levels of the map. */
static uint32_t journal_map(const ln_receiver *receiver)
{
    return (uint32_t)receiver->symbols;
}

static void store(void *context, const ln_symbol_id *id, int symbol)
{
    delivery *d = context;
    ln_image *image = d->image;
    ln_receiver *receiver = image->receiver;
    if (id->channel == LN_RANK_IS_MAP) {
        uint8_t *level = &image->levels[id->place];
        if (*level != NO_LEVEL) {
            d->contradicts |= *level != symbol;
            return;
        }
        *level = (uint8_t)symbol;
        image->levels_known++;
        receiver->journal[d->added++] = journal_map(receiver) + id->place;
    } else {
        int8_t *known = symbol_at(image, id->channel, id->plane, id->place);
        if (*known != UNKNOWN) {
            d->contradicts |= *known != symbol;
            return;
        }
        *known = (int8_t)symbol;
        receiver->journal[d->added++] = (uint32_t)(known - image->symbols);
    }
    image->info.symbols++;
}

static void ignore(void *context, const ln_symbol_id *id, int symbol)
{
    (void)context, (void)id, (void)symbol;
}

static void undo(delivery *d)
{
    ln_image *image = d->image;
    const ln_receiver *receiver = image->receiver;
    image->info.symbols -= (unsigned)d->added;
    while (d->added) {
        uint32_t entry = receiver->journal[--d->added];
        if (entry >= journal_map(receiver)) {
            image->levels[entry - journal_map(receiver)] = NO_LEVEL;
            image->levels_known--;
        } else {
            image->symbols[entry] = UNKNOWN;
        }
    }
}

/* ---- Packets --------------------------------------------------------------------------------- */

static void count(ln_traffic *traffic, size_t size)
{
    traffic->packets++;
    traffic->bytes += size;
}

/* Takes what a packet has. It may complete the map; then it is read once more, now to its end. If
 * that shows that it is damaged, its part of the map must go too: a wrong map would spoil every
 * packet that follows. */
static ln_status take(delivery *d, const uint8_t *packet, size_t size)
{
    ln_image *image = d->image;
    ln_status status = ln_packet_read(image->order, packet, size, store, d, NULL);
    if (image->levels_known < LN_MAP_CELLS || ln_order_complete(image->order))
        return status;
    ln_order_set_map(image->order, image->levels);
    if (status == LN_NEED_MAP) {
        status = ln_packet_read(image->order, packet, size, store, d, NULL);
        if (status != LN_OK) {
            undo(d);
            ln_order_reset(image->order);
        }
    }
    return status;
}

static int is_waiting(const ln_image *image, const uint8_t *packet, size_t size)
{
    for (size_t at = 0; at < image->waiting_size; at += WAITING_HEADER + image->waiting[at])
        if (image->waiting[at] == size && !memcmp(&image->waiting[at + WAITING_HEADER], packet, size))
            return 1;
    return 0;
}

static int keep_waiting(ln_image *image, const uint8_t *packet, size_t size, int fresh)
{
    size_t room = image->receiver->config.max_waiting_bytes - image->waiting_size;
    if (room < WAITING_HEADER + size)
        return 0;
    uint8_t *record = image->waiting + image->waiting_size;
    record[0] = (uint8_t)size;
    record[1] = (uint8_t)fresh;
    memcpy(record + WAITING_HEADER, packet, size);
    image->waiting_size += WAITING_HEADER + size;
    return 1;
}

/* Counts a packet that was read to its end or refused. `fresh`: it has brought something at an
 * earlier reading. */
static void settle(const delivery *d, ln_status status, size_t size, int fresh)
{
    ln_image_traffic *traffic = &d->image->info.traffic;
    if (status != LN_OK)
        count(&traffic->refused, size);
    else
        count(d->added || fresh ? &traffic->accepted : &traffic->duplicate, size);
    traffic->contradicting += status == LN_OK && d->contradicts;
}

static void settle_waiting(ln_image *image)
{
    for (size_t at = 0; at < image->waiting_size; at += WAITING_HEADER + image->waiting[at]) {
        const uint8_t *record = &image->waiting[at];
        delivery d = {.image = image};
        ln_status status = take(&d, record + WAITING_HEADER, record[0]);
        settle(&d, status, record[0], record[1]);
    }
    image->waiting_size = 0;
    image->info.traffic.waiting = (ln_traffic){0};
}

/* Takes a packet that has symbols. */
static ln_status push_symbols(ln_image *image, const uint8_t *packet, size_t size)
{
    ln_image_traffic *traffic = &image->info.traffic;
    delivery d = {.image = image};
    ln_status status = take(&d, packet, size);
    if (status != LN_NEED_MAP) {
        settle(&d, status, size, 0);
    } else if (is_waiting(image, packet, size)) {
        count(&traffic->duplicate, size);
    } else if (keep_waiting(image, packet, size, d.added > 0)) {
        count(&traffic->waiting, size);
    } else {
        count(&traffic->refused, size);
        status = LN_ERR_SPACE;
    }
    if (image->waiting_size && ln_order_complete(image->order))
        settle_waiting(image);
    return status;
}

/* ---- Protected packets ----------------------------------------------------------------------- */

static ln_status begin_recovery(ln_image *image)
{
    if (image->protected)
        return LN_OK;
    if (!image->recovery)
        image->recovery = malloc(sizeof *image->recovery);
    if (!image->recovery)
        return LN_ERR_MEMORY;
    ln_recovery_begin(image->recovery);
    image->protected = 1;
    return LN_OK;
}

/* A numbered packet in one piece again. Returns its size. */
static size_t assemble(const ln_image *image, unsigned number, const uint8_t *body, size_t length,
                       uint8_t *packet)
{
    unsigned tag = image->receiver->config.model->tag;
    packet[0] = (uint8_t)(tag << 4 | LN_PROTECTED_FLAG | image->info.number);
    packet[1] = (uint8_t)number;
    memcpy(packet + LN_NUMBERED_START, body, length);
    return LN_NUMBERED_START + length;
}

static unsigned rank_of(const uint8_t *body)
{
    return (unsigned)body[0] << 8 | body[1];
}

/* Rank behind a packet's last symbol; 0 when it cannot be told without the map. */
static unsigned end_of(const ln_image *image, const uint8_t *packet, size_t size)
{
    unsigned symbols;
    ln_status status = ln_packet_read(image->order, packet, size, ignore, NULL, &symbols);
    return status == LN_OK ? rank_of(packet + LN_NUMBERED_START) + symbols : 0;
}

/* Whether a packet that came out of repair packets stands between its neighbours as a sender would have put
 * it. */
static int fits_between(const ln_image *image, unsigned number, const uint8_t *packet, size_t size)
{
    const ln_recovery *recovery = image->recovery;
    unsigned rank = rank_of(packet + LN_NUMBERED_START), end = end_of(image, packet, size);
    if (number == 0 && rank != 0)
        return 0;
    if (number > 0 && recovery->length[number - 1]) {
        uint8_t before[LN_MAX_PAYLOAD];
        size_t before_size =
            assemble(image, number - 1, recovery->body[number - 1], recovery->length[number - 1], before);
        unsigned before_end = end_of(image, before, before_size);
        if (before_end && before_end != rank)
            return 0;
    }
    int known_next = end > 0 && number + 1 < LN_MAX_NUMBERS && recovery->length[number + 1] > 0;
    return !known_next || rank_of(recovery->body[number + 1]) == end;
}

/* Takes every packet that can be brought back. One that does not fit is dropped: something was damaged. */
static void recover(ln_image *image)
{
    uint8_t body[LN_MAX_BODY], packet[LN_MAX_PAYLOAD];
    unsigned number;
    size_t length;
    while ((length = ln_recovery_solved(image->recovery, &number, body))) {
        size_t size = assemble(image, number, body, length, packet);
        if (!fits_between(image, number, packet, size))
            continue;
        image->info.traffic.recovered++;
        ln_status status = push_symbols(image, packet, size);
        if (status == LN_OK || status == LN_NEED_MAP)
            ln_recovery_know(image->recovery, number, body, length);
    }
}

static ln_status push_numbered(ln_image *image, const ln_packet_header *header, const uint8_t *packet,
                               size_t size)
{
    ln_status status = push_symbols(image, packet, size);
    if (status != LN_OK && status != LN_NEED_MAP)
        return status;
    ln_recovery_know(image->recovery, header->number, packet + LN_NUMBERED_START, size - LN_NUMBERED_START);
    recover(image);
    return status;
}

static ln_status push_repair(ln_image *image, const ln_packet_header *header, const uint8_t *packet,
                             size_t size)
{
    ln_image_traffic *traffic = &image->info.traffic;
    ln_status status = ln_recovery_take(image->recovery, header, packet, size);
    if (status == LN_ERR_PACKET) {
        count(&traffic->refused, size);
        return status;
    }
    count(status == LN_OK ? &traffic->accepted : &traffic->duplicate, size);
    recover(image);
    return LN_OK;
}

static ln_status push_to(ln_image *image, const ln_packet_header *header, const uint8_t *packet, size_t size)
{
    if (header->form == LN_PACKET_PLAIN)
        return push_symbols(image, packet, size);
    ln_status status = begin_recovery(image);
    if (status != LN_OK) {
        count(&image->info.traffic.refused, size);
        return status;
    }
    return header->form == LN_PACKET_REPAIR ? push_repair(image, header, packet, size)
                                            : push_numbered(image, header, packet, size);
}

/* ---- Pictures -------------------------------------------------------------------------------- */

/* Whether a packet looks like one of a picture of which nothing is known. A repair packet has nothing to
 * check but its window, which begins with the picture where nothing came before it. */
static ln_status check_alone(const ln_receiver *receiver, const ln_packet_header *header,
                             const uint8_t *packet, size_t size)
{
    if (header->form == LN_PACKET_REPAIR)
        return header->count == header->number + 1u ? LN_OK : LN_ERR_PACKET;
    ln_status status = ln_packet_read(receiver->blank, packet, size, ignore, NULL, NULL);
    return status == LN_NEED_MAP ? LN_OK : status;
}

/* The picture that a packet belongs to: the one at hand or a new one. Garbage must not push out a
 * picture, so a packet is checked, as far as it can be, before it opens one. */
static ln_status find_or_open(ln_receiver *receiver, uint64_t device, const ln_packet_header *header,
                              const uint8_t *packet, size_t size, ln_image **image)
{
    if (header->tag != receiver->config.model->tag)
        return LN_ERR_TAG;
    *image = find(receiver, device, header->image);
    if (*image)
        return LN_OK;
    ln_status status = check_alone(receiver, header, packet, size);
    if (status != LN_OK)
        return status;
    *image = open_image(receiver, device, header->image);
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
    ln_packet_header header;
    ln_status status = ln_packet_peek(packet, size, &header);
    if (status == LN_OK)
        status = find_or_open(receiver, device, &header, packet, size, &image);
    if (status != LN_OK) {
        count(&receiver->info.refused, size);
        return status;
    }
    image->info.last_ms = receiver->now_ms;
    unlink_age(receiver, image);
    link_newest(receiver, image);
    if (id)
        *id = image->info.id;
    return push_to(image, &header, packet, size);
}

void ln_receiver_expire(ln_receiver *receiver, uint64_t now_ms)
{
    if (now_ms > receiver->now_ms)
        receiver->now_ms = now_ms;
    while (receiver->oldest && receiver->now_ms - receiver->oldest->info.last_ms > receiver->config.idle_ms)
        close_image(receiver, receiver->oldest, LN_CLOSE_IDLE);
}

/* ---- Opening and closing --------------------------------------------------------------------- */

static ln_order *new_order(const ln_model *model)
{
    size_t size = ln_order_size(model);
    void *memory = malloc(size);
    ln_order *order = NULL;
    if (memory && ln_order_init(&order, model, memory, size) != LN_OK)
        free(memory);
    return order;
}

static ln_status allocate_receiver(ln_receiver *receiver)
{
    const ln_receiver_config *config = &receiver->config;
    size_t buckets = 1;
    while (buckets < config->max_images)
        buckets *= 2;
    receiver->bucket_mask = buckets - 1;
    receiver->buckets = calloc(buckets, sizeof *receiver->buckets);
    receiver->slots = calloc(config->max_images, sizeof *receiver->slots);
    receiver->blank = new_order(config->model);
    receiver->journal = calloc(receiver->symbols + LN_MAP_CELLS, sizeof *receiver->journal);
    return receiver->buckets && receiver->slots && receiver->blank && receiver->journal ? LN_OK
                                                                                        : LN_ERR_MEMORY;
}

ln_status ln_receiver_open(ln_receiver **receiver, const ln_receiver_config *config)
{
    if (!receiver || !config || !config->model || !config->max_images || config->max_images > MAX_IMAGES ||
        config->max_waiting_bytes > MAX_WAITING)
        return LN_ERR_ARGUMENT;
    ln_receiver *r = calloc(1, sizeof *r);
    if (!r)
        return LN_ERR_MEMORY;
    r->config = *config;
    r->symbols = lay_out_symbols(r);
    r->info.image_bytes = image_bytes(r);
    r->info.repair_bytes = sizeof(ln_recovery);
    ln_status status = allocate_receiver(r);
    if (status != LN_OK) {
        ln_receiver_close(r);
        return status;
    }
    *receiver = r;
    return LN_OK;
}

void ln_receiver_close(ln_receiver *receiver)
{
    if (!receiver)
        return;
    for (size_t i = 0; i < receiver->slots_used; i++) {
        free(receiver->slots[i]->recovery);
        free(receiver->slots[i]);
    }
    free(receiver->slots);
    free(receiver->buckets);
    free(receiver->blank);
    free(receiver->journal);
    free(receiver);
}

/* ---- Questions ------------------------------------------------------------------------------- */

const ln_image *ln_receiver_image(const ln_receiver *receiver, uint64_t id)
{
    size_t slot = (size_t)(id % receiver->config.max_images);
    if (!id || slot >= receiver->slots_used || receiver->slots[slot]->info.id != id)
        return NULL;
    return receiver->slots[slot];
}

void ln_receiver_get_info(const ln_receiver *receiver, ln_receiver_info *info)
{
    *info = receiver->info;
}

void ln_image_get_info(const ln_image *image, ln_image_info *info)
{
    *info = image->info;
}

const ln_model *ln_image_model(const ln_image *image)
{
    return image->receiver->config.model;
}

const uint8_t *ln_image_map(const ln_image *image)
{
    return image->levels_known == LN_MAP_CELLS ? image->levels : NULL;
}

unsigned ln_image_known(const ln_image *image, unsigned channel, unsigned place)
{
    const int8_t *symbols = symbol_at(image, channel, 0, place);
    unsigned planes = ln_image_model(image)->channel[channel].planes;
    unsigned known = 0;
    while (known < planes && symbols[known] != UNKNOWN)
        known++;
    return known;
}

int32_t ln_image_value(const ln_image *image, unsigned channel, unsigned place)
{
    const int8_t *symbols = symbol_at(image, channel, 0, place);
    return ln_value_of(ln_image_model(image), channel, symbols, ln_image_known(image, channel, place));
}

int ln_image_symbol(const ln_image *image, unsigned channel, unsigned plane, unsigned place, int *symbol)
{
    int8_t known = *symbol_at(image, channel, plane, place);
    if (known == UNKNOWN)
        return 0;
    *symbol = known;
    return 1;
}
