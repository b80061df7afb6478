/* Packets (6): a header, and symbols from a rank on in one range code. */
#include "core/packet.h"

#include <string.h>

#include "core/model.h"
#include "core/order.h"
#include "core/range_coder.h"
#include "core/repair.h"
#include "core/symbol.h"

#define MAP_CONTEXTS_OF_MEAN 8 /* contexts 0..7 are for a mean of neighbours, 8 for none */

/* How the symbols of a run are coded: numbers 0 .. count - 1 under cumulative frequencies. */
typedef struct coding {
    const uint8_t *cumulative;
    unsigned count;
    int lowest; /* a base symbol is lowest + number; a refinement is 0, -1, 1 */
    int refines;
    uint8_t refinement[6]; /* the table of a refinement, made from q0 and qn */
} coding;

/* Where values come from: one after the other from `value`, or from memory that `store` names. */
typedef struct source {
    ln_value_source value;
    ln_stored_source store;
    void *context;
    ln_stored stored; /* of the channel at hand */
} source;

/* The map's levels that one packet carries: those before `first` are in another one. */
typedef struct map_part {
    unsigned first;
    uint8_t level[LN_MAP_CELLS];
} map_part;

static void put_u16(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

/* Cumulative frequencies of a refinement of -1 and of 1 (4.1). */
typedef struct refinement {
    uint32_t negative, positive;
} refinement;

static refinement refinement_of_run(const ln_model *model, const ln_run *run)
{
    const uint8_t *q = ln_model_refinement(model, run->channel, run->plane, ln_class_of_band(run->band));
    unsigned zero = 16u * q[0];
    unsigned negative = (4096 - zero) * q[1] >> 8;
    refinement r = {zero, zero + (negative > 0 ? negative : 1)};

    return r;
}

static void coding_of_refinement(coding *c, refinement r)
{
    put_u16(c->refinement, 0);
    put_u16(c->refinement + 2, r.negative);
    put_u16(c->refinement + 4, r.positive);
    c->cumulative = c->refinement;
    c->count = 3;
}

static void coding_of_run(coding *c, const ln_model *model, const ln_run *run)
{
    unsigned saliency_class = ln_class_of_band(run->band);

    c->lowest = 0;
    c->refines = run->plane > 0;
    if (run->channel == LN_RANK_IS_MAP) {
        c->cumulative = NULL; /* changes from cell to cell */
        c->count = LN_MAP_LEVELS;
    } else if (c->refines) {
        coding_of_refinement(c, refinement_of_run(model, run));
    } else {
        const uint8_t *base = ln_model_base(model, run->channel, saliency_class);

        c->lowest = ln_base_lowest(base);
        c->count = base[1];
        c->cumulative = base + 2;
    }
}

/* Distribution of a cell of the map, from its neighbours in the same packet (4.3). */
static const uint8_t *map_cumulative(const ln_model *model, const map_part *map, unsigned cell)
{
    int has_left = cell % LN_MAP_SIDE > 0 && cell > map->first;
    int has_up = cell >= map->first + LN_MAP_SIDE;
    unsigned left = has_left ? map->level[cell - 1] : 0, up = has_up ? map->level[cell - LN_MAP_SIDE] : 0;
    unsigned context = MAP_CONTEXTS_OF_MEAN;

    if (has_left && has_up)
        context = (left + up + 1) >> 3;
    else if (has_left || has_up)
        context = (left + up) >> 2;
    return model->map_distribution + context * LN_MAP_LEVELS * 2;
}

static int symbol_of_number(const coding *c, int number)
{
    if (c->refines)
        return number == 1 ? -1 : number >> 1;
    return c->lowest + number;
}

static unsigned number_of_symbol(const coding *c, int symbol)
{
    if (c->refines)
        return symbol < 0 ? 1 : 2 * (unsigned)symbol;
    return (unsigned)(symbol - c->lowest);
}

static int encode_number(ln_range_encoder *encoder, const uint8_t *cumulative, unsigned count,
                         unsigned number)
{
    unsigned from = ln_u16(cumulative + 2 * number);
    unsigned to = number + 1 < count ? ln_u16(cumulative + 2 * number + 2) : 4096;

    return ln_range_encode(encoder, from, to - from);
}

/* Each of these codes a run from its symbol `at` on, until the packet is full, and returns where it stopped.
 */
static unsigned encode_map(ln_range_encoder *encoder, const ln_model *model, const uint8_t *levels,
                           unsigned at)
{
    map_part map;

    map.first = at;
    memcpy(map.level, levels, LN_MAP_CELLS);
    while (at < LN_MAP_CELLS &&
           encode_number(encoder, map_cumulative(model, &map, at), LN_MAP_LEVELS, levels[at]))
        at++;
    return at;
}

static unsigned encode_each(ln_range_encoder *encoder, const coding *c, const ln_symbol_rule *rule,
                            const ln_run *run, unsigned at, const source *from)
{
    for (; at < run->count; at++) {
        unsigned place = ln_run_place(run, at);
        int v = from->value ? from->value(from->context, run->channel, place)
                            : ln_stored_at(&from->stored, place);

        if (!encode_number(encoder, c->cumulative, c->count, number_of_symbol(c, ln_symbol_make(rule, v))))
            break;
    }
    return at;
}

/* Where a run's values lie: `place` names them one after the other. */
typedef struct listed {
    const uint16_t *place, *end;
    ln_stored stored;
} listed;

/* The next two do what encode_each does, made short: as long as any symbol fits, for values in memory and a
 * run that lists its places. They pass over the places whose symbols are coded.
 *
 * Refinements are most symbols, and most of them are 0. A refinement is 0 where the plane's bit of the
 * magnitude is (3); then `low` stays as it is. */
static inline void encode_refinements(ln_range_encoder *encoder, refinement r, const ln_symbol_rule *rule,
                                      listed *l)
{
    const uint16_t *place = l->place, *end = l->end;
    uint32_t range = encoder->range;
    int fits = rule->most_positive < rule->most_negative ? rule->most_positive : rule->most_negative;
    int bit = 1 << rule->shift;

    while (place != end) {
        int v = ln_stored_at(&l->stored, *place++), magnitude = ln_magnitude(v);
        uint32_t unit = range >> LN_TOTAL_BITS;

        if (magnitude > fits)
            magnitude = ln_symbol_limit(rule, v);
        if (!(magnitude & bit)) {
            range = unit * r.negative;
        } else if (v < 0 && magnitude < 2 * bit) {
            ln_range_encoder_raise(encoder, unit * r.negative);
            range = unit * (r.positive - r.negative);
        } else {
            ln_range_encoder_raise(encoder, unit * r.positive);
            range = unit * ((1u << LN_TOTAL_BITS) - r.positive);
        }
        if (range < LN_LEAST_RANGE) {
            range = ln_range_encoder_shift(encoder, range);
            if (!ln_range_encoder_has_room(encoder))
                break;
        }
    }
    encoder->range = range;
    l->place = place;
}

/* A base symbol outside the distribution becomes its first or last one (4.2). */
static inline void encode_bases(ln_range_encoder *encoder, const ln_symbol_rule *rule, listed *l)
{
    const uint16_t *place = l->place, *end = l->end;
    const uint8_t *cumulative = rule->base + 2;
    int lowest = ln_base_lowest(rule->base), last = rule->base[1] - 1;
    uint32_t range = encoder->range;

    while (place != end) {
        int v = ln_stored_at(&l->stored, *place++), t = ln_magnitude(v) >> rule->shift;
        int number = (v < 0 ? -t : t) - lowest;
        uint32_t unit = range >> LN_TOTAL_BITS;
        unsigned from, to = 1u << LN_TOTAL_BITS;

        if (number < 0)
            number = 0;
        if (number < last)
            to = ln_u16(cumulative + 2 * number + 2);
        else
            number = last;
        from = ln_u16(cumulative + 2 * number);
        ln_range_encoder_raise(encoder, unit * from);
        range = unit * (to - from);
        if (range < LN_LEAST_RANGE) {
            range = ln_range_encoder_shift(encoder, range);
            if (!ln_range_encoder_has_room(encoder))
                break;
        }
    }
    encoder->range = range;
    l->place = place;
}

static inline void encode_listed(ln_range_encoder *encoder, const ln_model *model, const ln_symbol_rule *rule,
                                 const ln_run *run, listed *l)
{
    if (run->plane > 0)
        encode_refinements(encoder, refinement_of_run(model, run), rule, l);
    else
        encode_bases(encoder, rule, l);
}

/* The same for each storage, so that the compiler makes a loop for each. Returns where in the run it stopped.
 */
static unsigned encode_stored(ln_range_encoder *encoder, const ln_model *model, const ln_symbol_rule *rule,
                              const ln_run *run, unsigned at, const ln_stored *stored)
{
    listed l = {run->places + at, run->places + run->count, *stored};

    switch (stored->storage) {
    case LN_STORED_INT8:
        l.stored.storage = LN_STORED_INT8;
        encode_listed(encoder, model, rule, run, &l);
        break;
    case LN_STORED_UINT8:
        l.stored.storage = LN_STORED_UINT8;
        encode_listed(encoder, model, rule, run, &l);
        break;
    case LN_STORED_INT16:
        l.stored.storage = LN_STORED_INT16;
        encode_listed(encoder, model, rule, run, &l);
        break;
    }
    return (unsigned)(l.place - run->places);
}

static unsigned encode_values(ln_range_encoder *encoder, const ln_model *model, const ln_run *run,
                              unsigned at, source *from)
{
    coding c;
    ln_symbol_rule rule;

    ln_symbol_rule_make(&rule, model, run->channel, run->plane, run->band);
    if (from->store) {
        from->stored = from->store(from->context, run->channel);
        if (run->places && ln_range_encoder_has_room(encoder))
            at = encode_stored(encoder, model, &rule, run, at, &from->stored);
        if (at == run->count)
            return at;
    }
    coding_of_run(&c, model, run);
    return encode_each(encoder, &c, &rule, run, at, from);
}

static ln_status peek_protected(const uint8_t *packet, size_t size, ln_packet_header *header)
{
    header->number = packet[1] & 127;
    if (!(packet[1] & LN_REPAIR_FLAG)) {
        header->form = LN_PACKET_NUMBERED;
        header->rank = (uint16_t)(packet[2] << 8 | packet[3]);
        return size > LN_NUMBERED_START + 2 ? LN_OK : LN_ERR_PACKET;
    }
    header->form = LN_PACKET_REPAIR;
    header->index = packet[2] >> 6;
    header->count = packet[2] & LN_MAX_WINDOW;
    if (size <= LN_REPAIR_START + 2 || header->count == 0 || header->count > header->number + 1u)
        return LN_ERR_PACKET;
    return LN_OK;
}

ln_status ln_packet_peek(const uint8_t *packet, size_t size, ln_packet_header *header)
{
    if (!packet || !header)
        return LN_ERR_ARGUMENT;
    if (size <= LN_HEADER_BYTES || size > LN_MAX_PAYLOAD)
        return LN_ERR_PACKET;
    memset(header, 0, sizeof *header);
    header->tag = packet[0] >> 4;
    header->image = packet[0] & 7;
    if (packet[0] & LN_PROTECTED_FLAG)
        return peek_protected(packet, size, header);
    header->rank = (uint16_t)(packet[1] << 8 | packet[2]);
    return LN_OK;
}

static int levels_valid(const uint8_t *levels)
{
    for (unsigned i = 0; i < LN_MAP_CELLS; i++)
        if (levels[i] >= LN_MAP_LEVELS)
            return 0;
    return 1;
}

static ln_status write_packet(const ln_order *order, const uint8_t *map, source *from, unsigned image,
                              unsigned rank, size_t room, uint8_t *packet, size_t *size, unsigned *next)
{
    const ln_model *model;
    ln_range_encoder encoder;
    ln_walker walker;
    ln_run run;
    unsigned at;

    if (!order || (!from->value && !from->store) || !packet || !size || !next || image >= LN_IMAGES ||
        room < LN_MIN_PACKET || room > LN_MAX_PAYLOAD)
        return LN_ERR_ARGUMENT;
    model = ln_order_model(order);
    if (rank > model->symbols || (model->layers && (!map || !levels_valid(map))))
        return LN_ERR_ARGUMENT;
    if (!ln_order_complete(order))
        return LN_ERR_STATE;
    if (rank == model->symbols)
        return LN_END;

    packet[0] = (uint8_t)(model->tag << 4 | image);
    packet[1] = (uint8_t)(rank >> 8);
    packet[2] = (uint8_t)rank;
    ln_range_encoder_init(&encoder, packet + LN_HEADER_BYTES, (unsigned)room - LN_HEADER_BYTES);
    ln_order_seek(order, rank, &walker, &run);
    at = rank - run.rank;
    do {
        at = run.channel == LN_RANK_IS_MAP ? encode_map(&encoder, model, map, at)
                                           : encode_values(&encoder, model, &run, at, from);
        *next = run.rank + at;
        if (at < run.count)
            break;
        at = 0;
    } while (ln_order_step(order, &walker, &run));
    *size = room - ln_range_encoder_finish(&encoder);
    return LN_OK;
}

ln_status ln_packet_write(const ln_order *order, const uint8_t *map, ln_value_source values, void *context,
                          unsigned image, unsigned rank, size_t room, uint8_t *packet, size_t *size,
                          unsigned *next)
{
    source from = {values, NULL, context, {NULL, LN_STORED_INT8}};

    return write_packet(order, map, &from, image, rank, room, packet, size, next);
}

ln_status ln_packet_write_stored(const ln_order *order, const uint8_t *map, ln_stored_source stored,
                                 void *context, unsigned image, unsigned rank, size_t room, uint8_t *packet,
                                 size_t *size, unsigned *next)
{
    source from = {NULL, stored, context, {NULL, LN_STORED_INT8}};

    return write_packet(order, map, &from, image, rank, room, packet, size, next);
}

/* A packet being decoded. */
typedef struct reading {
    const ln_order *order;
    const ln_model *model;
    ln_range_decoder decoder;
    ln_walker walker; /* behind `run` */
    ln_run run;       /* what is decoded now */
    unsigned at;      /* its next symbol */
    int known;        /* whether there is such a run: not at the order's end, nor where the map is missing */
    unsigned left;    /* symbols from here to the order's end */
    map_part map;
} reading;

/* Decodes the run to its end. 0, or LN_CODE_STOP or LN_CODE_DAMAGED. Without a sink the symbols are only
 * checked. */
static int decode_run(reading *r, ln_symbol_sink sink, void *context)
{
    int is_map = r->run.channel == LN_RANK_IS_MAP;
    ln_symbol_id id = {(uint8_t)r->run.channel, (uint8_t)r->run.plane, (uint8_t)r->run.band, 0};
    coding c;

    coding_of_run(&c, r->model, &r->run);
    for (; r->at < r->run.count; r->at++, r->left--) {
        int number = ln_range_decode_more(&r->decoder);

        if (number != 0)
            return number;
        if (is_map)
            c.cumulative = map_cumulative(r->model, &r->map, r->at);
        number = ln_range_decode(&r->decoder, c.cumulative, c.count);
        if (number < 0)
            return number;
        if (is_map)
            r->map.level[r->at] = (uint8_t)number;
        if (sink) {
            id.place = (uint16_t)ln_run_place(&r->run, r->at);
            sink(context, &id, symbol_of_number(&c, number));
        }
    }
    return 0;
}

/* Decodes to the packet's end or to the missing map. */
static ln_status decode(reading *r, ln_symbol_sink sink, void *context)
{
    int end = 0;

    while (end == 0 && r->known) {
        end = decode_run(r, sink, context);
        if (end == 0) {
            r->known = ln_order_step(r->order, &r->walker, &r->run);
            r->at = 0;
        }
    }
    /* In front of a run that waits for the map the packet may just have ended. */
    if (end == 0 && r->left > 0) {
        end = ln_range_decode_more(&r->decoder);
        if (end == 0)
            return LN_NEED_MAP;
    }
    return end != LN_CODE_DAMAGED && ln_range_decoder_finished(&r->decoder) ? LN_OK : LN_ERR_PACKET;
}

ln_status ln_packet_read(const ln_order *order, const uint8_t *packet, size_t size, ln_symbol_sink sink,
                         void *context, unsigned *count)
{
    ln_packet_header header;
    reading start, pass;
    ln_status status;
    unsigned begin;

    if (!order || !packet || !sink)
        return LN_ERR_ARGUMENT;
    status = ln_packet_peek(packet, size, &header);
    if (status != LN_OK)
        return status;
    start.order = order;
    start.model = ln_order_model(order);
    if (header.tag != start.model->tag)
        return LN_ERR_TAG;
    if (header.form == LN_PACKET_REPAIR || header.rank >= start.model->symbols)
        return LN_ERR_PACKET;

    begin = LN_HEADER_BYTES + (header.form == LN_PACKET_NUMBERED);
    ln_range_decoder_init(&start.decoder, packet + begin, (unsigned)size - begin);
    start.known = ln_order_seek(order, header.rank, &start.walker, &start.run);
    start.at = start.known ? header.rank - start.run.rank : 0;
    start.map.first = start.known && start.run.channel == LN_RANK_IS_MAP ? start.at : 0;
    start.left = (unsigned)start.model->symbols - header.rank;

    /* Twice, as there is no memory for all symbols that a packet might hold. */
    pass = start;
    if (decode(&pass, NULL, NULL) == LN_ERR_PACKET)
        return LN_ERR_PACKET;
    pass = start;
    status = decode(&pass, sink, context);
    if (count)
        *count = start.left - pass.left;
    return status;
}
