/* Measures of salient object detection: a saliency map compared with the mask that a person drew.
 *
 * The protocol is that of the field's papers and their common toolboxes. The map is a grey picture of the
 * mask's size. The object is where the mask is above 128. The map's values p are stretched to 0..1: the
 * smallest becomes 0, the largest 1. A map that is the same everywhere has p = its byte / 255 instead.
 *
 *   MAE         mean |p - g|, where g is 1 inside the object and 0 outside (Perazzi and others, CVPR 2012)
 *   F-measure   (1 + b2) P R / (b2 P + R) with b2 = 0.3 (Achanta and others, CVPR 2009). A threshold t of
 *               0..255 selects the places with floor(255 p) >= t; their precision P and recall R are averaged
 *               over the pictures at each threshold. Max F is the largest F-measure of the 256 averaged
 *               pairs. (Another variant averages F instead and gives other numbers.) P is 0 if no place is
 *               selected, R is 0 if there is no object, F is 0 if both are 0
 *   S-measure   half the object term plus half the region term (Fan and others, ICCV 2017, alpha = 0.5), as
 * in their program. Object term: 2 m / (m^2 + 1 + s), where m is the mean and s the standard deviation (of a
 * sample) of p inside the object, and of 1 - p outside; both are weighted by area. Region term: structural
 * similarity of p and g in the four parts around the object's centroid, weighted by area; a part in which
 * both are constant counts 1. If the whole mask is object, the S-measure is the mean of p; if it has no
 * object, the mean of 1 - p */
#ifndef LN_LAB_SOD_H
#define LN_LAB_SOD_H

#include <stddef.h>
#include <stdint.h>

#define LN_SOD_THRESHOLDS 256

/* The measures of one map and its mask. */
typedef struct ln_sod {
    double mae, s_measure;
    float precision[LN_SOD_THRESHOLDS], recall[LN_SOD_THRESHOLDS]; /* 0..1; floats, to save memory */
} ln_sod;

/* Compares a map with a mask. Each has height x width bytes, row by row: at least one, at most 2^27. */
void ln_sod_compare(const uint8_t *map, const uint8_t *mask, unsigned width, unsigned height, ln_sod *sod);

/* Max F over `count` pictures, at least one, where picture i counts weight[i] times. The weights sum to
 * `count`. */
double ln_sod_max_f(const ln_sod *items, const uint32_t *weight, size_t count);

#endif
