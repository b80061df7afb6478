/* How well objects are found: mean average precision at an overlap of 0.5 (map50). */
#ifndef LN_LAB_MEASURE_DETECT_H
#define LN_LAB_MEASURE_DETECT_H

#include "measures/measure.h"
#include "measures/scenes.h"

/* A measure with a detector; both must outlive it. It needs no release before it is opened. */
ln_measure ln_measure_detect(ln_vision *vision, const ln_scenes *scenes);

#endif
