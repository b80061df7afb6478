/* Decides which of the objects found in a picture are really there, by COCO's rule at an overlap of 0.5. */
#ifndef LN_LAB_MATCH_H
#define LN_LAB_MATCH_H

#include <limitnet/cloud.h>

/* An object that a picture shows. */
typedef struct ln_truth {
    unsigned class_index;
    float x, y, width, height; /* the left upper corner and the size, as shares of the picture's sides */
} ln_truth;

/* An object that was found, compared with the truths. */
typedef struct ln_finding {
    float score;
    unsigned class_index;
    int hit; /* 1: it is really there */
} ln_finding;

#define LN_MOST_FINDINGS 100 /* the best of a class in a picture, which alone count (COCO's protocol) */

/* Compares the objects found in a picture with those that it shows. Objects are taken from the best to the
 * worst. Each one hits, among the truths of its class that no object has hit yet, the truth that it overlaps
 * most, if the overlap is 0.5 or more (intersection over union).
 *   objects         found in a picture of width x height pixels, best first
 *   truths          `truth_count` of them; null if there are none
 *   taken           room for one byte for each truth
 *   findings        receives at most `count`, in the order of the objects
 * Returns the number of findings. */
size_t ln_match(const ln_object *objects, size_t count, unsigned width, unsigned height,
                const ln_truth *truths, size_t truth_count, uint8_t *taken, ln_finding *findings);

#endif
