#include "cloud/image.h"

#include "core/map.h"
#include "core/model.h"
#include "core/symbol.h"

#include <stdlib.h>
#include <string.h>

#define NO_LEVEL 255

/* A missing symbol. No symbol has this value: a distribution holds 0 and at most 128 symbols. */
#define UNKNOWN INT8_MIN

/* How much equal symbols must say until a packet is believed to belong to a picture, and what they say, in
 * units of an eighth of a bit or so: zeros are common. */
#define ENOUGH 64
#define ZERO_SAYS 1
#define OTHER_SAYS 8

/* ---- Memory ---------------------------------------------------------------------------------- */

static size_t aligned(size_t size)
{
    return (size + 15) & ~(size_t)15;
}

/* Bits for ranks 0 to model->symbols. */
static size_t bits_bytes(const ln_model *model)
{
    return aligned(model->symbols / 8 + 1);
}

size_t ln_image_kind_bytes(const ln_image_kind *kind)
{
    return aligned(sizeof(ln_image)) + aligned(ln_order_size(kind->model)) + aligned(kind->symbols) +
           2 * bits_bytes(kind->model) + ln_waiting_bytes(kind->max_waiting_bytes);
}

/* An order in memory of its own, to be freed with its memory; null if there is none. */
static ln_order *new_order(const ln_model *model, uint8_t *memory)
{
    ln_order *order;
    return ln_order_init(&order, model, memory, ln_order_size(model)) == LN_OK ? order : NULL;
}

/* One block of memory for all of it. */
ln_image_kind *ln_image_kind_make(const ln_model *model, size_t max_waiting_bytes)
{
    size_t order = aligned(ln_order_size(model));
    uint8_t *memory = malloc(aligned(sizeof(ln_image_kind)) + 2 * order + model->symbols);
    if (!memory)
        return NULL;
    ln_image_kind *kind = (void *)memory;
    *kind = (ln_image_kind){.model = model, .max_waiting_bytes = max_waiting_bytes};
    for (unsigned c = 0; c < model->channels; c++) {
        kind->first[c] = (uint32_t)kind->symbols;
        kind->symbols += (size_t)ln_channel_places(model, c) * model->channel[c].planes;
    }
    for (unsigned u = 0; u < model->before_map; u++)
        kind->map_rank += ln_channel_places(model, ln_model_unit(model, u).channel);
    memory += aligned(sizeof *kind);
    kind->blank = new_order(model, memory);
    kind->scratch = new_order(model, memory + order);
    kind->decoded = (int8_t *)(memory + 2 * order);
    return kind;
}

void ln_image_kind_free(ln_image_kind *kind)
{
    free(kind);
}

/* One block of memory for a picture and its parts. */
ln_image *ln_image_make(ln_image_kind *kind, const ln_image_info *info)
{
    uint8_t *memory = malloc(ln_image_kind_bytes(kind));
    if (!memory)
        return NULL;
    ln_image *image = (void *)memory;
    *image = (ln_image){.info = *info, .kind = kind};
    image->info.total = kind->model->symbols;
    memory += aligned(sizeof *image);
    image->order = new_order(kind->model, memory);
    memory += aligned(ln_order_size(kind->model));
    image->symbols = (int8_t *)memory;
    memset(image->symbols, UNKNOWN, kind->symbols);
    memory += aligned(kind->symbols);
    image->begins = memory;
    image->ends = memory + bits_bytes(kind->model);
    memset(image->begins, 0, 2 * bits_bytes(kind->model));
    memory += 2 * bits_bytes(kind->model);
    ln_waiting_init(&image->waiting, memory, kind->max_waiting_bytes);
    memset(image->levels, NO_LEVEL, sizeof image->levels);
    return image;
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

static void set_bit(uint8_t *bits, unsigned at)
{
    bits[at / 8] |= (uint8_t)(1u << at % 8);
}

static int has_bit(const uint8_t *bits, unsigned at)
{
    return bits[at / 8] >> at % 8 & 1;
}

static unsigned end_of(const ln_delivery *d)
{
    return d->reader.rank + d->reader.count;
}

static void each_symbol(const ln_delivery *d, ln_symbol_sink sink, void *context)
{
    ln_walker walker;
    ln_run run;
    unsigned rank = d->reader.rank, end = end_of(d);
    if (rank == end || !ln_order_seek(d->order, rank, &walker, &run))
        return;
    for (;;) {
        ln_symbol_id id = {(uint8_t)run.channel, (uint8_t)run.plane, 0, 0};
        for (unsigned at = rank - run.rank; at < run.count && rank < end; at++, rank++) {
            id.place = (uint16_t)ln_run_place(&run, at);
            sink(context, &id, d->reader.symbols[rank - d->reader.rank]);
        }
        if (rank == end)
            return;
        ln_order_step(d->order, &walker, &run);
    }
}

/* The map that a picture (null: a new one) would have with a packet's levels. 0: some are missing still. */
static int merge_map(const ln_image_kind *kind, const ln_image *image, const ln_delivery *d,
                     uint8_t levels[LN_MAP_CELLS])
{
    for (unsigned i = 0; i < LN_MAP_CELLS; i++) {
        unsigned rank = kind->map_rank + i;
        levels[i] = image ? image->levels[i] : NO_LEVEL;
        if (levels[i] != NO_LEVEL)
            continue;
        if (rank < d->reader.rank || rank >= end_of(d))
            return 0;
        levels[i] = (uint8_t)d->reader.symbols[rank - d->reader.rank];
    }
    return 1;
}

void ln_delivery_read(ln_delivery *d, const ln_image_kind *kind, const ln_image *image)
{
    uint8_t levels[LN_MAP_CELLS];
    d->read_for = image;
    d->order = image ? image->order : kind->blank;
    ln_packet_reader_init(&d->reader, kind->model, d->header.rank, d->part, d->length, kind->decoded);
    d->status = ln_packet_reader_decode(&d->reader, d->order);
    if (d->status != LN_NEED_MAP || !merge_map(kind, image, d, levels))
        return;
    ln_order_set_map(kind->scratch, levels);
    d->order = kind->scratch;
    d->status = ln_packet_reader_decode(&d->reader, d->order);
}

/* ---- Comparing ------------------------------------------------------------------------------- */

typedef struct comparison {
    const ln_image *image;
    int differs;
    unsigned says; /* the equal symbols */
} comparison;

static void compare(void *context, const ln_symbol_id *id, int symbol)
{
    comparison *c = context;
    int is_level = id->channel == LN_RANK_IS_MAP, known, is_known;
    if (is_level) {
        known = c->image->levels[id->place];
        is_known = known != NO_LEVEL;
    } else {
        known = *symbol_at(c->image, id->channel, id->plane, id->place);
        is_known = known != UNKNOWN;
    }
    if (!is_known)
        return;
    c->differs |= known != symbol;
    c->says += symbol != 0 || is_level ? OTHER_SAYS : ZERO_SAYS;
}

/* What the ranks of two protected packets say, of which one ends and the other, with a higher number, begins.
 * `adjacent`: no block fits between them. */
static ln_relation relation_of_ranks(unsigned end, unsigned begin, int adjacent)
{
    if (end == begin)
        return LN_BELONGS;
    return adjacent || end > begin ? LN_CONTRADICTS : LN_MAY_BELONG;
}

/* What the numbers of protected packets say: packets follow each other without a gap. How long blocks are is
 * a repair packet's word, which is not believed against a packet that came: so only the longest blocks
 * tell that packets are adjacent. */
static ln_relation relation_of_number(const ln_image *image, const ln_delivery *d)
{
    const ln_recovery *r = image->recovery;
    unsigned number = d->header.number, rank = d->header.rank, length = LN_BODY_HEAD + d->length;
    ln_relation relation = LN_MAY_BELONG;
    if (number == 0 && rank != 0)
        return LN_CONTRADICTS;
    if (!r)
        return relation;
    if (r->length[number] > 0) {
        uint8_t body[LN_MAX_BODY];
        ln_body_make(body, rank, d->part, d->length);
        return length == r->length[number] && memcmp(body, ln_recovery_known(r, number), length) == 0
                   ? LN_BELONGS
                   : LN_CONTRADICTS;
    }
    if (!ln_recovery_has_room(r, number, length, LN_MAX_BLOCK))
        return LN_CONTRADICTS;
    unsigned before = ln_recovery_before(r, number), behind = ln_recovery_behind(r, number);
    if (before < LN_MAX_BLOCKS && r->end[before] > 0)
        relation = relation_of_ranks(r->end[before], rank,
                                     before + ln_body_blocks(r->length[before], LN_MAX_BLOCK) == number);
    if (relation != LN_CONTRADICTS && d->status == LN_OK && behind < LN_MAX_BLOCKS) {
        ln_relation second = relation_of_ranks(end_of(d), ln_body_rank(ln_recovery_known(r, behind)),
                                               number + ln_body_blocks(length, LN_MAX_BLOCK) == behind);
        relation = second == LN_MAY_BELONG ? relation : second;
    }
    return relation;
}

static ln_relation relation_of_repair(const ln_image *image, const ln_delivery *d)
{
    if (!image->recovery)
        return LN_MAY_BELONG;
    ln_status status = ln_recovery_try(image->recovery, &d->header, d->part, d->length);
    return status == LN_OK ? LN_MAY_BELONG : status == LN_END ? LN_BELONGS : LN_CONTRADICTS;
}

static ln_waiting_packet waiting_packet(const ln_delivery *d, int fresh)
{
    int numbered = d->header.form == LN_PACKET_NUMBERED;
    return (ln_waiting_packet){.rank = d->header.rank,
                               .length = (uint8_t)d->length,
                               .number = numbered ? d->header.number : LN_NOT_NUMBERED,
                               .fresh = (uint8_t)fresh};
}

ln_relation ln_image_relation(const ln_image *image, ln_delivery *d)
{
    if (d->header.form == LN_PACKET_REPAIR)
        return relation_of_repair(image, d);
    if (d->read_for != image)
        ln_delivery_read(d, image->kind, image);
    if (d->status == LN_ERR_PACKET)
        return LN_CONTRADICTS;
    comparison c = {.image = image};
    each_symbol(d, compare, &c);
    if (c.differs)
        return LN_CONTRADICTS;
    if (d->header.form == LN_PACKET_NUMBERED) {
        ln_relation relation = relation_of_number(image, d);
        if (relation != LN_MAY_BELONG)
            return relation;
    }
    if (d->status == LN_NEED_MAP) {
        ln_waiting_packet packet = waiting_packet(d, 0);
        if (ln_waiting_has(&image->waiting, &packet, d->part))
            return LN_BELONGS;
    }
    if (c.says >= ENOUGH || has_bit(image->ends, d->header.rank) ||
        (d->status == LN_OK && has_bit(image->begins, end_of(d))))
        return LN_BELONGS;
    return LN_MAY_BELONG;
}

/* ---- Taking ---------------------------------------------------------------------------------- */

typedef struct storing {
    ln_image *image;
    unsigned added;
} storing;

static void store(void *context, const ln_symbol_id *id, int symbol)
{
    storing *s = context;
    ln_image *image = s->image;
    if (id->channel == LN_RANK_IS_MAP) {
        uint8_t *level = &image->levels[id->place];
        if (*level != NO_LEVEL)
            return;
        *level = (uint8_t)symbol;
        image->levels_known++;
    } else {
        int8_t *known = symbol_at(image, id->channel, id->plane, id->place);
        if (*known != UNKNOWN)
            return;
        *known = (int8_t)symbol;
    }
    s->added++;
}

static void count(ln_traffic *traffic, size_t size)
{
    traffic->packets++;
    traffic->bytes += size;
}

/* Where the packet lies among the picture's ranks. */
static void note_place(const ln_image *image, const ln_delivery *d)
{
    set_bit(image->begins, d->header.rank);
    if (d->status != LN_OK)
        return;
    set_bit(image->ends, end_of(d));
    if (d->header.form == LN_PACKET_NUMBERED && image->recovery)
        image->recovery->end[d->header.number] = end_of(d);
}

/* Keeps a packet until the map is there. */
static ln_status wait_for_map(ln_image *image, const ln_delivery *d, int fresh)
{
    ln_image_traffic *traffic = &image->info.traffic;
    ln_waiting_packet packet = waiting_packet(d, fresh);
    int is_there = ln_waiting_has(&image->waiting, &packet, d->part);
    if (!is_there && !ln_waiting_add(&image->waiting, &packet, d->part)) {
        count(&traffic->refused, d->size);
        return LN_ERR_SPACE;
    }
    count(is_there ? &traffic->duplicate : &traffic->waiting, d->size);
    return LN_NEED_MAP;
}

/* Takes the symbols of a packet that was compared. `fresh`: it has brought new ones before. */
static ln_status take_symbols(ln_image *image, const ln_delivery *d, int fresh)
{
    storing s = {.image = image};
    each_symbol(d, store, &s);
    image->info.symbols += s.added;
    note_place(image, d);
    if (image->levels_known == LN_MAP_CELLS && !ln_order_complete(image->order))
        ln_order_set_map(image->order, image->levels);
    if (d->status == LN_NEED_MAP)
        return wait_for_map(image, d, s.added > 0);
    count(s.added || fresh ? &image->info.traffic.accepted : &image->info.traffic.duplicate, d->size);
    return LN_OK;
}

/* A packet that was believed to belong to the picture, and does not. */
static void refuse(ln_image *image, const ln_delivery *d)
{
    count(&image->info.traffic.refused, d->size);
    image->info.traffic.contradicting++;
    if (d->header.form == LN_PACKET_NUMBERED && image->recovery)
        image->recovery->length[d->header.number] = 0;
}

/* A packet that does not come just now: one that waited, or whose body came out. */
static ln_delivery make_delivery(const ln_image *image, unsigned number, unsigned rank, const uint8_t *code,
                                 unsigned length)
{
    int numbered = number != LN_NOT_NUMBERED;
    ln_delivery d = {.part = code, .length = length};
    d.size = (numbered ? LN_NUMBERED_START : LN_HEADER_BYTES) + (size_t)length;
    if (image->checked)
        d.size += LN_CHECK_SIZE;
    d.header.rank = rank;
    if (numbered) {
        d.header.form = LN_PACKET_NUMBERED;
        d.header.number = (uint8_t)number;
    }
    return d;
}

/* Reads a packet that waited. */
static void settle(ln_image *image, const ln_waiting_packet *packet, const uint8_t *code)
{
    ln_delivery d = make_delivery(image, packet->number, packet->rank, code, packet->length);
    comparison c = {.image = image};
    ln_delivery_read(&d, image->kind, image);
    if (d.status == LN_OK)
        each_symbol(&d, compare, &c);
    if (d.status != LN_OK || c.differs)
        refuse(image, &d);
    else
        take_symbols(image, &d, packet->fresh);
}

/* Takes a packet that has symbols. If it completes the map, those that waited are read, each once. */
static ln_status take(ln_image *image, const ln_delivery *d)
{
    ln_waiting_packet packet;
    const uint8_t *code;
    size_t at = 0;
    ln_status status = take_symbols(image, d, 0);
    if (image->waiting.size == 0 || !ln_order_complete(image->order))
        return status;
    while (ln_waiting_next(&image->waiting, &at, &packet, &code))
        settle(image, &packet, code);
    ln_waiting_clear(&image->waiting);
    image->info.traffic.waiting = (ln_traffic){0};
    return status;
}

/* ---- Protected packets ----------------------------------------------------------------------- */

static ln_status begin_recovery(ln_image *image)
{
    if (image->recovery)
        return LN_OK;
    image->recovery = malloc(sizeof *image->recovery);
    if (!image->recovery)
        return LN_ERR_MEMORY;
    ln_recovery_begin(image->recovery);
    return LN_OK;
}

/* Whether a packet whose body came out ends where the next known one begins, in blocks and in ranks, and
 * begins where the one before it ends; as far as that is known. */
static int follows(const ln_image *image, const ln_delivery *d)
{
    const ln_recovery *r = image->recovery;
    unsigned number = d->header.number, before = ln_recovery_before(r, number);
    unsigned behind = ln_recovery_behind(r, number);
    unsigned end = number + ln_body_blocks(LN_BODY_HEAD + d->length, r->block);
    if (number > 0 && r->end[before] > 0 && r->end[before] != d->header.rank)
        return 0;
    if (d->status != LN_OK || behind == LN_MAX_BLOCKS)
        return 1;
    return (end == behind) == (end_of(d) == ln_body_rank(ln_recovery_known(r, behind)));
}

/* Makes a numbered packet of a body that came out. 0: it does not fit. */
static int deliver_body(const ln_image *image, unsigned number, const uint8_t *body, unsigned length,
                        ln_delivery *d)
{
    *d = make_delivery(image, number, ln_body_rank(body), body + LN_BODY_HEAD, length - LN_BODY_HEAD);
    if (d->header.rank >= image->kind->model->symbols)
        return 0;
    ln_delivery_read(d, image->kind, image);
    return follows(image, d) && ln_image_relation(image, d) != LN_CONTRADICTS;
}

/* Takes the packet that begins with block `number`, if its body has come out. The packet before it is known.
 * One that does not fit is dropped: something was damaged or mixed up. */
static void recover_at(ln_image *image, unsigned number)
{
    uint8_t body[LN_MAX_BODY];
    unsigned length;
    ln_status status = ln_recovery_body(image->recovery, number, body, &length);
    ln_delivery d;
    if (status == LN_END)
        return;
    if (status == LN_OK && deliver_body(image, number, body, length, &d)) {
        image->info.traffic.recovered++;
        ln_recovery_know(image->recovery, number, body, length);
        take(image, &d);
    } else {
        ln_recovery_drop(image->recovery, number);
    }
}

/* Takes every packet that can be brought back. Where one begins is known if the one before it is known; so
 * each one makes another possible. */
static void recover(ln_image *image)
{
    const ln_recovery *r = image->recovery;
    int begins = 1;
    for (unsigned number = 0; r->block > 0 && number < LN_MAX_BLOCKS;) {
        if (begins && !r->length[number])
            recover_at(image, number);
        begins = r->length[number] > 0;
        number += begins ? ln_body_blocks(r->length[number], r->block) : 1;
    }
}

static ln_status take_numbered(ln_image *image, const ln_delivery *d)
{
    uint8_t body[LN_MAX_BODY];
    unsigned length = ln_body_make(body, d->header.rank, d->part, d->length);
    ln_recovery_know(image->recovery, d->header.number, body, length);
    ln_status status = take(image, d);
    recover(image);
    return status;
}

static ln_status take_repair(ln_image *image, const ln_delivery *d)
{
    ln_image_traffic *traffic = &image->info.traffic;
    ln_status status = ln_recovery_take(image->recovery, &d->header, d->part, d->length);
    if (status == LN_ERR_PACKET) {
        refuse(image, d);
        return status;
    }
    count(status == LN_OK ? &traffic->accepted : &traffic->duplicate, d->size);
    recover(image);
    return LN_OK;
}

ln_status ln_image_take(ln_image *image, ln_delivery *d)
{
    ln_status status = d->header.form == LN_PACKET_PLAIN ? LN_OK : begin_recovery(image);
    if (status != LN_OK) {
        count(&image->info.traffic.refused, d->size);
        return status;
    }
    if (d->header.form == LN_PACKET_REPAIR)
        return take_repair(image, d);
    if (d->read_for != image)
        ln_delivery_read(d, image->kind, image);
    return d->header.form == LN_PACKET_NUMBERED ? take_numbered(image, d) : take(image, d);
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
