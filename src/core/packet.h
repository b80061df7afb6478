/* Packets (6): writing one from a picture's values, and reading one into symbols. */
#ifndef LN_CORE_PACKET_H
#define LN_CORE_PACKET_H

#include "core/order.h"
#include "core/range_coder.h"

/* ---- Writing --------------------------------------------------------------------------------- */

typedef enum ln_storage { LN_STORED_INT8, LN_STORED_UINT8, LN_STORED_INT16 } ln_storage;

/* The values of a channel in finest steps, by place. */
typedef struct ln_stored {
    const void *values;
    ln_storage storage;
} ln_stored;

static inline int ln_stored_at(const ln_stored *stored, unsigned place)
{
    switch (stored->storage) {
    case LN_STORED_INT8:
        return ((const int8_t *)stored->values)[place];
    case LN_STORED_UINT8:
        return ((const uint8_t *)stored->values)[place];
    case LN_STORED_INT16:
        break;
    }
    return ((const int16_t *)stored->values)[place];
}

/* Says where the values of a channel are. */
typedef ln_stored (*ln_stored_source)(void *context, unsigned channel);

/* Writes one plain packet: symbols from `rank` on, as many as fit.
 *   order    complete
 *   map      the 64 levels; null for a model without a map
 *   image    0..LN_IMAGES - 1
 *   room     LN_MIN_PACKET..LN_MAX_PAYLOAD bytes, the header included
 *   packet   receives the packet; `room` bytes
 *   size     receives its length, at most `room`
 *   next     receives the rank behind its last symbol, always above `rank`
 * LN_END: rank = symbols, nothing is left. Errors: LN_ERR_ARGUMENT, LN_ERR_STATE (the order is not
 * complete). */
ln_status ln_packet_write(const ln_order *order, const uint8_t *map, ln_stored_source source, void *context,
                          unsigned image, unsigned rank, size_t room, uint8_t *packet, size_t *size,
                          unsigned *next);

/* ---- Reading --------------------------------------------------------------------------------- */

/* A plain or numbered packet that is being read. Its symbols have the ranks `rank`, `rank` + 1, ... */
typedef struct ln_packet_reader {
    const ln_model *model;
    ln_range_decoder decoder;
    int8_t *symbols;      /* the caller's: what was decoded */
    unsigned rank, count; /* of the first symbol; symbols decoded */

    /* Where the last call of ln_packet_reader_decode began. */
    unsigned begin;   /* number of its first symbol */
    ln_walker walker; /* behind `run` */
    ln_run run;       /* holds that symbol; nothing where begin = count */
} ln_packet_reader;

/* Where symbols go; levels of the map have channel = LN_RANK_IS_MAP. */
typedef void (*ln_symbol_sink)(void *context, const ln_symbol_id *id, int symbol);

/* Begins to read a packet of any bytes. Packet and symbols must outlive the reader.
 *   symbols   room for model->symbols of them
 * Errors: LN_ERR_PACKET, LN_ERR_TAG. */
ln_status ln_packet_reader_init(ln_packet_reader *reader, const ln_model *model, const uint8_t *packet,
                                size_t size, int8_t *symbols);

/* Decodes symbols and checks them, up to the packet's end or, if the order has no map, to the map's end. The
 * work is proportional to the symbols.
 * LN_OK: all are there, and the packet passes the check of 6.3. LN_NEED_MAP: the rest waits for the map; call
 * again with an order that has it, which makes the check. LN_ERR_PACKET: the packet is damaged; none of its
 * symbols is to be believed. */
ln_status ln_packet_reader_decode(ln_packet_reader *reader, const ln_order *order);

/* Hands out the symbols that the last ln_packet_reader_decode added. `order` is that one, or another order of
 * the same model and map. */
void ln_packet_reader_hand_out(const ln_packet_reader *reader, const ln_order *order, ln_symbol_sink sink,
                               void *context);

#endif
