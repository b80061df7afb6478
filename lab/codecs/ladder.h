/* One picture at all qualities of a format. A file is made when it is first needed and kept, so that many
 * budgets cost few encodings. */
#ifndef LN_LAB_LADDER_H
#define LN_LAB_LADDER_H

#include "codecs/format.h"

typedef struct ln_ladder {
    const ln_format *format;
    int bare;
    ln_picture picture;
    ln_coded *rungs; /* the file of each quality; empty until needed */
    size_t *counted; /* the counted bytes of each file */
} ln_ladder;

/* Takes ownership of the picture, also after an error. The ladder is the caller's to ln_ladder_close; empty
 * after an error. Errors: LN_ERR_MEMORY. */
ln_status ln_ladder_open(ln_ladder *ladder, const ln_format *format, int bare, ln_picture picture,
                         ln_error *error);

/* Allowed on an empty ladder. */
void ln_ladder_close(ln_ladder *ladder);

/* Finds the best quality whose file fits the budget, by bisection. It may miss a better quality whose file
 * happens to be smaller than that of a worse one.
 *   coded     receives the file, owned by the ladder; null if no file fits
 *   counted   receives its counted bytes; 0 if no file fits
 * Errors: LN_ERR_IO (the encoder failed), LN_ERR_MEMORY. */
ln_status ln_ladder_fit(ln_ladder *ladder, size_t budget, const ln_coded **coded, size_t *counted,
                        ln_error *error);

#endif
