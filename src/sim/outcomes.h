/* What a vision model sees in pictures as far as they have come. Pictures with equal contents are looked at
 * once: a receiver that gets the same packets of the same photograph again shows the same. */
#ifndef LN_SIM_OUTCOMES_H
#define LN_SIM_OUTCOMES_H

#include <limitnet/cloud.h>

typedef struct ln_outcome {
    uint64_t key; /* of the contents; 0: a free place */
    ln_class best;
} ln_outcome;

typedef struct ln_outcomes {
    ln_bundle bundle;
    ln_decoder *decoder;
    ln_vision *vision;
    ln_picture picture; /* of the model's size: the one that was decoded last */
    ln_outcome *table;  /* open addressing */
    size_t room, count; /* places of the table, a power of two, and how many are taken */
    uint64_t asked;     /* how often somebody looked; `count` of them needed the networks */
} ln_outcomes;

/* Opens the networks.
 *   outcomes   the caller's to ln_outcomes_close; empty after an error
 *   model      as for ln_bundle_open
 *   vision     path of a classifier
 * Errors: those of ln_bundle_open, ln_decoder_open and ln_vision_open; LN_ERR_IO also for a detector. */
ln_status ln_outcomes_open(ln_outcomes *outcomes, const char *model, const char *vision, ln_error *error);
void ln_outcomes_close(ln_outcomes *outcomes);

/* The class that the vision model sees in a picture as far as it has come; null: nothing has come.
 * Errors: those of ln_decoder_run and ln_vision_classify, LN_ERR_MEMORY. */
ln_status ln_outcomes_look(ln_outcomes *outcomes, const ln_image *image, ln_class *best, ln_error *error);

/* The same without the memory of contents; `picture` of the outcomes then shows it. */
ln_status ln_outcomes_draw(ln_outcomes *outcomes, const ln_image *image, ln_class *best, ln_error *error);

#endif
