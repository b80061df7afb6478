/* Packets (6): writing one from a picture's values, and reading one into symbols. */
#ifndef LN_CORE_PACKET_H
#define LN_CORE_PACKET_H

#include "core/bits.h"
#include "core/order.h"
#include "core/range_coder.h"

/* ---- Writing --------------------------------------------------------------------------------- */

/* The values of a channel in finest steps, limited for their places (3.3): see bits.h. */
typedef ln_bits (*ln_values_source)(void *context, unsigned channel);

/* Codes symbols from `rank` on, as many as fit.
 *   order    complete
 *   map      the 64 levels; null for a model without a map
 *   rank     below the model's symbols
 *   code     receives the code; `room` bytes, 3 or more
 *   next     receives the rank behind its last symbol, always above `rank`
 * Returns the length of the code, at most `room`. */
unsigned ln_packet_encode(const ln_order *order, const uint8_t *map, ln_values_source source, void *context,
                          unsigned rank, unsigned room, uint8_t *code, unsigned *next);

/* Writes one plain packet.
 *   picture  0..LN_PICTURES - 1
 *   checked  1: the packet ends with a check
 *   room     LN_MIN_PACKET or more bytes, header and check included; above LN_MAX_PAYLOAD it counts as that
 *   packet   receives the packet; `room` bytes
 *   size     receives its length, at most `room`
 * The others as for ln_packet_encode.
 * LN_END: rank = symbols, nothing is left. Errors: LN_ERR_ARGUMENT, LN_ERR_SPACE (room), LN_ERR_STATE (the
 * order is not complete). */
ln_status ln_packet_write(const ln_order *order, const uint8_t *map, ln_values_source source, void *context,
                          unsigned picture, int checked, unsigned rank, size_t room, uint8_t *packet,
                          size_t *size, unsigned *next);

/* Begins the header of a packet, of which four bytes say the same in each form; then the rank of a plain or
 * numbered one. */
void ln_packet_put_start(uint8_t *packet, ln_packet_form form, int checked, unsigned picture);
void ln_packet_put_rank(uint8_t *packet, unsigned rank);

/* Puts the check behind `size` bytes of a packet, if it is `checked`. Returns the packet's length. */
size_t ln_packet_seal(const ln_model *model, int checked, uint8_t *packet, size_t size);

/* ---- Reading --------------------------------------------------------------------------------- */

/* Reads a packet's header, verifies its check if it has one, and finds what is between them.
 *   part     receives where the code begins, or a repair packet's sums; inside `packet`
 *   length   receives its length, 1 or more; of the sums a multiple of header->sums
 * Errors: those of ln_packet_peek; LN_ERR_PACKET also for a wrong check, or a rank behind the model's last.
 */
ln_status ln_packet_open(const ln_model *model, const uint8_t *packet, size_t size, ln_packet_header *header,
                         const uint8_t **part, unsigned *length);

/* A code that is being read. Its symbols have the ranks `rank`, `rank` + 1, ... */
typedef struct ln_packet_reader {
    const ln_model *model;
    ln_range_decoder decoder;
    int8_t *symbols;      /* the caller's: what was decoded */
    unsigned rank, count; /* of the first symbol; symbols decoded */

    /* Where the symbols of each channel's latest unit begin, as if the unit stood whole in `symbols`; below 0
     * where they are not known. */
    int32_t latest[LN_MAX_CHANNELS];

    /* Where the last call of ln_packet_reader_decode began. */
    unsigned begin;   /* number of its first symbol */
    ln_walker walker; /* behind `run` */
    ln_run run;       /* holds that symbol; nothing where begin = count */
} ln_packet_reader;

/* Where symbols go; levels of the map have channel = LN_RANK_IS_MAP. */
typedef void (*ln_symbol_sink)(void *context, const ln_symbol_id *id, int symbol);

/* Begins to read a code of any bytes. Code and symbols must outlive the reader.
 *   rank      below the model's symbols
 *   symbols   room for model->symbols - rank of them */
void ln_packet_reader_init(ln_packet_reader *reader, const ln_model *model, unsigned rank,
                           const uint8_t *code, unsigned length, int8_t *symbols);

/* Decodes symbols and checks them, up to the packet's end or, if the order has no map, to the map's end. The
 * work is proportional to the symbols.
 * LN_OK: all are there, and the packet passes the check of 6.3. LN_NEED_MAP: the rest waits for the map;
 * call again with an order that has it, which makes the check. LN_ERR_PACKET: the packet is damaged; none of
 * its symbols is to be believed. */
ln_status ln_packet_reader_decode(ln_packet_reader *reader, const ln_order *order);

/* Hands out the symbols that the last ln_packet_reader_decode added. `order` is that one, or another order
 * of the same model and map. */
void ln_packet_reader_hand_out(const ln_packet_reader *reader, const ln_order *order, ln_symbol_sink sink,
                               void *context);

#endif
