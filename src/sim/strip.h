/* One picture as it arrives, step by step: the first one of which something arrives. */
#ifndef LN_SIM_STRIP_H
#define LN_SIM_STRIP_H

#include "sim/outcomes.h"

#define LN_STRIP_STEPS 8

/* What the vision model saw after some packets. */
typedef struct ln_strip_step {
    ln_picture picture;
    uint64_t age_us;
    uint32_t packets, bytes;
    ln_class best;
} ln_strip_step;

typedef struct ln_strip {
    size_t shot; /* SIZE_MAX: none yet */
    size_t count;
    ln_strip_step step[LN_STRIP_STEPS];
} ln_strip;

/* Whether a picture is shown after so many packets: 1, 2, 4, 8 and so on. */
int ln_strip_wants(const ln_strip *strip, uint32_t packets);

/* Adds a step, if there is a place. Errors: those of ln_sim_outcomes_draw, LN_ERR_MEMORY. */
ln_status ln_strip_add(ln_strip *strip, ln_sim_outcomes *outcomes, const ln_view *view,
                       const ln_strip_step *step, ln_error *error);

/* All steps side by side.
 *   picture   the caller's to release with ln_picture_free; empty if nothing arrived, and after an error
 * Errors: LN_ERR_MEMORY. */
ln_status ln_strip_compose(const ln_strip *strip, ln_picture *picture, ln_error *error);

void ln_strip_free(ln_strip *strip);

#endif
