/* Reading packets (6). */
#include "core/packet.h"

#include "core/coding.h"

#define NOT_KNOWN INT32_MIN /* plus any place is below 0 */

void ln_packet_reader_init(ln_packet_reader *reader, const ln_model *model, unsigned rank,
                           const uint8_t *code, unsigned length, int8_t *symbols)
{
    ln_range_decoder_init(&reader->decoder, code, length);
    reader->model = model;
    reader->symbols = symbols;
    reader->rank = rank;
    reader->count = 0;
    reader->begin = 0;
    for (unsigned c = 0; c < model->channels; c++)
        reader->latest[c] = NOT_KNOWN;
}

/* The functions below decode a run from its symbol `at` on. 0 at its end, otherwise LN_CODE_STOP or
 * LN_CODE_DAMAGED. */
static int decode_bases(ln_packet_reader *reader, const ln_run *run, unsigned at)
{
    for (; at < run->count; at++) {
        const uint8_t *base = ln_model_base(reader->model, run->channel, ln_run_class(run, at));
        int end = ln_range_decode_more(&reader->decoder);
        if (end != 0)
            return end;
        int number = ln_range_decode(&reader->decoder, base + 2, base[1]);
        if (number < 0)
            return number;
        reader->symbols[reader->count++] = (int8_t)(ln_base_lowest(base) + number);
    }
    return 0;
}

/* What the packet holds of a unit, as if its symbol at place 0 were the packet's symbol number `begin`. */
static unsigned state_at(const ln_packet_reader *reader, int32_t begin, unsigned width, unsigned place)
{
    int32_t left = begin + (int32_t)place - 1, upper = begin + (int32_t)place - (int32_t)width;
    int left_known = place % width > 0 && left >= 0, upper_known = place >= width && upper >= 0;
    return ln_state(left_known, upper_known, left_known && reader->symbols[left] != 0,
                    upper_known && reader->symbols[upper] != 0);
}

static ln_earlier earlier_at(const ln_packet_reader *reader, unsigned channel, unsigned place)
{
    int32_t at = reader->latest[channel] + (int32_t)place;
    if (at < 0)
        return LN_EARLIER_UNKNOWN;
    return reader->symbols[at] ? LN_EARLIER_NOT_ZERO : LN_EARLIER_ZERO;
}

static int decode_narrow(ln_packet_reader *reader, const ln_run *run, unsigned at)
{
    const ln_model *model = reader->model;
    ln_narrow narrow = ln_model_narrow(model, run->channel, run->plane);
    unsigned width = model->stage[model->channel[run->channel].stage].width;
    int32_t begin = (int32_t)run->rank - (int32_t)reader->rank;
    for (; at < run->count; at++) {
        unsigned state = 0;
        ln_earlier earlier = LN_EARLIER_UNKNOWN;
        if (model->weight == 0) {
            state = state_at(reader, begin, width, at);
            earlier = earlier_at(reader, run->channel, at);
        }
        int end = ln_range_decode_more(&reader->decoder), symbol;
        if (end != 0)
            return end;
        ln_split split = ln_narrow_split(&narrow, ln_run_class(run, at), state, earlier);
        if (!ln_range_decode_split(&reader->decoder, split.negative, split.positive, &symbol))
            return LN_CODE_DAMAGED;
        reader->symbols[reader->count++] = (int8_t)symbol;
    }
    return 0;
}

static int decode_map(ln_packet_reader *reader, unsigned at)
{
    uint8_t level[LN_MAP_CELLS];
    for (unsigned first = at; at < LN_MAP_CELLS; at++) {
        int end = ln_range_decode_more(&reader->decoder);
        if (end != 0)
            return end;
        const uint8_t *cumulative = ln_map_cumulative(reader->model, level, first, at);
        int number = ln_range_decode(&reader->decoder, cumulative, reader->model->map_levels);
        if (number < 0)
            return number;
        level[at] = (uint8_t)number;
        reader->symbols[reader->count++] = (int8_t)number;
    }
    return 0;
}

static int decode_run(ln_packet_reader *reader, const ln_run *run)
{
    unsigned at = reader->rank + reader->count - run->rank;
    if (run->channel == LN_RANK_IS_MAP)
        return decode_map(reader, at);
    int narrow = ln_is_narrow(reader->model, run->channel, run->plane);
    int end = narrow ? decode_narrow(reader, run, at) : decode_bases(reader, run, at);
    reader->latest[run->channel] = (int32_t)run->rank - (int32_t)reader->rank;
    return end;
}

ln_status ln_packet_reader_decode(ln_packet_reader *reader, const ln_order *order)
{
    reader->begin = reader->count;
    int known = ln_order_seek(order, reader->rank + reader->begin, &reader->walker, &reader->run);
    ln_walker walker = reader->walker;
    ln_run run = reader->run;
    int end = 0;
    while (known && end == 0) {
        end = decode_run(reader, &run);
        if (end == 0)
            known = ln_order_step(order, &walker, &run);
    }
    /* Where the order ends for want of the map, the packet may end too: only the next decision tells. */
    if (end == 0 && reader->rank + reader->count < reader->model->symbols) {
        ln_range_decoder ahead = reader->decoder;
        end = ln_range_decode_more(&ahead);
        if (end == 0)
            return LN_NEED_MAP;
        reader->decoder = ahead;
    }
    return end != LN_CODE_DAMAGED && ln_range_decoder_finished(&reader->decoder) ? LN_OK : LN_ERR_PACKET;
}

void ln_packet_reader_hand_out(const ln_packet_reader *reader, const ln_order *order, ln_symbol_sink sink,
                               void *context)
{
    ln_walker walker = reader->walker;
    ln_run run = reader->run;
    for (unsigned i = reader->begin; i < reader->count;) {
        ln_symbol_id id = {(uint8_t)run.channel, (uint8_t)run.plane, 0, 0};
        for (unsigned at = reader->rank + i - run.rank; at < run.count && i < reader->count; at++, i++) {
            id.place_class = (uint8_t)ln_run_class(&run, at);
            id.place = (uint16_t)ln_run_place(&run, at);
            sink(context, &id, reader->symbols[i]);
        }
        if (i < reader->count)
            ln_order_step(order, &walker, &run);
    }
}
