/* Made by lab/tools/shrink_table.py --images DUTS-TR --count 200: do not edit. */
#ifndef LN_LAB_SHRINK_TABLE_H
#define LN_LAB_SHRINK_TABLE_H

#include "codecs/file_codec.h"

static const ln_shrink webp_sides[] = {
    {0, 32}, {300, 64}, {900, 96}, {1200, 128}, {1800, 160}, {4000, 224},
};
static const ln_shrink jpeg_sides[] = {
    {0, 24}, {450, 32}, {600, 80}, {900, 96}, {1200, 128}, {1800, 160}, {4000, 224},
};

#endif
