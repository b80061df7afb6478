/* Distributions of symbols (4). */
#ifndef LN_CORE_CODING_H
#define LN_CORE_CODING_H

#include "core/model.h"

/* Z: frequencies of 0 (4.2, appendix B). */
extern const uint16_t ln_zero_frequency[256];

/* What is known of the symbol of the same place in the plane before (4.1). */
typedef enum ln_earlier { LN_EARLIER_UNKNOWN, LN_EARLIER_ZERO, LN_EARLIER_NOT_ZERO } ln_earlier;

/* The frequencies of a narrow symbol, in 1/4096: cumulative ones of -1 and of 1; that of 0 is 0. Where 0 and
 * 1 are the only symbols, they are equal. */
typedef struct ln_split {
    unsigned negative, positive;
} ln_split;

static inline uint16_t ln_zero_at(int i)
{
    return ln_zero_frequency[i < 0 ? 0 : i > 255 ? 255 : i];
}

/* What a shape has for a class and a state. */
static inline int ln_narrow_shape(const ln_narrow *narrow, unsigned place_class, unsigned state)
{
    return ln_i8(narrow->shape + LN_STATES * place_class + state);
}

/* The frequency of 0, where -1 is possible. */
static inline unsigned ln_narrow_zero(const ln_narrow *narrow, unsigned place_class, unsigned state,
                                      int earlier_zero)
{
    return ln_zero_at(narrow->bias + ln_narrow_shape(narrow, place_class, state) +
                      (earlier_zero ? narrow->z : 0));
}

/* The frequency of -1, where `rest` is left for -1 and 1: 2 or more. It is below `rest`, as n is below
 * 256. */
static inline unsigned ln_narrow_minus(const ln_narrow *narrow, unsigned rest)
{
    unsigned minus = rest * narrow->n >> 8;
    return minus > 0 ? minus : 1;
}

static inline ln_split ln_narrow_split(const ln_narrow *narrow, unsigned place_class, unsigned state,
                                       ln_earlier earlier)
{
    if (earlier == LN_EARLIER_NOT_ZERO)
        return (ln_split){4096 - 16 * narrow->r, 4096 - 16 * narrow->r};
    unsigned zero = ln_narrow_zero(narrow, place_class, state, earlier == LN_EARLIER_ZERO);
    return (ln_split){zero, zero + ln_narrow_minus(narrow, 4096 - zero)};
}

/* The state of neighbours (4.1): whether each is known, and whether it is known and not 0. */
static inline unsigned ln_state(int left_known, int upper_known, int left, int upper)
{
    unsigned of_zeros = left_known && upper_known ? 3 : left_known || upper_known ? 1 : 0;
    return of_zeros + (unsigned)left + (unsigned)upper;
}

/* Cumulative frequencies of a cell's level, from its neighbours in the same packet (4.4).
 *   level   the map's levels, of which those from cell `first` on are in the packet */
const uint8_t *ln_map_cumulative(const ln_model *model, const uint8_t *level, unsigned first, unsigned cell);

#endif
