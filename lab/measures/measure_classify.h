/* How often the right class is recognised: first (top1) or among the first five (top5). */
#ifndef LN_LAB_MEASURE_CLASSIFY_H
#define LN_LAB_MEASURE_CLASSIFY_H

#include "measures/labels.h"
#include "measures/measure.h"

/* A measure with a classifier; both must outlive it. It needs no release before it is opened. */
ln_measure ln_measure_classify(ln_vision *vision, const ln_labels *labels);

#endif
