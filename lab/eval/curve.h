/* Curves of accuracy over bytes, read from the tables of ln_eval_table. */
#ifndef LN_LAB_CURVE_H
#define LN_LAB_CURVE_H

#include "cloud/error.h"

#include <stddef.h>

typedef struct ln_curve_point {
    double bytes; /* the budget; the mean of the bytes sent is no measure, as it is low where nothing fits */
    double share; /* of accuracy, 0..1 */
} ln_curve_point;

/* One codec, keeping budgets in one way. */
typedef struct ln_curve {
    char *codec, *way;
    ln_curve_point *points;
    size_t count;
} ln_curve;

typedef struct ln_curves {
    const char *measure; /* the column with the shares: "top1", "top5" or "map50" */
    ln_curve *items;
    size_t count;
} ln_curves;

/* Takes a table and adds its points to the curves; a curve that is not there yet is added. Rows without a
 * budget are ignored.
 *   table    a string; it is changed
 *   name     of the table, for messages
 *   curves   zeroed before the first table, except `measure`: the caller may choose one. If it is null, it
 *            becomes map50 or else top1, whichever the first table has, and later tables must have the same.
 *            The caller's to ln_curves_free, also after an error
 * Errors: LN_ERR_IO (it is no such table, with the line), LN_ERR_MEMORY. */
ln_status ln_curves_add(ln_curves *curves, char *table, const char *name, ln_error *error);

void ln_curves_free(ln_curves *curves);

/* The curve named "CODEC,WAY", or the first curve of "CODEC"; null if there is none. */
const ln_curve *ln_curves_find(const ln_curves *curves, const char *name);

#endif
