/* Writing packets (6). */
#include "core/packet.h"

#include "core/coding.h"
#include "core/symbol.h"

static int encode_number(ln_range_encoder *encoder, const uint8_t *cumulative, unsigned count,
                         unsigned number)
{
    unsigned from = ln_u16(cumulative + 2 * number);
    unsigned to = number + 1 < count ? ln_u16(cumulative + 2 * number + 2) : 4096;
    return ln_range_encode(encoder, from, to - from);
}

/* The functions below code a run from its symbol `at` on, until the packet is full, and return where they
 * stopped. */
static unsigned encode_map(ln_range_encoder *encoder, const ln_model *model, const uint8_t *levels,
                           unsigned at)
{
    unsigned first = at;
    while (at < LN_MAP_CELLS &&
           encode_number(encoder, ln_map_cumulative(model, levels, first, at), LN_MAP_LEVELS, levels[at]))
        at++;
    return at;
}

static unsigned encode_each(ln_range_encoder *encoder, const ln_coding *coding, const ln_symbol_rule *rule,
                            const ln_run *run, unsigned at, const ln_stored *stored)
{
    for (; at < run->count; at++) {
        int symbol = ln_symbol_make(rule, ln_stored_at(stored, ln_run_place(run, at)));
        if (!encode_number(encoder, coding->cumulative, coding->count, ln_coding_number(coding, symbol)))
            break;
    }
    return at;
}

/* Values of a run that lists its places: those from `place` to before `end`. */
typedef struct listed {
    const uint16_t *place, *end;
    ln_stored stored;
} listed;

/* The next two are fast forms of encode_each, for a run that lists its places. They stop where a symbol may
 * not fit any more, and move `place` behind what they coded.
 *
 * Most symbols are refinements, and most refinements are 0. A refinement is 0 where the magnitude does not
 * have the plane's bit (3); then `low` stays as it is. */
static inline void encode_refinements(ln_range_encoder *encoder, ln_refinement r, const ln_symbol_rule *rule,
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
        unsigned to = 1u << LN_TOTAL_BITS;

        if (number < 0)
            number = 0;
        if (number < last)
            to = ln_u16(cumulative + 2 * number + 2);
        else
            number = last;
        unsigned from = ln_u16(cumulative + 2 * number);
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
        encode_refinements(encoder, ln_refinement_of_run(model, run), rule, l);
    else
        encode_bases(encoder, rule, l);
}

/* Calls encode_listed with a constant storage, so that the compiler makes a loop for each. */
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
                              unsigned at, const ln_stored *stored)
{
    ln_symbol_rule rule;
    ln_symbol_rule_make(&rule, model, run->channel, run->plane, run->band);
    if (run->places && ln_range_encoder_has_room(encoder))
        at = encode_stored(encoder, model, &rule, run, at, stored);
    if (at == run->count)
        return at;
    ln_coding coding;
    ln_coding_of_run(&coding, model, run);
    return encode_each(encoder, &coding, &rule, run, at, stored);
}

static int levels_valid(const uint8_t *levels)
{
    for (unsigned i = 0; i < LN_MAP_CELLS; i++)
        if (levels[i] >= LN_MAP_LEVELS)
            return 0;
    return 1;
}

ln_status ln_packet_write(const ln_order *order, const uint8_t *map, ln_stored_source source, void *context,
                          unsigned image, unsigned rank, size_t room, uint8_t *packet, size_t *size,
                          unsigned *next)
{
    if (!order || !source || !packet || !size || !next || image >= LN_IMAGES || room < LN_MIN_PACKET ||
        room > LN_MAX_PAYLOAD)
        return LN_ERR_ARGUMENT;
    const ln_model *model = ln_order_model(order);
    if (rank > model->symbols || (model->layers && (!map || !levels_valid(map))))
        return LN_ERR_ARGUMENT;
    if (!ln_order_complete(order))
        return LN_ERR_STATE;
    if (rank == model->symbols)
        return LN_END;

    packet[0] = (uint8_t)(model->tag << 4 | image);
    packet[1] = (uint8_t)(rank >> 8);
    packet[2] = (uint8_t)rank;
    ln_range_encoder encoder;
    ln_range_encoder_init(&encoder, packet + LN_HEADER_BYTES, (unsigned)room - LN_HEADER_BYTES);
    ln_walker walker;
    ln_run run;
    ln_order_seek(order, rank, &walker, &run);
    unsigned at = rank - run.rank;
    do {
        if (run.channel == LN_RANK_IS_MAP) {
            at = encode_map(&encoder, model, map, at);
        } else {
            ln_stored stored = source(context, run.channel);
            at = encode_values(&encoder, model, &run, at, &stored);
        }
        *next = run.rank + at;
        if (at < run.count)
            break;
        at = 0;
    } while (ln_order_step(order, &walker, &run));
    *size = room - ln_range_encoder_finish(&encoder);
    return LN_OK;
}
