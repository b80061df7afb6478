#ifndef LN_EVAL_SHRINK_TABLE_H
#define LN_EVAL_SHRINK_TABLE_H

#include "eval/file_codec.h"

static const ln_shrink webp_sides[] = {{0, 32}, {600, 64}, {1200, 96}, {2500, 128}, {4000, 160}};
static const ln_shrink jpeg_sides[] = {{0, 32}, {600, 48}, {1200, 64}, {2500, 96}, {4000, 128}};

#endif
