/* What is measured about the pictures that codecs delivered, behind one small interface: a measure
 * knows which pictures there are and what they show, looks at what became of them at each operating
 * point, and makes shares of it. It knows no codec, and who sends the pictures knows no measure.
 */
#ifndef LN_LAB_MEASURE_H
#define LN_LAB_MEASURE_H

#include "measures/bootstrap.h"

#include <limitnet/cloud.h>

#include <stdio.h>

#define LN_MOST_SHARES 2 /* that a measure makes */

/* A picture at an operating point. */
typedef struct ln_place {
    size_t picture, point;
} ln_place;

typedef struct ln_measure ln_measure;

typedef struct ln_measure_kind {
    const char *shares[LN_MOST_SHARES]; /* their names in tables; null behind the last */

    /* Makes room for this many points of every picture, at all of which nothing was seen. `close` is
     * called after an error, too. */
    ln_status (*open)(ln_measure *measure, size_t points, ln_error *error);
    void (*close)(ln_measure *measure);

    /* Path of a picture's file, the measure's. */
    const char *(*path)(const ln_measure *measure, size_t picture);

    /* Looks at `count` delivered pictures, and keeps what is seen at their places. A place that is
     * never looked at stays one at which nothing was seen. */
    ln_status (*look)(ln_measure *measure, const ln_picture *pictures, const ln_place *places, size_t count,
                      ln_error *error);

    /* Keeps what a codec recognised itself, instead of a look at a picture: logits of as many classes as
     * the vision model tells apart. Null for a measure that classes say nothing to. */
    void (*take)(ln_measure *measure, const float *logits, ln_place place);

    /* What was seen at a place, as a text without blanks, which may be empty; and back. `parse`
     * returns where the text ends, or null if it is none (or the memory did not suffice). */
    void (*print)(const ln_measure *measure, ln_place place, FILE *file);
    const char *(*parse)(ln_measure *measure, ln_place place, const char *text);

    /* The shares at a point, over the pictures that count.
     *   counting   their numbers, ascending */
    ln_status (*sum)(const ln_measure *measure, size_t point, const size_t *counting, size_t count,
                     ln_share *shares, ln_error *error);
} ln_measure_kind;

struct ln_measure {
    const ln_measure_kind *kind;
    size_t pictures;
    size_t points;
    ln_vision *vision;
    const void *truth; /* what the pictures show */
    void *seen;
};

#endif
