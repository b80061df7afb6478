/* How often the right class comes out first (top1), or among the first five (top5). */
#ifndef LN_LAB_MEASURE_CLASSIFY_H
#define LN_LAB_MEASURE_CLASSIFY_H

#include "host/labels.h"
#include "measures/measure.h"

/* Makes a measure from a classifier and labels; both must outlive it. An unopened measure owns nothing. */
ln_measure ln_measure_classify(ln_vision *vision, const ln_labels *labels);

#endif
