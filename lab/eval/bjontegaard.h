/* Bjontegaard's deltas between two curves of accuracy over bytes: the bytes that one codec saves at the same
 * accuracy, and the accuracy that it gains at the same bytes, on average over the range of both curves.
 *
 * Source: ITU-T VCEG-M33. The interpolation is the monotone piecewise cubic of JVET's later spreadsheets: a
 * single polynomial overshoots on curves that saturate. */
#ifndef LN_LAB_BJONTEGAARD_H
#define LN_LAB_BJONTEGAARD_H

#include "cloud/error.h"
#include "eval/curve.h"

typedef struct ln_bd {
    double rate;  /* bytes, in percent of the reference's; negative: the other needs fewer */
    double share; /* accuracy, as a share of 1; positive: the other has more */
} ln_bd;

/* Compares a curve with a reference, both from ln_curves_read, over the logarithm of the budget. Points at
 * which nothing was recognised, and points that recognise no more than a cheaper one, are left out. Errors:
 * LN_ERR_ARGUMENT (fewer than two points are left, they are too near to each other for numbers, or the curves
 * have no range of bytes or of shares in common), LN_ERR_MEMORY. */
ln_status ln_bd_compare(const ln_curve *reference, const ln_curve *other, ln_bd *bd, ln_error *error);

#endif
