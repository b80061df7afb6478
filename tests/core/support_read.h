/* For tests: one call each for a packet, a symbol and a rank. */
#ifndef SUPPORT_READ_H
#define SUPPORT_READ_H

#include <stdlib.h>

#include "core/packet.h"
#include "core/symbol.h"

/* Gives every symbol of a packet to `sink`, as a receiver takes them; none of a packet that is refused.
 * LN_NEED_MAP: those up to the map's end. `count` (null is allowed) receives their number. */
static inline ln_status read_packet(const ln_order *order, const uint8_t *packet, size_t size,
                                    ln_symbol_sink sink, void *context, unsigned *count)
{
    const ln_model *model = ln_order_model(order);
    ln_packet_header header;
    const uint8_t *code;
    unsigned length;
    ln_status status = ln_packet_open(model, packet, size, &header, &code, &length);
    if (status != LN_OK)
        return status;
    if (header.form == LN_PACKET_REPAIR)
        return LN_ERR_PACKET;
    int8_t *symbols = malloc(model->symbols - header.rank); /* exactly as many, for the sanitizers */
    ln_packet_reader reader;
    ln_packet_reader_init(&reader, model, header.rank, code, length, symbols);
    status = ln_packet_reader_decode(&reader, order);
    if (status == LN_OK || status == LN_NEED_MAP) {
        ln_packet_reader_hand_out(&reader, order, sink, context);
        if (count)
            *count = reader.count;
    }
    free(symbols);
    return status;
}

/* The symbol of a plane of a value, at a place of this class. */
static inline int symbol_of(const ln_model *model, unsigned channel, unsigned plane, unsigned place_class,
                            int v)
{
    ln_limits limits = ln_limits_of(model, channel, place_class);
    return ln_symbol_make(model->channel[channel].planes, plane, ln_limited(&limits, v));
}

/* The symbol at a rank. 0: behind the last, or waiting for the map. */
static inline int symbol_at_rank(const ln_order *order, unsigned rank, ln_symbol_id *id)
{
    ln_walker walker;
    ln_run run;
    if (!ln_order_seek(order, rank, &walker, &run))
        return 0;
    *id =
        (ln_symbol_id){(uint8_t)run.channel, (uint8_t)run.plane, (uint8_t)ln_run_class(&run, rank - run.rank),
                       (uint16_t)ln_run_place(&run, rank - run.rank)};
    return 1;
}

#endif
