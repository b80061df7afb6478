/* Writing packets (6). */
#include "core/packet.h"

#include "core/coding.h"
#include "core/compiler.h"
#include "core/map.h"

#define SEEN_BITS 32

/* A packet that is being written. */
typedef struct writer {
    ln_range_encoder encoder;
    const ln_model *model;

    /* What the packet holds (4.1): the channels of which it has a unit. That unit is whole, but for the
     * packet's first, which begins at a place. */
    uint32_t seen[(LN_MAX_CHANNELS + SEEN_BITS - 1) / SEEN_BITS];
    unsigned partial_channel, partial_first;
} writer;

/* Some places of a unit, one behind the other: either all or none of their upper symbols are known, and of
 * their earlier ones. */
typedef struct chunk {
    unsigned at, count;
    int upper_known, earlier_known;

    /* Bits for places, the first place in the lowest bit: whether the left symbol is not known, and whether
     * symbols that are known are not 0. */
    uint32_t edge, now, left, upper, earlier;
    uint32_t special; /* all places but those whose symbol is 0 and has at most one neighbour that is not 0 */
    uint32_t negative; /* whether a symbol that is not 0 is -1, if the earlier one is not known to be not 0 */
    const uint8_t *classes;
} chunk;

/* A unit that is being written. */
typedef struct unit {
    /* Frequencies of 0 for each class where the left neighbour is known: where all known neighbours are 0,
     * where one is not, and where two are not. First, so that the innermost loop finds them with one
     * instruction. */
    uint16_t zero[3][LN_CLASSES];
    uint8_t state, earlier_known; /* what they are for */

    ln_bits bits;
    ln_narrow narrow;
    const ln_run *run;
    unsigned width;
    unsigned digit;  /* the plane's: a symbol is 0 where the magnitude has none in it (3.1) */
    unsigned next_x; /* column of the next chunk */
    unsigned first;  /* where the packet begins to hold the unit */
    unsigned since;  /* where it begins to hold the plane before */
    chunk now;
} unit;

static int encode_number(ln_range_encoder *encoder, const uint8_t *cumulative, unsigned count,
                         unsigned number)
{
    unsigned from = ln_u16(cumulative + 2 * number);
    unsigned to = number + 1 < count ? ln_u16(cumulative + 2 * number + 2) : 4096;
    return ln_range_encode(encoder, from, to - from);
}

/* The functions below that take `at` code a run from this symbol on, until the packet is full, and return
 * where they stopped. */
static unsigned encode_map(ln_range_encoder *encoder, const ln_model *model, const uint8_t *levels,
                           unsigned at)
{
    unsigned first = at;
    while (at < LN_MAP_CELLS &&
           encode_number(encoder, ln_map_cumulative(model, levels, first, at), model->map_levels, levels[at]))
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

/* Codes a symbol; 0: the packet is full. */
static int encode_narrow(ln_range_encoder *encoder, int not_zero, int negative, const ln_split *split)
{
    if (!not_zero)
        return ln_range_encode(encoder, 0, split->negative);
    if (negative && split->positive > split->negative)
        return ln_range_encode(encoder, split->negative, split->positive - split->negative);
    return ln_range_encode(encoder, split->positive, (1u << LN_TOTAL_BITS) - split->positive);
}

/* Whether the symbol at a place, which is not 0, is -1: the value is negative, and 0 in the planes
 * before. */
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
        } else if (!encode_narrow(&w->encoder, (int)not_zero, not_zero && is_negative(u, place), &split)) {
            break;
        }
    }
    return at;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* The word of several digits' bytes: bits that are set in any of them. */
static uint32_t any_word(const uint8_t *group, unsigned step, unsigned digit, unsigned end)
{
    const uint8_t *second = group + step, *third = second + step, *fourth = third + step;
    unsigned any[4] = {0, 0, 0, 0};
    for (; digit < end; digit++) {
        any[0] |= group[digit];
        any[1] |= second[digit];
        any[2] |= third[digit];
        any[3] |= fourth[digit];
    }
    return any[0] | any[1] << LN_GROUP | any[2] << 2 * LN_GROUP | any[3] << 3 * LN_GROUP;
}

/* Finds where the plane before is not 0, and the signs. The base of a wide channel has several digits. */
static void find_earlier(chunk *c, const unit *u, const uint8_t *group, unsigned shift)
{
    unsigned step = ln_bits_step(&u->bits), count = u->bits.count, digit = u->digit + 1;
    c->earlier = 0;
    c->negative = 0;
    if (c->earlier_known)
        c->earlier = any_word(group, step, digit, u->run->plane > 1 ? digit + 1 : count) >> shift;
    if (c->now != 0 && u->bits.negative)
        c->negative =
            (any_word(group, step, count, count + 1) & ~any_word(group, step, digit, count)) >> shift;
}

/* Goes on to the chunk that begins at place `at`, behind the one before. */
LN_NOT_INLINE static void make_chunk(unit *u, unsigned at)
{
    static const uint8_t class_0[LN_WORD_PLACES] = {0};
    chunk *c = &u->now;
    unsigned step = ln_bits_step(&u->bits), number = at / LN_GROUP, shift = at % LN_GROUP;
    const uint8_t *group = u->bits.groups + number * step;
    unsigned width = u->width, x = u->next_x, end = least(at + LN_WORD_PLACES - shift, u->run->count);
    uint32_t now = ln_bits_word(group + u->digit, step, shift), edge = at == u->first, upper = 0;

    c->earlier_known = at >= u->since;
    if (!c->earlier_known)
        end = least(end, u->since);
    c->upper_known = at >= u->first + width;
    if (!c->upper_known) {
        end = least(end, u->first + width);
    } else if (width <= c->count) { /* between them, this chunk and the one before have all upper symbols */
        upper = now << width | c->now >> (c->count - width);
    } else {
        unsigned from = at - width;
        upper = ln_bits_word(ln_bits_group(&u->bits, from) + u->digit, step, from % LN_GROUP);
        end = least(end, at + LN_WORD_PLACES - from % LN_GROUP);
    }
    for (unsigned i = x > 0 ? width - x : 0; i < LN_WORD_PLACES; i += width)
        edge |= (uint32_t)1 << i;
    c->left = (now << 1 | (c->count > 0 ? c->now >> (c->count - 1) : 0)) & ~edge;
    c->at = at;
    c->count = end - at;
    c->now = now & (((uint32_t)1 << c->count) - 1);
    c->edge = edge;
    c->upper = upper;
    find_earlier(c, u, group, shift);
    c->edge |= (uint32_t)1 << c->count; /* where encode_places goes on to the next chunk */
    c->special = c->edge | now | c->earlier | (c->left & upper);
    for (x += c->count; x >= width;)
        x -= width;
    u->next_x = x;
    c->classes = u->run->classes ? u->run->classes + at : class_0;
}

/* Makes u->zero for places whose left neighbour is known. */
static void set_zero(unit *u)
{
    unsigned state = u->now.upper_known ? 3 : 1;
    if (u->state == state && u->earlier_known == u->now.earlier_known)
        return;
    u->state = (uint8_t)state;
    u->earlier_known = (uint8_t)u->now.earlier_known;
    int bias = u->narrow.bias + (u->earlier_known ? u->narrow.z : 0);
    for (unsigned others = 0; others <= (state == 3 ? 2u : 1u); others++)
        for (unsigned k = 0; k < LN_CLASSES; k++)
            u->zero[others][k] = ln_zero_at(bias + ln_narrow_shape(&u->narrow, k, state + others));
}

static void go_to(unit *u, unsigned at)
{
    make_chunk(u, at);
    set_zero(u);
}

/* Codes place i of the chunk, whatever it is, and whatever room there is. 0: the packet is full. */
static int encode_place(ln_range_encoder *encoder, const unit *u, unsigned i)
{
    const chunk *c = &u->now;
    unsigned state = ln_state(!(c->edge >> i & 1), c->upper_known, c->left >> i & 1, c->upper >> i & 1);
    ln_earlier earlier = !c->earlier_known       ? LN_EARLIER_UNKNOWN
                         : (c->earlier >> i & 1) ? LN_EARLIER_NOT_ZERO
                                                 : LN_EARLIER_ZERO;
    ln_split split = ln_narrow_split(&u->narrow, c->classes[i], state, earlier);
    return encode_narrow(encoder, c->now >> i & 1, c->negative >> i & 1, &split);
}

/* The functions below code the symbol at a place with range 2^12 r, and return the range. */
static inline uint32_t encode_any(ln_range_encoder *encoder, const unit *u, unsigned i, uint32_t r,
                                  unsigned zero)
{
    const chunk *c = &u->now;
    if (!(c->now >> i & 1))
        return r * zero;
    unsigned rest = 4096 - zero, minus = ln_narrow_minus(&u->narrow, rest);
    if (c->negative >> i & 1) {
        ln_range_encoder_raise(encoder, r * zero);
        return r * minus;
    }
    ln_range_encoder_raise(encoder, r * (zero + minus));
    return r * (rest - minus);
}

/* A special place whose left symbol is known. */
static inline uint32_t encode_special(ln_range_encoder *encoder, const unit *u, unsigned i, uint32_t r)
{
    const chunk *c = &u->now;
    return encode_any(encoder, u, i, r, u->zero[(c->left >> i & 1) + (c->upper >> i & 1)][c->classes[i]]);
}

/* A place whose earlier symbol is known not to be 0, or whose left one is not known. */
static uint32_t encode_rare(ln_range_encoder *encoder, const unit *u, unsigned i, uint32_t r)
{
    const chunk *c = &u->now;
    if (!(c->earlier >> i & 1)) {
        unsigned state = ln_state(0, c->upper_known, 0, c->upper >> i & 1);
        return encode_any(encoder, u, i, r,
                          ln_narrow_zero(&u->narrow, c->classes[i], state, c->earlier_known));
    }
    unsigned zero = 4096 - 16 * u->narrow.r;
    if (!(c->now >> i & 1))
        return r * zero;
    ln_range_encoder_raise(encoder, r * zero);
    return r * (4096 - zero);
}

/* Codes the places of a unit from `at` on, column x, as long as any symbol has room. Returns the place where
 * it stopped, which is in the chunk. Most symbols are 0: then `low` stays as it is. Most of them have only
 * zeros around them: then the class alone gives the frequency. */
LN_NOT_INLINE static unsigned encode_places(ln_range_encoder *encoder, unit *u, unsigned at)
{
    const chunk *c = &u->now;
    uint32_t range = encoder->range;
    while (at < u->run->count) {
        go_to(u, at);
        const uint8_t *class = c->classes;
        uint32_t busy = c->special | c->left | c->upper;
        for (;;) {
            uint32_t r = range >> LN_TOTAL_BITS;
            if (!(busy & 1)) {
                range = r * u->zero[0][*class];
            } else {
                unsigned i = (unsigned)(class - c->classes);
                if (!(c->special >> i & 1))
                    range = r * u->zero[1][*class];
                else if (!((c->edge | c->earlier) >> i & 1))
                    range = encode_special(encoder, u, i, r);
                else if (i == c->count)
                    break;
                else
                    range = encode_rare(encoder, u, i, r);
            }
            class ++;
            busy >>= 1;
            if (range < LN_LEAST_RANGE) {
                range = ln_range_encoder_shift(encoder, range);
                if (!ln_range_encoder_has_room(encoder)) {
                    encoder->range = range;
                    return at + (unsigned)(class - c->classes);
                }
            }
        }
        at += c->count;
    }
    encoder->range = range;
    return at;
}

static unsigned encode_rows(writer *w, unit *u, unsigned at)
{
    if (ln_range_encoder_has_room(&w->encoder))
        at = encode_places(&w->encoder, u, at);
    while (at < u->run->count) {
        if (at >= u->now.at + u->now.count)
            go_to(u, at);
        if (!encode_place(&w->encoder, u, at - u->now.at))
            break;
        at++;
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
    unit u; /* most of it is made chunk by chunk */
    u.state = 0;
    u.bits = *bits;
    u.narrow = ln_model_narrow(model, run->channel, run->plane);
    u.run = run;
    u.width = model->stage[channel->stage].width;
    u.digit = channel->planes - 1u - run->plane;
    u.first = at;
    u.since = held_since(w, run->channel);
    u.next_x = at % u.width;
    u.now.at = at;
    u.now.count = 0;
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
    unsigned around = LN_HEADER_BYTES + (checked ? LN_CHECK_SIZE : 0);
    ln_packet_put_start(packet, LN_PACKET_PLAIN, checked, picture);
    ln_packet_put_rank(packet, rank);
    unsigned length =
        ln_packet_encode(order, map, source, context, rank, most - around, packet + LN_HEADER_BYTES, next);
    *size = ln_packet_seal(model, checked, packet, LN_HEADER_BYTES + (size_t)length);
    return LN_OK;
}
