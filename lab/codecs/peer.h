/* What camera and cloud of a learned peer agree on: a text file of settings (cloud/settings.h).
 *
 *     version  = 1
 *     channels = 12           of the grid of symbols
 *     height   = 28
 *     width    = 28
 *     lowest   = 0            symbols are whole numbers from here
 *     highest  = 63           to here; 0 is one of them
 *     order    = raster       channel by channel, row by row; or `random SEED`: see below
 *     partial  = zero         missing symbols are 0; or `whole`: nothing is decoded before all is there
 *     output   = picture      or `features`, with which a classifier goes on
 *     table    = 17 9 ...     once a channel: how often each symbol, lowest first, in 1/4096
 *
 * A random order is the permutation of Fisher and Yates: beginning with raster order, for i = values - 1
 * down to 1, the entries i and (r * (i + 1)) >> 32 change places, r being the upper 32 bits of the next
 * ln_random, whose state begins as SEED. */
#ifndef LN_LAB_PEER_H
#define LN_LAB_PEER_H

#include "cloud/error.h"

#include <stddef.h>
#include <stdint.h>

#define LN_PEER_MOST_VALUES 65536 /* symbols of a picture */
#define LN_PEER_MOST_SYMBOLS 1024 /* that are told apart */

typedef struct ln_peer {
    unsigned channels, height, width;
    size_t values; /* channels x height x width, 1..LN_PEER_MOST_VALUES */
    int lowest, highest;
    unsigned symbols; /* highest - lowest + 1, 1..LN_PEER_MOST_SYMBOLS */
    int random;       /* 1: packets of symbols in random order; 0: one stream in raster order */
    int whole, features;
    uint32_t *order; /* rank -> place in channels x height x width */
    uint8_t *tables; /* channel by channel: `symbols` cumulative frequencies for ln_range_decode */
} ln_peer;

/* Reads the file. `peer` is the caller's to ln_peer_close; empty after an error.
 * Errors: LN_ERR_IO, LN_ERR_ARGUMENT (a setting is missing, given twice or out of range, or a table does not
 * give each symbol a frequency or their sum is not 4096), LN_ERR_MEMORY. */
ln_status ln_peer_open(ln_peer *peer, const char *path, ln_error *error);

/* Allowed on an empty peer. */
void ln_peer_close(ln_peer *peer);

#endif
