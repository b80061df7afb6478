/* What a vision model sees in pictures as far as they have come. Pictures with equal contents are looked at
 * once: a receiver that gets the same packets of the same photograph again shows the same. */
#ifndef LN_SIM_OUTCOMES_H
#define LN_SIM_OUTCOMES_H

#include "sim/codec.h"
#include "sim/scenario.h"

/* A picture as far as it has come. */
typedef struct ln_view {
    const ln_image *image; /* null: nothing has come */

    /* With another codec than this project's, instead: */
    size_t photo;              /* its number: other photographs have other packets */
    const ln_packets *packets; /* all of the photograph */
    const uint8_t *arrived;    /* of each packet, 1 or 0; null: none */
} ln_view;

typedef struct ln_sim_outcome {
    uint64_t key; /* of the contents; 0: a free place */
    ln_class best;
} ln_sim_outcome;

typedef struct ln_sim_outcomes {
    ln_bundle bundle; /* with the decoder: of this project's codec */
    ln_decoder *decoder;
    ln_decoder *eyes;            /* of the same bundle, for people; null until a picture is shown to them */
    const ln_sim_codecs *codecs; /* null: this project's codec */
    ln_sim_codec codec;          /* one of these */
    ln_vision *vision;
    ln_picture picture;    /* of the codec's size: the one that was decoded last */
    ln_sim_outcome *table; /* open addressing */
    size_t room, count;    /* places of the table, a power of two, and how many are taken */
    uint64_t asked;        /* how often somebody looked; `count` of them needed the networks */
} ln_sim_outcomes;

/* Opens the networks that a scenario names.
 *   outcomes   the caller's to ln_sim_outcomes_close; empty after an error
 *   scenario   with a vision model; must outlive the outcomes
 *   codecs     those of the laboratory; null: there are none
 * Errors: those of ln_bundle_open, ln_decoder_open, ln_vision_open and the codec's `open`; LN_ERR_IO also for
 * a detector, and for a codec that is not among `codecs`. */
ln_status ln_sim_outcomes_open(ln_sim_outcomes *outcomes, const ln_scenario *scenario,
                               const ln_sim_codecs *codecs, ln_error *error);
void ln_sim_outcomes_close(ln_sim_outcomes *outcomes);

/* The class that the vision model sees in a picture as far as it has come.
 * Errors: those of ln_decoder_run, ln_vision_classify and the codec's `show`, LN_ERR_MEMORY. */
ln_status ln_sim_outcomes_look(ln_sim_outcomes *outcomes, const ln_view *view, ln_class *best,
                               ln_error *error);

/* The same without the memory of contents; `picture` of the outcomes then shows it as people see it.
 * Errors: those of ln_decoder_open, too. */
ln_status ln_sim_outcomes_draw(ln_sim_outcomes *outcomes, const ln_view *view, ln_class *best,
                               ln_error *error);

#endif
