/* Writing packets (6). */
#include "core/packet.h"

#include "core/coding.h"
#include "core/map.h"

#define SEEN_BITS 32

/* A packet that is being written. */
typedef struct writer {
    ln_range_encoder encoder;
    const ln_model *model;

    /* What the packet holds (4.1): the channels of which it has a unit. That unit is whole, but for the packet's
     * first, which begins at a place. */
    uint32_t seen[(LN_MAX_CHANNELS + SEEN_BITS - 1) / SEEN_BITS];
    unsigned partial_channel, partial_first;
} writer;

/* A unit that is being written. */
typedef struct unit {
    ln_bits bits;
    ln_narrow narrow;
    const ln_run *run;
    unsigned width;
    unsigned digit; /* the plane's: a symbol is 0 where the magnitude has none in it (3.1) */
    unsigned first; /* where the packet begins to hold the unit */
    unsigned since; /* where it begins to hold the plane before */

    /* Frequencies of 0 for each class, in a state and behind a known 0 or not. */
    uint16_t zero[LN_CLASSES];
    uint8_t state, earlier_zero;
} unit;

/* Some places of a unit, one behind the other in a row, where the same neighbours are known. */
typedef struct chunk {
    unsigned at, count;
    int upper_known, earlier_known, left_known; /* left: of the first place */
    uint32_t now, left, upper, earlier;         /* whether these symbols are not 0, the first in the lowest bit */
    const uint8_t *classes;
} chunk;

static int encode_number(ln_range_encoder *encoder, const uint8_t *cumulative, unsigned count,
                         unsigned number)
{
    unsigned from = ln_u16(cumulative + 2 * number);
    unsigned to = number + 1 < count ? ln_u16(cumulative + 2 * number + 2) : 4096;
    return ln_range_encode(encoder, from, to - from);
}

/* The functions below that take `at` code a run from this symbol on, until the packet is full, and return where
 * they stopped. */
static unsigned encode_map(ln_range_encoder *encoder, const ln_model *model, const uint8_t *levels,
                           unsigned at)
{
    unsigned first = at;
    while (at < LN_MAP_CELLS && encode_number(encoder, ln_map_cumulative(model, levels, first, at),
                                              model->map_levels, levels[at]))
        at++;
    return at;
}

static unsigned encode_bases(writer *w, const ln_run *run, unsigned at, const ln_bits *bits)
{
    unsigned finer = w->model->channel[run->channel].planes - 1u;
    for (; at < run->count; at++) {
        const uint8_t *base = ln_model_base(w->model, run->channel, ln_run_class(run, at));
        int v = ln_bits_get(bits, ln_run_place(run, at)), symbol = v < 0 ? -(-v >> finer) : v >> finer;
        if (!encode_number(&w->encoder, base + 2, base[1], (unsigned)(symbol - ln_base_lowest(base))))
            break;
    }
    return at;
}

/* ---- Narrow symbols (4.2) ----------------------------------------------------------------------- */

/* Whether the symbol at a place, which is not 0, is -1: the value is negative, and 0 in the planes before. */
static int is_negative(const unit *u, unsigned place)
{
    const uint8_t *group = ln_bits_group(&u->bits, place);
    unsigned before = 0;
    if (!u->bits.negative || !(group[u->bits.count] >> place % LN_GROUP & 1))
        return 0;
    for (unsigned digit = u->digit + 1; digit < u->bits.count; digit++)
        before |= group[digit];
    return !(before >> place % LN_GROUP & 1);
}

/* Codes a symbol; 0: the packet is full. */
static int encode_narrow(writer *w, const unit *u, unsigned place, int not_zero, const ln_split *split)
{
    if (!not_zero)
        return ln_range_encode(&w->encoder, 0, split->negative);
    if (is_negative(u, place))
        return ln_range_encode(&w->encoder, split->negative, split->positive - split->negative);
    return ln_range_encode(&w->encoder, split->positive, (1u << LN_TOTAL_BITS) - split->positive);
}

/* Codes the places of a list, of which the packet holds nothing. Most symbols are 0: then `low` stays as it
 * is. */
static unsigned encode_listed(writer *w, const unit *u, unsigned at)
{
    const ln_run *run = u->run;
    ln_split split = ln_narrow_split(&u->narrow, run->place_class, 0, LN_EARLIER_UNKNOWN);
    for (; at < run->count; at++) {
        unsigned place = ln_run_place(run, at), not_zero = ln_bits_at(&u->bits, u->digit, place);
        if (!not_zero && ln_range_encoder_has_room(&w->encoder)) {
            uint32_t range = (w->encoder.range >> LN_TOTAL_BITS) * split.negative;
            w->encoder.range = ln_range_encoder_shift(&w->encoder, range);
        } else if (!encode_narrow(w, u, place, (int)not_zero, &split)) {
            break;
        }
    }
    return at;
}

/* Whether the symbols of the plane before are not 0. That of a wide channel's base is not 0 if any digit is
 * there. */
static uint32_t earlier_word(const unit *u, unsigned place)
{
    unsigned end = u->run->plane > 1 ? u->digit + 2 : u->bits.count;
    uint32_t word = 0;
    for (unsigned digit = u->digit + 1; digit < end; digit++)
        word |= ln_bits_word(&u->bits, digit, place);
    return word;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* The chunk that begins at place `at`, column x. */
static chunk chunk_at(const unit *u, unsigned at, unsigned x)
{
    static const uint8_t class_0[4 * LN_GROUP] = {0};
    unsigned end = at + least(u->width - x, ln_bits_reach(at)), upper_since = u->first + u->width;
    chunk c = {.at = at, .upper_known = at >= upper_since, .earlier_known = at >= u->since};
    end = least(end, c.upper_known ? at + ln_bits_reach(at - u->width) : upper_since);
    if (!c.earlier_known)
        end = least(end, u->since);
    c.count = end - at;
    c.left_known = x > 0 && at > u->first;
    c.now = ln_bits_word(&u->bits, u->digit, at);
    c.left = c.now << 1 | (c.left_known ? ln_bits_at(&u->bits, u->digit, at - 1) : 0);
    c.upper = c.upper_known ? ln_bits_word(&u->bits, u->digit, at - u->width) : 0;
    c.earlier = c.earlier_known ? earlier_word(u, at) : 0;
    c.classes = u->run->classes ? u->run->classes + at : class_0;
    return c;
}

/* Makes u->zero for symbols whose known neighbours are 0. */
static void set_zero(unit *u, unsigned state, int earlier_zero)
{
    if (u->state == state && u->earlier_zero == earlier_zero)
        return;
    u->state = (uint8_t)state;
    u->earlier_zero = (uint8_t)earlier_zero;
    for (unsigned c = 0; c < LN_CLASSES; c++)
        u->zero[c] = (uint16_t)ln_narrow_zero(&u->narrow, c, state, earlier_zero);
}

/* Codes zeros that have only zeros around them: as many as there are clear bits at the bottom of `busy`, and
 * fewer if the room gets short. */
static unsigned encode_zeros(ln_range_encoder *encoder, const uint16_t *zero, const uint8_t *classes,
                             uint32_t busy)
{
    const uint8_t *at = classes;
    uint32_t range = encoder->range;
    do {
        range = (range >> LN_TOTAL_BITS) * zero[*at++];
        busy >>= 1;
        if (range < LN_LEAST_RANGE) {
            range = ln_range_encoder_shift(encoder, range);
            if (!ln_range_encoder_has_room(encoder))
                break;
        }
    } while (!(busy & 1));
    encoder->range = range;
    return (unsigned)(at - classes);
}

/* Codes place i of a chunk, whatever it is. 0: the packet is full. */
static int encode_place(writer *w, const unit *u, const chunk *c, unsigned i)
{
    unsigned state = ln_state(i > 0 || c->left_known, c->upper_known, c->left >> i & 1, c->upper >> i & 1);
    ln_earlier earlier = !c->earlier_known       ? LN_EARLIER_UNKNOWN
                         : (c->earlier >> i & 1) ? LN_EARLIER_NOT_ZERO
                                                 : LN_EARLIER_ZERO;
    ln_split split = ln_narrow_split(&u->narrow, c->classes[i], state, earlier);
    return encode_narrow(w, u, c->at + i, c->now >> i & 1, &split);
}

/* Returns how many places it coded. */
static unsigned encode_chunk(writer *w, unit *u, const chunk *c)
{
    uint32_t busy = c->now | c->left | c->upper | c->earlier | (uint32_t)1 << c->count;
    unsigned i = 0;
    if (!c->left_known)
        busy |= 1; /* in a state of its own */
    set_zero(u, c->upper_known ? 3 : 1, c->earlier_known);
    while (i < c->count) {
        if (!(busy >> i & 1) && ln_range_encoder_has_room(&w->encoder))
            i += encode_zeros(&w->encoder, u->zero, c->classes + i, busy >> i);
        else if (encode_place(w, u, c, i))
            i++;
        else
            break;
    }
    return i;
}

static unsigned encode_rows(writer *w, unit *u, unsigned at)
{
    unsigned x = at % u->width;
    while (at < u->run->count) {
        chunk c = chunk_at(u, at, x);
        unsigned coded = encode_chunk(w, u, &c);
        at += coded;
        if (coded < c.count)
            break;
        x += coded;
        if (x == u->width)
            x = 0;
    }
    return at;
}

/* ---- Packets --------------------------------------------------------------------------------- */

/* Where the packet begins to hold the channel's plane before; behind every place if it does not. */
static unsigned held_since(const writer *w, unsigned channel)
{
    if (channel == w->partial_channel)
        return w->partial_first;
    return w->seen[channel / SEEN_BITS] >> channel % SEEN_BITS & 1 ? 0 : LN_MAX_PLACES;
}

static void note(writer *w, unsigned channel, unsigned first)
{
    if (first > 0) {
        w->partial_channel = channel;
        w->partial_first = first;
    } else if (channel == w->partial_channel) {
        w->partial_channel = LN_MAX_CHANNELS;
    }
    w->seen[channel / SEEN_BITS] |= (uint32_t)1 << channel % SEEN_BITS;
}

static unsigned encode_values(writer *w, const ln_run *run, unsigned at, const ln_bits *bits)
{
    const ln_model *model = w->model;
    const ln_channel *channel = &model->channel[run->channel];
    if (!ln_is_narrow(model, run->channel, run->plane))
        return encode_bases(w, run, at, bits);
    unit u = {.bits = *bits,
              .narrow = ln_model_narrow(model, run->channel, run->plane),
              .run = run,
              .width = model->stage[channel->stage].width,
              .digit = channel->planes - 1u - run->plane,
              .first = at,
              .since = held_since(w, run->channel)};
    return model->weight > 0 ? encode_listed(w, &u, at) : encode_rows(w, &u, at);
}

unsigned ln_packet_encode(const ln_order *order, const uint8_t *map, ln_values_source source, void *context,
                          unsigned rank, unsigned room, uint8_t *code, unsigned *next)
{
    writer w = {.model = ln_order_model(order), .partial_channel = LN_MAX_CHANNELS};
    ln_walker walker;
    ln_run run;
    ln_range_encoder_init(&w.encoder, code, room);
    ln_order_seek(order, rank, &walker, &run);
    unsigned at = rank - run.rank;
    do {
        unsigned first = at;
        if (run.channel == LN_RANK_IS_MAP) {
            at = encode_map(&w.encoder, w.model, map, at);
        } else {
            ln_bits bits = source(context, run.channel);
            at = encode_values(&w, &run, at, &bits);
            note(&w, run.channel, first);
        }
        *next = run.rank + at;
        if (at < run.count)
            break;
        at = 0;
    } while (ln_order_step(order, &walker, &run));
    return room - ln_range_encoder_finish(&w.encoder);
}

ln_status ln_packet_write(const ln_order *order, const uint8_t *map, ln_values_source source, void *context,
                          unsigned picture, int checked, unsigned rank, size_t room, uint8_t *packet,
                          size_t *size, unsigned *next)
{
    if (!order || !source || !packet || !size || !next || picture >= LN_PICTURES)
        return LN_ERR_ARGUMENT;
    const ln_model *model = ln_order_model(order);
    if (rank > model->symbols || (model->map != LN_MAP_NONE && (!map || !ln_map_valid(model, map))))
        return LN_ERR_ARGUMENT;
    if (room < LN_MIN_PACKET)
        return LN_ERR_SPACE;
    if (!ln_order_complete(order))
        return LN_ERR_STATE;
    if (rank == model->symbols)
        return LN_END;

    unsigned most = room < LN_MAX_PAYLOAD ? (unsigned)room : LN_MAX_PAYLOAD;
    unsigned around = LN_HEADER_BYTES + (checked ? LN_CHECK_BYTES : 0);
    ln_packet_put_start(packet, LN_PACKET_PLAIN, checked, picture);
    ln_packet_put_rank(packet, rank);
    unsigned length = ln_packet_encode(order, map, source, context, rank, most - around,
                                       packet + LN_HEADER_BYTES, next);
    *size = ln_packet_seal(model, checked, packet, LN_HEADER_BYTES + (size_t)length);
    return LN_OK;
}
