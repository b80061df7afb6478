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

/* The numbers of one picture: those of box b are box[b * box_step + i * value_step], and the probabilities of
 * its classes score[b * score_step + c * class_step]; after selection, its score is score[b * score_step] and
 * the number of its class class[b * score_step]. */
typedef struct ln_table {
    size_t boxes;
    const float *box, *any, *score, *class; /* any: that there is an object; null: not given */
    size_t box_step, value_step, score_step, class_step;
    int corners; /* 1: left, top, right, bottom; 0: centre x and y, width and height */
    int y_first; /* 1: y before x */
} ln_table;

/* Finds the numbers of one picture of a run. Errors: LN_ERR_IO (outputs that do not belong together). */
ln_status ln_find_numbers(ln_table *t, const ln_vision *vision, const ln_tensor outputs[LN_VISION_OUTPUTS],
                          size_t index, ln_error *error);

/* Reads the boxes of one picture of a run.
 *   outputs   of the run
 *   index     of the picture in it
 *   least     score of a candidate
 *   list      receives the candidates in place of what it holds
 * Errors: LN_ERR_IO (the numbers are not what the layout says), LN_ERR_MEMORY. */
ln_status ln_read_boxes(const ln_vision *vision, const ln_picture *picture,
                        const ln_tensor outputs[LN_VISION_OUTPUTS], size_t index, float least,
                        ln_candidates *list, ln_error *error);

#endif
