/* The agreement between camera and cloud of a learned peer: a text file of settings (cloud/settings.h).
 *
 *     version  = 1
 *     channels = 12           size of the symbol tensor
 *     height   = 28
 *     width    = 28
 *     lowest   = 0            smallest symbol, at most 0
 *     highest  = 63           largest symbol, at least 0
 *     order    = raster       channel by channel, row by row; or `random SEED`: see below
 *     partial  = zero         missing symbols are 0; or `whole`: decoding needs all symbols
 *     output   = picture      or `features`, for the rest of a classifier
 *     table    = 17 9 ...     for each channel: the frequency of each symbol, lowest first, in 1/4096
 *
 * A random order is a Fisher-Yates permutation of raster order. For i = values - 1 down to 1, the entries i
 * and (r * (i + 1)) >> 32 are swapped, where r is the upper 32 bits of the next ln_random, whose state starts
 * as SEED. */
#ifndef LN_LAB_PEER_H
#define LN_LAB_PEER_H

#include "cloud/error.h"

#include <stddef.h>
#include <stdint.h>

#define LN_PEER_MOST_VALUES 65536 /* symbols of a picture */
#define LN_PEER_MOST_SYMBOLS 1024 /* different symbols */

typedef struct ln_peer {
    unsigned channels, height, width;
    size_t values; /* channels x height x width, 1..LN_PEER_MOST_VALUES */
    int lowest, highest;
    unsigned symbols; /* highest - lowest + 1, 1..LN_PEER_MOST_SYMBOLS */
    int random;       /* 1: packets of symbols in random order; 0: one stream in raster order */
    int whole;        /* 1: decoding needs all symbols */
    int features;     /* 1: the decoder gives features instead of a picture */
    uint32_t *order;  /* rank -> place in channels x height x width */
    uint8_t *tables;  /* channel by channel: `symbols` cumulative frequencies for ln_range_decode */
} ln_peer;

/* Reads the file.
 *   peer   the caller's to ln_peer_close; empty after an error
 * Errors: LN_ERR_IO; LN_ERR_ARGUMENT (a setting is missing, given twice or out of range; a table lacks a
 * symbol's frequency, or its sum is not 4096); LN_ERR_MEMORY. */
ln_status ln_peer_open(ln_peer *peer, const char *path, ln_error *error);

/* Allowed on an empty peer. */
void ln_peer_close(ln_peer *peer);

#endif
