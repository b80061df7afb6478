#include "cloud/image.h"

#include "core/symbol.h"

#include <stdlib.h>
#include <string.h>

#define NO_LEVEL 255

/* A missing symbol. No symbol has this value: a distribution holds 0 and at most 128 symbols. */
#define UNKNOWN INT8_MIN

/* Before the bytes of a packet that waits: its size, and whether it has brought new symbols already. */
#define WAITING_HEADER 2

/* ---- Memory ---------------------------------------------------------------------------------- */

static size_t aligned(size_t size)
{
    return (size + 15) & ~(size_t)15;
}

size_t ln_image_kind_bytes(const ln_image_kind *kind)
{
    return aligned(sizeof(ln_image)) + aligned(ln_order_size(kind->model)) + aligned(kind->symbols) +
           kind->max_waiting_bytes;
}

ln_status ln_image_kind_make(ln_image_kind *kind, const ln_model *model, size_t max_waiting_bytes)
{
    *kind = (ln_image_kind){.model = model, .max_waiting_bytes = max_waiting_bytes};
    for (unsigned c = 0; c < model->channels; c++) {
        kind->first[c] = (uint32_t)kind->symbols;
        kind->symbols += (size_t)ln_model_places(model, c) * model->channel[c].planes;
    }
    kind->decoded = malloc(model->symbols);
    kind->journal = calloc(model->symbols, sizeof *kind->journal);
    if (kind->decoded && kind->journal)
        return LN_OK;
    ln_image_kind_free(kind);
    return LN_ERR_MEMORY;
}

void ln_image_kind_free(ln_image_kind *kind)
{
    free(kind->decoded);
    free(kind->journal);
    *kind = (ln_image_kind){0};
}

/* One block of memory for a picture and its parts. */
ln_image *ln_image_make(const ln_image_kind *kind)
{
    uint8_t *memory = malloc(ln_image_kind_bytes(kind));
    if (!memory)
        return NULL;
    ln_image *image = (void *)memory;
    uint8_t *order = memory + aligned(sizeof *image);
    uint8_t *symbols = order + aligned(ln_order_size(kind->model));
    memset(image, 0, sizeof *image);
    image->kind = kind;
    image->symbols = (int8_t *)symbols;
    image->waiting = symbols + aligned(kind->symbols);
    if (ln_order_init(&image->order, kind->model, order, ln_order_size(kind->model)) != LN_OK) {
        free(memory);
        return NULL;
    }
    return image;
}

void ln_image_begin(ln_image *image, const ln_image_info *info)
{
    image->info = *info;
    image->info.total = image->kind->model->symbols;
    ln_order_reset(image->order);
    memset(image->symbols, UNKNOWN, image->kind->symbols);
    memset(image->levels, NO_LEVEL, sizeof image->levels);
    image->levels_known = 0;
    image->waiting_size = 0;
    image->protected = 0;
}

void ln_image_free(ln_image *image)
{
    if (image)
        free(image->recovery);
    free(image);
}

/* ---- Symbols --------------------------------------------------------------------------------- */

static int8_t *symbol_at(const ln_image *image, unsigned channel, unsigned plane, unsigned place)
{
    const ln_image_kind *kind = image->kind;
    return &image->symbols[kind->first[channel] + place * kind->model->channel[channel].planes + plane];
}

/* What a packet does to a picture. */
typedef struct effect {
    ln_image *image;
    size_t added; /* entries of the journal */
    int contradicts;
} effect;

/* Journal entries from here on are levels of the map. */
static uint32_t journal_map(const ln_image_kind *kind)
{
    return (uint32_t)kind->symbols;
}

static void store(void *context, const ln_symbol_id *id, int symbol)
{
    effect *e = context;
    ln_image *image = e->image;
    const ln_image_kind *kind = image->kind;
    if (id->channel == LN_RANK_IS_MAP) {
        uint8_t *level = &image->levels[id->place];
        if (*level != NO_LEVEL) {
            e->contradicts |= *level != symbol;
            return;
        }
        *level = (uint8_t)symbol;
        image->levels_known++;
        kind->journal[e->added++] = journal_map(kind) + id->place;
    } else {
        int8_t *known = symbol_at(image, id->channel, id->plane, id->place);
        if (*known != UNKNOWN) {
            e->contradicts |= *known != symbol;
            return;
        }
        *known = (int8_t)symbol;
        kind->journal[e->added++] = (uint32_t)(known - image->symbols);
    }
    image->info.symbols++;
}

static void undo(effect *e)
{
    ln_image *image = e->image;
    const ln_image_kind *kind = image->kind;
    image->info.symbols -= (unsigned)e->added;
    while (e->added) {
        uint32_t entry = kind->journal[--e->added];
        if (entry >= journal_map(kind)) {
            image->levels[entry - journal_map(kind)] = NO_LEVEL;
            image->levels_known--;
        } else {
            image->symbols[entry] = UNKNOWN;
        }
    }
}

/* Takes the symbols of a packet. They may complete the map; then the rest of the packet is decoded. If that
 * shows damage, its part of the map must go too, since a wrong map would spoil every packet that follows. */
static ln_status take(effect *e, ln_delivery *d)
{
    ln_image *image = e->image;
    if (d->status != LN_OK && d->status != LN_NEED_MAP)
        return d->status;
    ln_packet_reader_hand_out(&d->reader, image->order, store, e);
    if (image->levels_known < LN_MAP_CELLS || ln_order_complete(image->order))
        return d->status;
    ln_order_set_map(image->order, image->levels);
    if (d->status == LN_NEED_MAP) {
        d->status = ln_packet_reader_decode(&d->reader, image->order);
        if (d->status == LN_OK) {
            ln_packet_reader_hand_out(&d->reader, image->order, store, e);
        } else {
            undo(e);
            ln_order_reset(image->order);
        }
    }
    return d->status;
}

/* ---- Packets that have symbols --------------------------------------------------------------- */

void ln_delivery_read(ln_delivery *delivery, const ln_image_kind *kind, const ln_order *order)
{
    delivery->status = ln_packet_reader_init(&delivery->reader, kind->model, delivery->packet, delivery->size,
                                             kind->decoded);
    if (delivery->status == LN_OK)
        delivery->status = ln_packet_reader_decode(&delivery->reader, order);
}

static void count(ln_traffic *traffic, size_t size)
{
    traffic->packets++;
    traffic->bytes += size;
}

/* Counts a packet that was read to its end or refused. `fresh`: it has brought new symbols before. */
static void settle(const effect *e, ln_status status, size_t size, int fresh)
{
    ln_image_traffic *traffic = &e->image->info.traffic;
    if (status != LN_OK)
        count(&traffic->refused, size);
    else
        count(e->added || fresh ? &traffic->accepted : &traffic->duplicate, size);
    traffic->contradicting += status == LN_OK && e->contradicts;
}

static int is_waiting(const ln_image *image, const ln_delivery *d)
{
    for (size_t at = 0; at < image->waiting_size; at += WAITING_HEADER + image->waiting[at])
        if (image->waiting[at] == d->size &&
            !memcmp(&image->waiting[at + WAITING_HEADER], d->packet, d->size))
            return 1;
    return 0;
}

static int keep_waiting(ln_image *image, const ln_delivery *d, int fresh)
{
    size_t room = image->kind->max_waiting_bytes - image->waiting_size;
    if (room < WAITING_HEADER + d->size)
        return 0;
    uint8_t *record = image->waiting + image->waiting_size;
    record[0] = (uint8_t)d->size;
    record[1] = (uint8_t)fresh;
    memcpy(record + WAITING_HEADER, d->packet, d->size);
    image->waiting_size += WAITING_HEADER + d->size;
    return 1;
}

static void settle_waiting(ln_image *image)
{
    for (size_t at = 0; at < image->waiting_size; at += WAITING_HEADER + image->waiting[at]) {
        const uint8_t *record = &image->waiting[at];
        ln_delivery d = {.packet = record + WAITING_HEADER, .size = record[0]};
        effect e = {.image = image};
        ln_delivery_read(&d, image->kind, image->order);
        ln_status status = take(&e, &d);
        settle(&e, status, d.size, record[1]);
    }
    image->waiting_size = 0;
    image->info.traffic.waiting = (ln_traffic){0};
}

static ln_status take_symbols(ln_image *image, ln_delivery *d)
{
    ln_image_traffic *traffic = &image->info.traffic;
    effect e = {.image = image};
    ln_status status = take(&e, d);
    if (status != LN_NEED_MAP) {
        settle(&e, status, d->size, 0);
    } else if (is_waiting(image, d)) {
        count(&traffic->duplicate, d->size);
    } else if (keep_waiting(image, d, e.added > 0)) {
        count(&traffic->waiting, d->size);
    } else {
        count(&traffic->refused, d->size);
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

/* Makes a numbered packet of its body. Returns its size. */
static size_t assemble(const ln_image *image, unsigned number, const uint8_t *body, size_t length,
                       uint8_t *packet)
{
    unsigned tag = image->kind->model->tag;
    packet[0] = (uint8_t)(tag << 4 | LN_PROTECTED_FLAG | image->info.number);
    packet[1] = (uint8_t)number;
    memcpy(packet + LN_NUMBERED_START, body, length);
    return LN_NUMBERED_START + length;
}

static unsigned rank_of(const uint8_t *body)
{
    return (unsigned)body[0] << 8 | body[1];
}

/* The rank behind a packet's last symbol; 0 if only the map can tell. */
static unsigned end_of(const ln_delivery *d)
{
    return d->status == LN_OK ? d->reader.rank + d->reader.count : 0;
}

/* The rank at which packet `number` must begin; 0 if its neighbour does not tell. */
static unsigned end_of_neighbour(const ln_image *image, unsigned number)
{
    const ln_recovery *recovery = image->recovery;
    if (number == 0 || !recovery->length[number - 1])
        return 0;
    uint8_t packet[LN_MAX_PAYLOAD];
    ln_delivery d = {.packet = packet};
    d.size = assemble(image, number - 1, recovery->body[number - 1], recovery->length[number - 1], packet);
    ln_delivery_read(&d, image->kind, image->order);
    return end_of(&d);
}

/* Whether a packet that repair packets brought back begins and ends where its neighbours say.
 *   begin   end_of_neighbour */
static int fits_between(const ln_image *image, unsigned number, unsigned begin, const ln_delivery *d)
{
    const ln_recovery *recovery = image->recovery;
    unsigned rank = rank_of(d->packet + LN_NUMBERED_START), end = end_of(d);
    if ((number == 0 && rank != 0) || (begin > 0 && begin != rank))
        return 0;
    int known_next = end > 0 && number + 1 < LN_MAX_NUMBERS && recovery->length[number + 1] > 0;
    return !known_next || rank_of(recovery->body[number + 1]) == end;
}

/* Takes every packet that can be brought back. A packet that does not fit is dropped: something was
 * damaged. */
static void recover(ln_image *image)
{
    uint8_t body[LN_MAX_BODY], packet[LN_MAX_PAYLOAD];
    unsigned number;
    size_t length;
    while ((length = ln_recovery_solved(image->recovery, &number, body))) {
        unsigned begin = end_of_neighbour(image, number);
        ln_delivery d = {.packet = packet, .size = assemble(image, number, body, length, packet)};
        ln_delivery_read(&d, image->kind, image->order);
        if (!fits_between(image, number, begin, &d))
            continue;
        image->info.traffic.recovered++;
        ln_status status = take_symbols(image, &d);
        if (status == LN_OK || status == LN_NEED_MAP)
            ln_recovery_know(image->recovery, number, body, length);
    }
}

static ln_status take_numbered(ln_image *image, ln_delivery *d)
{
    ln_status status = take_symbols(image, d);
    if (status != LN_OK && status != LN_NEED_MAP)
        return status;
    ln_recovery_know(image->recovery, d->header.number, d->packet + LN_NUMBERED_START,
                     d->size - LN_NUMBERED_START);
    recover(image);
    return status;
}

static ln_status take_repair(ln_image *image, const ln_delivery *d)
{
    ln_image_traffic *traffic = &image->info.traffic;
    ln_status status = ln_recovery_take(image->recovery, &d->header, d->packet, d->size);
    if (status == LN_ERR_PACKET) {
        count(&traffic->refused, d->size);
        return status;
    }
    count(status == LN_OK ? &traffic->accepted : &traffic->duplicate, d->size);
    recover(image);
    return LN_OK;
}

ln_status ln_image_take(ln_image *image, ln_delivery *delivery)
{
    if (delivery->header.form == LN_PACKET_PLAIN)
        return take_symbols(image, delivery);
    ln_status status = begin_recovery(image);
    if (status != LN_OK) {
        count(&image->info.traffic.refused, delivery->size);
        return status;
    }
    return delivery->header.form == LN_PACKET_REPAIR ? take_repair(image, delivery)
                                                     : take_numbered(image, delivery);
}

/* ---- Questions ------------------------------------------------------------------------------- */

void ln_image_get_info(const ln_image *image, ln_image_info *info)
{
    if (info)
        *info = image ? image->info : (ln_image_info){0};
}

const ln_model *ln_image_model(const ln_image *image)
{
    return image ? image->kind->model : NULL;
}

const uint8_t *ln_image_map(const ln_image *image)
{
    return image && image->levels_known == LN_MAP_CELLS ? image->levels : NULL;
}

static int is_place(const ln_image *image, unsigned channel, unsigned place)
{
    return image && place < ln_model_places(image->kind->model, channel);
}

unsigned ln_image_known(const ln_image *image, unsigned channel, unsigned place)
{
    if (!is_place(image, channel, place))
        return 0;
    const int8_t *symbols = symbol_at(image, channel, 0, place);
    unsigned planes = image->kind->model->channel[channel].planes, known = 0;
    while (known < planes && symbols[known] != UNKNOWN)
        known++;
    return known;
}

int32_t ln_image_value(const ln_image *image, unsigned channel, unsigned place)
{
    unsigned known = ln_image_known(image, channel, place);
    if (known == 0)
        return 0;
    return ln_value_of(image->kind->model, channel, symbol_at(image, channel, 0, place), known);
}

int ln_image_symbol(const ln_image *image, unsigned channel, unsigned plane, unsigned place, int *symbol)
{
    int8_t known = *symbol_at(image, channel, plane, place);
    if (known == UNKNOWN)
        return 0;
    *symbol = known;
    return 1;
}
