/* Measures of salient object detection: a map of saliency beside the mask that a person drew.
 *
 * The protocol is that of the field's papers and their common toolboxes. The map is a grey picture of the
 * mask's size. Of the mask, what is above 128 is the object. A map's values p are stretched to 0..1 (its
 * smallest becomes 0, its largest 1); those of a map that is the same everywhere are its bytes / 255.
 *
 *   MAE         mean |p - g|, g being 1 inside the object and 0 outside (Perazzi and others, CVPR 2012)
 *   F-measure   (1 + b2) P R / (b2 P + R) with b2 = 0.3 (Achanta and others, CVPR 2009). A threshold of
 *               t = 0..255 takes the places with floor(255 p) >= t. Their precision P and recall R are
 *               averaged over the pictures at each threshold; max F is the largest F-measure of the 256
 *               averaged pairs. (The other variant averages F instead; it gives other numbers.) P is 0
 *               where no place is taken, R where there is no object, F where both are 0
 *   S-measure   half the object term, half the region term (Fan and others, ICCV 2017: alpha = 0.5), as
 *               in their program. Object: for p inside the object and 1 - p outside, 2 m / (m^2 + 1 + s)
 *               of their mean m and deviation s (that of a sample), weighted by area. Region: structural
 *               similarity of p and g in the four parts around the object's centroid, weighted by area;
 *               a part that is constant in both counts 1. Where all or nothing is the object: the mean of
 *               p or of 1 - p */
#ifndef LN_LAB_SOD_H
#define LN_LAB_SOD_H

#include <stddef.h>
#include <stdint.h>

#define LN_SOD_THRESHOLDS 256

/* One map beside its mask. */
typedef struct ln_sod {
    double mae, s_measure;
    float precision[LN_SOD_THRESHOLDS], recall[LN_SOD_THRESHOLDS]; /* 0..1; floats: there is one a picture */
} ln_sod;

/* Compares a map with a mask: height x width bytes each, row by row; width and height at least 1, at
 * most 2^27 places. */
void ln_sod_compare(const uint8_t *map, const uint8_t *mask, unsigned width, unsigned height, ln_sod *sod);

/* Max F of `count` pictures, at least 1, of which the i-th counts weight[i] times; the weights' sum is
 * `count`. */
double ln_sod_max_f(const ln_sod *items, const uint32_t *weight, size_t count);

#endif
