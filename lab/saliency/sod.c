#include "saliency/sod.h"

#include <float.h>
#include <math.h>

#define OBJECT_ABOVE 128 /* mask bytes above belong to the object */
#define BETA_SQUARED 0.3
#define ALPHA 0.5 /* of the S-measure: the weight of its object term */

/* A map and its mask, which share their size. */
typedef struct pair {
    const uint8_t *map, *mask;
    unsigned width, height;
    unsigned low, range; /* p = (byte - low) / range */
} pair;

static pair pair_of(const uint8_t *map, const uint8_t *mask, unsigned width, unsigned height)
{
    unsigned low = 255, high = 0;
    for (size_t i = 0; i < (size_t)width * height; i++) {
        low = map[i] < low ? map[i] : low;
        high = map[i] > high ? map[i] : high;
    }
    pair both = {map, mask, width, height, low, high - low};
    if (low == high) {
        both.low = 0;
        both.range = 255;
    }
    return both;
}

/* ---- Moments --------------------------------------------------------------------------------- */

/* Sums over some places of the map's bytes, minus the byte at the first place. So the sums over a constant
 * part are exactly 0. */
typedef struct moments {
    double count, objects; /* all places, and places inside the object */
    int first;
    int64_t sum, squares, common; /* of the bytes, of their squares, and of the bytes inside the object */
} moments;

static void add(moments *m, int byte, int object)
{
    if (m->count == 0)
        m->first = byte;
    int difference = byte - m->first;
    m->count++;
    m->objects += object;
    m->sum += difference;
    m->squares += difference * difference;
    m->common += object ? difference : 0;
}

static double mean_of(const moments *m, const pair *both)
{
    return (m->first + (double)m->sum / m->count - both->low) / both->range;
}

/* The variance of a sample: the divisor is one less than the number of places. DBL_EPSILON avoids 0 / 0 for a
 * single place. */
static double variance_of(const moments *m, const pair *both)
{
    double squares = (double)m->squares - (double)m->sum * ((double)m->sum / m->count);
    return squares / ((double)both->range * both->range) / (m->count - 1 + DBL_EPSILON);
}

/* ---- MAE and F-measure ----------------------------------------------------------------------- */

/* Numbers of places with each value of floor(255 p), inside and outside the object. */
typedef struct histogram {
    double inside[LN_SOD_THRESHOLDS], outside[LN_SOD_THRESHOLDS];
} histogram;

static void count_places(const pair *both, histogram *h)
{
    for (size_t i = 0; i < (size_t)both->width * both->height; i++) {
        unsigned step = (both->map[i] - both->low) * 255 / both->range;
        if (both->mask[i] > OBJECT_ABOVE)
            h->inside[step]++;
        else
            h->outside[step]++;
    }
}

static void compare_by_thresholds(const pair *both, ln_sod *sod)
{
    histogram h = {0};
    double objects = 0, hits = 0, taken = 0;
    count_places(both, &h);
    for (size_t t = 0; t < LN_SOD_THRESHOLDS; t++)
        objects += h.inside[t];
    for (size_t t = LN_SOD_THRESHOLDS; t-- > 0;) {
        hits += h.inside[t];
        taken += h.inside[t] + h.outside[t];
        sod->precision[t] = (float)(taken > 0 ? hits / taken : 0);
        sod->recall[t] = (float)(objects > 0 ? hits / objects : 0);
    }
}

double ln_sod_max_f(const ln_sod *items, const uint32_t *weight, size_t count)
{
    double precision[LN_SOD_THRESHOLDS] = {0}, recall[LN_SOD_THRESHOLDS] = {0}, most = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t t = 0; t < LN_SOD_THRESHOLDS; t++) {
            precision[t] += weight[i] * (double)items[i].precision[t];
            recall[t] += weight[i] * (double)items[i].recall[t];
        }
    for (size_t t = 0; t < LN_SOD_THRESHOLDS; t++) {
        double p = precision[t] / (double)count, r = recall[t] / (double)count;
        double f = p > 0 && r > 0 ? (1 + BETA_SQUARED) * p * r / (BETA_SQUARED * p + r) : 0;
        most = f > most ? f : most;
    }
    return most;
}

/* ---- S-measure ------------------------------------------------------------------------------- */

static double object_score(double mean, double variance)
{
    return 2 * mean / (mean * mean + 1 + sqrt(variance));
}

static double object_term(const pair *both, const moments *inside, const moments *outside)
{
    double score = inside->count * object_score(mean_of(inside, both), variance_of(inside, both)) +
                   outside->count * object_score(1 - mean_of(outside, both), variance_of(outside, both));
    return score / (inside->count + outside->count);
}

static double similarity(const pair *both, const moments *part)
{
    double x = mean_of(part, both), y = part->objects / part->count;
    double divisor = part->count - 1 + DBL_EPSILON;
    double covariance = ((double)part->common - (double)part->sum * y) / both->range / divisor;
    double variances = variance_of(part, both) + part->count * y * (1 - y) / divisor;
    double likeness = 4 * x * y * covariance, most = (x * x + y * y) * variances;
    if (likeness == 0)
        return most == 0;
    return likeness / (most + DBL_EPSILON);
}

/* The number of columns or rows before the point where the four parts meet. As in the authors' program, it is
 * the mean of positions that count from 1, with halves rounded up. */
static unsigned centroid(double sum, double objects)
{
    return (unsigned)floor(sum / objects + 1.5);
}

static double region_term(const pair *both)
{
    moments part[2][2] = {0};
    double across = 0, down = 0, objects = 0, score = 0;
    for (size_t i = 0; i < (size_t)both->width * both->height; i++) {
        int object = both->mask[i] > OBJECT_ABOVE;
        across += object ? (double)(i % both->width) : 0;
        down += object ? (double)(i / both->width) : 0;
        objects += object;
    }
    unsigned left = centroid(across, objects), upper = centroid(down, objects);
    for (size_t i = 0; i < (size_t)both->width * both->height; i++)
        add(&part[i / both->width >= upper][i % both->width >= left], both->map[i],
            both->mask[i] > OBJECT_ABOVE);
    for (size_t i = 0; i < 4; i++) {
        const moments *m = &part[i / 2][i % 2];
        score += m->count > 0 ? m->count * similarity(both, m) : 0;
    }
    return score / ((double)both->width * both->height);
}

static double s_measure(const pair *both, const moments *inside, const moments *outside)
{
    if (inside->count == 0)
        return 1 - mean_of(outside, both);
    if (outside->count == 0)
        return mean_of(inside, both);
    double score = ALPHA * object_term(both, inside, outside) + (1 - ALPHA) * region_term(both);
    return score > 0 ? score : 0;
}

/* ---- All ------------------------------------------------------------------------------------- */

static double mean_error(const pair *both, const moments *inside, const moments *outside)
{
    double error = inside->count > 0 ? inside->count * (1 - mean_of(inside, both)) : 0;
    error += outside->count > 0 ? outside->count * mean_of(outside, both) : 0;
    return error / (inside->count + outside->count);
}

void ln_sod_compare(const uint8_t *map, const uint8_t *mask, unsigned width, unsigned height, ln_sod *sod)
{
    pair both = pair_of(map, mask, width, height);
    moments inside = {0}, outside = {0};
    for (size_t i = 0; i < (size_t)width * height; i++) {
        int object = mask[i] > OBJECT_ABOVE;
        add(object ? &inside : &outside, map[i], object);
    }
    sod->mae = mean_error(&both, &inside, &outside);
    sod->s_measure = s_measure(&both, &inside, &outside);
    compare_by_thresholds(&both, sod);
}
