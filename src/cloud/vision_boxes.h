/* Boxes that a detector gives, before the best are selected. */
#ifndef LN_CLOUD_VISION_BOXES_H
#define LN_CLOUD_VISION_BOXES_H

#include "cloud/vision_model.h"

/* A box that may be an object. */
typedef struct ln_candidate {
    ln_object object;
    size_t row; /* of the network's output */
} ln_candidate;

typedef struct ln_candidates {
    ln_candidate *items; /* to be freed */
    size_t count, room;
} ln_candidates;

/* Reads the boxes of one picture of a run.
 *   outputs   of the run
 *   index     of the picture in it
 *   least     score of a candidate
 *   list      receives the candidates in place of what it holds
 * Errors: LN_ERR_IO (the numbers are not what the layout says), LN_ERR_MEMORY. */
ln_status ln_read_boxes(const ln_vision *vision, const ln_picture *picture, const ln_tensor outputs[2],
                        size_t index, float least, ln_candidates *list, ln_error *error);

#endif
