#include "eval/bjontegaard.h"

#include "cloud/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A monotone cubic through points of ascending x. */
typedef struct spline {
    const double *x, *y;
    double *slope;
    size_t count;
} spline;

/* ---- Interpolation: the monotone cubic of Fritsch and Butland (SIAM, 1984) -------------------- */

static double slope_between(const spline *s, size_t i)
{
    return (s->y[i + 1] - s->y[i]) / (s->x[i + 1] - s->x[i]);
}

/* The slope at an end: that of the parabola through three points, limited so that it cannot overshoot.
 *   step, next     widths of the end's interval and of the next one
 *   slope, other   slopes of the chords over these intervals */
static double end_slope(double step, double next, double slope, double other)
{
    double at_end = ((2 * step + next) * slope - step * other) / (step + next);
    if (at_end * slope <= 0)
        return 0;
    if (slope * other <= 0 && fabs(at_end) > 3 * fabs(slope))
        return 3 * slope;
    return at_end;
}

/* The slope at an inner point: the weighted harmonic mean of the chords on both sides, or 0 at a peak. */
static double inner_slope(const spline *s, size_t i)
{
    double before = s->x[i] - s->x[i - 1], after = s->x[i + 1] - s->x[i];
    double left = slope_between(s, i - 1), right = slope_between(s, i);
    if (left * right <= 0)
        return 0;
    double a = 2 * after + before, b = after + 2 * before;
    return (a + b) / (a / left + b / right);
}

static void set_slopes(spline *s)
{
    size_t last = s->count - 1;
    s->slope[0] = s->slope[last] = slope_between(s, 0);
    if (last == 1)
        return;
    s->slope[0] = end_slope(s->x[1] - s->x[0], s->x[2] - s->x[1], slope_between(s, 0), slope_between(s, 1));
    s->slope[last] = end_slope(s->x[last] - s->x[last - 1], s->x[last - 1] - s->x[last - 2],
                               slope_between(s, last - 1), slope_between(s, last - 2));
    for (size_t i = 1; i < last; i++)
        s->slope[i] = inner_slope(s, i);
}

/* The integral of the cubic Hermite from point i up to the fraction `t` (0..1) of the interval behind it. */
static double piece(const spline *s, size_t i, double t)
{
    double h = s->x[i + 1] - s->x[i], t2 = t * t, t3 = t2 * t, t4 = t3 * t;
    double of_y0 = t4 / 2 - t3 + t, of_y1 = t3 - t4 / 2;
    double of_slope0 = t4 / 4 - 2 * t3 / 3 + t2 / 2, of_slope1 = t4 / 4 - t3 / 3;
    return h * (s->y[i] * of_y0 + s->y[i + 1] * of_y1 +
                h * (s->slope[i] * of_slope0 + s->slope[i + 1] * of_slope1));
}

/* The integral from the first point to x, which lies between the first point and the last. */
static double integral(const spline *s, double x)
{
    double sum = 0;
    size_t i = 0;
    for (; i + 2 < s->count && s->x[i + 1] < x; i++)
        sum += piece(s, i, 1);
    return sum + piece(s, i, (x - s->x[i]) / (s->x[i + 1] - s->x[i]));
}

/* ---- Deltas ---------------------------------------------------------------------------------- */

/* A curve's useful points: the logarithm of the bytes, and the share. */
typedef struct frontier {
    double *log_bytes, *share, *slope;
    size_t count;
} frontier;

static int by_bytes(const void *a, const void *b)
{
    const ln_curve_point *p = a, *q = b;
    if (p->bytes != q->bytes)
        return p->bytes > q->bytes ? 1 : -1;
    return (p->share < q->share) - (p->share > q->share);
}

static ln_status open_frontier(frontier *f, const ln_curve *curve, ln_error *error)
{
    size_t count = curve->count;
    ln_curve_point *points = malloc(count * sizeof *points);
    *f = (frontier){malloc(count * sizeof(double)), malloc(count * sizeof(double)),
                    malloc(count * sizeof(double)), 0};
    if (!points || !f->log_bytes || !f->share || !f->slope) {
        free(points);
        return ln_fail_memory(error);
    }
    memcpy(points, curve->points, count * sizeof *points);
    qsort(points, count, sizeof *points, by_bytes);
    double best = 0;
    for (size_t i = 0; i < count; i++) {
        if (points[i].bytes <= 0 || points[i].share <= best)
            continue;
        f->log_bytes[f->count] = log10(points[i].bytes);
        f->share[f->count++] = best = points[i].share;
    }
    free(points);
    if (f->count < 2)
        return ln_fail(error, LN_ERR_ARGUMENT, "%s has no two points of which one recognises more",
                       curve->codec);
    return LN_OK;
}

static void close_frontier(frontier *f)
{
    free(f->log_bytes);
    free(f->share);
    free(f->slope);
}

/* The mean of `other` minus `reference` over the range of x that both cover. */
static ln_status mean_difference(spline *reference, spline *other, double *difference, ln_error *error)
{
    double low = fmax(reference->x[0], other->x[0]);
    double high = fmin(reference->x[reference->count - 1], other->x[other->count - 1]);
    if (!(low < high))
        return ln_fail(error, LN_ERR_ARGUMENT, "the curves have no range in common: measure at other sizes");
    set_slopes(reference);
    set_slopes(other);
    double area = integral(other, high) - integral(other, low);
    *difference = (area - (integral(reference, high) - integral(reference, low))) / (high - low);
    return LN_OK;
}

static ln_status compare(const frontier *reference, const frontier *other, ln_bd *bd, ln_error *error)
{
    spline a = {reference->share, reference->log_bytes, reference->slope, reference->count};
    spline b = {other->share, other->log_bytes, other->slope, other->count};
    ln_status status = mean_difference(&a, &b, &bd->rate, error);
    if (status != LN_OK)
        return status;
    bd->rate = (pow(10, bd->rate) - 1) * 100;
    a = (spline){reference->log_bytes, reference->share, reference->slope, reference->count};
    b = (spline){other->log_bytes, other->share, other->slope, other->count};
    status = mean_difference(&a, &b, &bd->share, error);
    if (status == LN_OK && !isfinite(bd->rate + bd->share))
        return ln_fail(error, LN_ERR_ARGUMENT, "points are too near to each other: measure at other sizes");
    return status;
}

ln_status ln_bd_compare(const ln_curve *reference, const ln_curve *other, ln_bd *bd, ln_error *error)
{
    frontier a = {0}, b = {0};
    ln_status status = open_frontier(&a, reference, error);
    if (status == LN_OK)
        status = open_frontier(&b, other, error);
    if (status == LN_OK)
        status = compare(&a, &b, bd, error);
    close_frontier(&a);
    close_frontier(&b);
    return status;
}
