/* Curves out of the tables that ln_eval_write makes. */
#ifndef LN_LAB_CURVE_H
#define LN_LAB_CURVE_H

#include "cloud/error.h"

#include <stddef.h>

typedef struct ln_curve_point {
    double bytes; /* the budget, not the mean of what was sent: that is small where nothing fits */
    double share;
} ln_curve_point;

/* One codec in one way. */
typedef struct ln_curve {
    char *codec, *way;
    ln_curve_point *points;
    size_t count;
} ln_curve;

typedef struct ln_curves {
    const char *measure; /* the column of the shares: "top1", "top5" or "map50" */
    ln_curve *items;
    size_t count;
} ln_curves;

/* Adds the curves of a table to others; points of a curve that is there already join it. Rows that
 * name no budget belong to none.
 *   curves   zeroed at first, but for `measure` where the caller wants a certain one: else it is
 *            top1 or map50, whichever the first table has, and later tables must have it, too. The
 *            caller's to ln_curves_free, also after an error
 * Errors: LN_ERR_IO (cannot be read; no such table, with the line), LN_ERR_MEMORY. */
ln_status ln_curves_read(ln_curves *curves, const char *path, ln_error *error);

void ln_curves_free(ln_curves *curves);

/* The curve that is called "CODEC,WAY", or the first of "CODEC"; null if there is none. */
const ln_curve *ln_curves_find(const ln_curves *curves, const char *name);

#endif
