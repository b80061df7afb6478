/* How well objects are found: mean average precision at an overlap of 0.5 (map50). */
#ifndef LN_LAB_MEASURE_DETECT_H
#define LN_LAB_MEASURE_DETECT_H

#include "measures/measure.h"
#include "measures/scenes.h"

/* Makes a measure from a detector and scenes; both must outlive it. An unopened measure owns nothing. */
ln_measure ln_measure_detect(ln_vision *vision, const ln_scenes *scenes);

#endif
