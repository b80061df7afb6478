/* Reading packets (6). */
#include "core/packet.h"

#include "core/coding.h"

ln_status ln_packet_reader_init(ln_packet_reader *reader, const ln_model *model, const uint8_t *packet,
                                size_t size, int8_t *symbols)
{
    ln_packet_header header;
    ln_status status = ln_packet_peek(packet, size, &header);
    if (status != LN_OK)
        return status;
    if (header.tag != model->tag)
        return LN_ERR_TAG;
    if (header.form == LN_PACKET_REPAIR || header.rank >= model->symbols)
        return LN_ERR_PACKET;
    unsigned start = LN_HEADER_BYTES + (header.form == LN_PACKET_NUMBERED);
    ln_range_decoder_init(&reader->decoder, packet + start, (unsigned)size - start);
    reader->model = model;
    reader->symbols = symbols;
    reader->rank = header.rank;
    reader->count = 0;
    reader->begin = 0;
    return LN_OK;
}

/* Decodes a run from its symbol `at` on. 0 at its end, otherwise LN_CODE_STOP or LN_CODE_DAMAGED. */
static int decode_values(ln_packet_reader *reader, const ln_run *run, unsigned at)
{
    ln_coding coding;
    ln_coding_of_run(&coding, reader->model, run);
    for (; at < run->count; at++) {
        int end = ln_range_decode_more(&reader->decoder);
        if (end != 0)
            return end;
        int number = ln_range_decode(&reader->decoder, coding.cumulative, coding.count);
        if (number < 0)
            return number;
        reader->symbols[reader->count++] = (int8_t)ln_coding_symbol(&coding, number);
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
        int number = ln_range_decode(&reader->decoder, cumulative, LN_MAP_LEVELS);
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
    return run->channel == LN_RANK_IS_MAP ? decode_map(reader, at) : decode_values(reader, run, at);
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
        ln_symbol_id id = {(uint8_t)run.channel, (uint8_t)run.plane, (uint8_t)run.band, 0};
        for (unsigned at = reader->rank + i - run.rank; at < run.count && i < reader->count; at++, i++) {
            id.place = (uint16_t)ln_run_place(&run, at);
            sink(context, &id, reader->symbols[i]);
        }
        if (i < reader->count)
            ln_order_step(order, &walker, &run);
    }
}
