/* Distributions of symbols (4): which numbers the range coder codes for the symbols of a run, and how often
 * each of them occurs. */
#ifndef LN_CORE_CODING_H
#define LN_CORE_CODING_H

#include "core/model.h"
#include "core/order.h"

/* Cumulative frequencies of a refinement of -1 and of 1; that of 0 is 0 (4.1). */
typedef struct ln_refinement {
    uint32_t negative, positive;
} ln_refinement;

static inline ln_refinement ln_refinement_of_run(const ln_model *model, const ln_run *run)
{
    const uint8_t *q = ln_model_refinement(model, run->channel, run->plane, ln_class_of_band(run->band));
    unsigned zero = 16u * q[0];
    unsigned negative = (4096 - zero) * q[1] >> 8;
    return (ln_refinement){zero, zero + (negative > 0 ? negative : 1)};
}

/* The symbols of a run as numbers 0..count - 1 with cumulative frequencies. */
typedef struct ln_coding {
    const uint8_t *cumulative; /* uint16 LE x count; null for the map: ln_map_cumulative */
    unsigned count;
    int refines;      /* 1: the numbers 0, 1, 2 stand for the symbols 0, -1, 1 */
    int lowest;       /* otherwise: of the symbols; a symbol is lowest + number */
    uint8_t table[6]; /* of a refinement */
} ln_coding;

void ln_coding_of_run(ln_coding *coding, const ln_model *model, const ln_run *run);

static inline int ln_coding_symbol(const ln_coding *coding, int number)
{
    if (coding->refines)
        return number == 1 ? -1 : number >> 1;
    return coding->lowest + number;
}

static inline unsigned ln_coding_number(const ln_coding *coding, int symbol)
{
    if (coding->refines)
        return symbol < 0 ? 1 : 2 * (unsigned)symbol;
    return (unsigned)(symbol - coding->lowest);
}

/* Cumulative frequencies of a cell's level, from its neighbours in the same packet (4.3).
 *   level   the map's levels, of which those from cell `first` on are in the packet */
const uint8_t *ln_map_cumulative(const ln_model *model, const uint8_t *level, unsigned first, unsigned cell);

#endif
