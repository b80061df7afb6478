/* Bjontegaard's deltas between two curves of accuracy over bytes: how many bytes one codec saves at
 * the same accuracy, and how much accuracy it gains at the same bytes, on average over what both
 * curves reach (ITU-T VCEG-M33; with the monotone piecewise cubic interpolation of JVET's later
 * sheets in place of one polynomial, which overshoots on curves that saturate). */
#ifndef LN_LAB_BD_H
#define LN_LAB_BD_H

#include "cloud/error.h"
#include "eval/curve.h"

typedef struct ln_bd {
    double rate;  /* percent of the reference's bytes, negative where the other needs fewer */
    double share; /* of accuracy, positive where the other has more */
} ln_bd;

/* Compares a curve with a reference, both from ln_curves_read. Budgets are taken as logarithms. Left
 * out are points at which nothing was recognised, and those that recognise no more than a
 * cheaper one. Errors: LN_ERR_ARGUMENT (fewer than two points are left, or the curves have no bytes
 * or no shares in common), LN_ERR_MEMORY. */
ln_status ln_bd_compare(const ln_curve *reference, const ln_curve *other, ln_bd *bd, ln_error *error);

#endif
