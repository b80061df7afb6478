/* One picture in all qualities of a format: files are made when they are asked for, and kept, so
 * that many budgets cost few encodings. */
#ifndef LN_LAB_LADDER_H
#define LN_LAB_LADDER_H

#include "codecs/format.h"

typedef struct ln_ladder {
    const ln_format *format;
    int bare;
    ln_picture picture;
    ln_coded *rungs; /* one a quality */
    size_t *counted; /* bytes of each that count */
} ln_ladder;

/* Takes the picture over, also after an error. The ladder is the caller's to ln_ladder_close.
 * Errors: LN_ERR_MEMORY. */
ln_status ln_ladder_open(ln_ladder *ladder, const ln_format *format, int bare, ln_picture picture,
                         ln_error *error);

/* Allowed on an empty ladder. */
void ln_ladder_close(ln_ladder *ladder);

/* Finds the best quality whose file fits into the budget, by bisection: where a better quality
 * happens to be a smaller file, it may be missed.
 *   coded     receives the file, the ladder's; null if not even the smallest one fits
 *   counted   receives its bytes that count; 0 if none fits
 * Errors: LN_ERR_IO (the encoder failed), LN_ERR_MEMORY. */
ln_status ln_ladder_fit(ln_ladder *ladder, size_t budget, const ln_coded **coded, size_t *counted,
                        ln_error *error);

#endif
