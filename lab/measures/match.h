/* Which of the objects found in a picture are there: COCO's rule at an overlap of 0.5. */
#ifndef LN_LAB_MATCH_H
#define LN_LAB_MATCH_H

#include <limitnet/cloud.h>

/* An object that a picture shows. */
typedef struct ln_truth {
    unsigned class_index;
    float x, y, width, height; /* shares of the picture's sides; the left upper corner */
} ln_truth;

/* An object that was found, after the comparison. */
typedef struct ln_finding {
    float score;
    unsigned class_index;
    int hit; /* 1: it is there */
} ln_finding;

#define LN_MOST_FINDINGS 100 /* of a class in a picture that count: the best, as in COCO's protocol */

/* Compares what was found in a picture with what it shows. From the best to the worst, an object
 * hits the one of its class that it overlaps most among those not hit yet, if it does by half: what
 * both cover is half of what they cover together, or more.
 *   objects         of a picture of width x height pixels, best first
 *   truths          `truth_count` of them; null if there are none
 *   taken           room for one byte a truth
 *   findings        receives at most `count`, in the order of the objects
 * Returns how many findings there are. */
size_t ln_match(const ln_object *objects, size_t count, unsigned width, unsigned height,
                const ln_truth *truths, size_t truth_count, uint8_t *taken, ln_finding *findings);

#endif
