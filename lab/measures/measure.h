/* Measures of the pictures that codecs delivered, behind one small interface. A measure knows the pictures
 * and what they show, looks at each picture as it was delivered at each operating point, and computes shares,
 * or other means. It knows no codec, and the code that sends the pictures knows no measure. */
#ifndef LN_LAB_MEASURE_H
#define LN_LAB_MEASURE_H

#include "cloud/text.h"
#include "measures/bootstrap.h"

#include <limitnet/cloud.h>

#define LN_MOST_SHARES 2 /* of a measure */

#define LN_MEASURE_GROUP 16 /* pictures that are under way at once, at most */

/* One picture at one operating point. */
typedef struct ln_trial {
    size_t picture, point;
} ln_trial;

typedef struct ln_measure ln_measure;

typedef struct ln_measure_kind {
    const char *shares[LN_MOST_SHARES]; /* names of the columns in tables; null behind the last one */

    /* Makes room for the trials of every picture at this many points; nothing was seen in any yet. `close` is
     * called after an error, too. */
    ln_status (*open)(ln_measure *measure, size_t points, ln_error *error);
    void (*close)(ln_measure *measure);

    /* Path of a picture's file; owned by the measure. */
    const char *(*path)(const ln_measure *measure, size_t picture);

    /* Takes the original of a picture, which is read during the call only, before looks at what was delivered
     * of it. Looks may come until LN_MEASURE_GROUP further originals have. Null for a measure that compares
     * with labels. */
    ln_status (*begin)(ln_measure *measure, size_t picture, const ln_picture *original, ln_error *error);

    /* Looks at `count` delivered pictures and stores what it sees for their trials. In a trial without a
     * look, nothing was seen. */
    ln_status (*look)(ln_measure *measure, const ln_picture *pictures, const ln_trial *trials, size_t count,
                      ln_error *error);

    /* Stores the logits of a codec that recognises by itself, in place of a look at a picture. Null for a
     * measure that is not about classes.
     *   logits   one for each class of the vision model */
    void (*take)(ln_measure *measure, const float *logits, ln_trial trial);

    /* Writes what was seen in a trial as a text without blanks, which may be empty, and reads it again.
     * `parse` returns the end of the text; null if the text is wrong or memory is short. */
    void (*print)(const ln_measure *measure, ln_trial trial, ln_text *text);
    const char *(*parse)(ln_measure *measure, ln_trial trial, const char *text);

    /* Computes the shares at a point, over the pictures that count.
     *   counting   the numbers of these pictures, ascending */
    ln_status (*sum)(const ln_measure *measure, size_t point, const size_t *counting, size_t count,
                     ln_share *shares, ln_error *error);
} ln_measure_kind;

struct ln_measure {
    const ln_measure_kind *kind;
    size_t pictures;
    size_t points;
    ln_vision *vision; /* null: none looks */
    const void *truth; /* what the pictures show */
    void *seen;
};

#endif
