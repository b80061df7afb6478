/* What the vision model saw, as it is kept: JSON.
 *
 *     {"classes": [{"class": 281, "label": "tabby", "score": 0.91}, ...]}
 *     {"objects": [{"class": 0, "label": "person", "score": 0.8, "box": [x, y, width, height]}, ...]}
 *
 * An answer with all objects from a score on says so: "all above": 0.3. The best come first; boxes are in
 * pixels from the top left corner. */
#ifndef LN_SERVICE_WORKER_ANSWER_H
#define LN_SERVICE_WORKER_ANSWER_H

#include "cloud/error.h"

#include <limitnet/cloud.h>

#define LN_ANSWER_BEST 2.0f /* a score that nothing has */

/* Begins all zero. Only one of the two lists is in use. */
typedef struct ln_answer {
    ln_task task;
    ln_class *classes;
    ln_object *objects;
    size_t count;
    float all_above; /* it has all objects of at least this score; LN_ANSWER_BEST: only the best few */
    void *labels;    /* memory of the labels; null: they are the vision model's */
} ln_answer;

/* Copies the best that a vision model found.
 *   answer   the caller's to ln_answer_free; empty after an error
 * Errors: LN_ERR_MEMORY. */
ln_status ln_answer_of_classes(ln_answer *answer, const ln_class *classes, size_t count, ln_error *error);
ln_status ln_answer_of_objects(ln_answer *answer, const ln_object *objects, size_t count, ln_error *error);

/* A score, 0..1, in parts of 10,000. */
static inline int ln_answer_points(float score)
{
    return (int)(score * 10000 + 0.5f);
}

/* The best score, 0..1, and its label; 0 and null: there is none. */
float ln_answer_score(const ln_answer *answer);
const char *ln_answer_label(const ln_answer *answer);

/* The JSON, the caller's to free(). Null: memory was short. A label that is not UTF-8 is left out. */
char *ln_answer_write(const ln_answer *answer);

/* Reads what ln_answer_write made.
 *   answer   as above
 * Errors: LN_ERR_IO (anything else), LN_ERR_MEMORY. */
ln_status ln_answer_read(ln_answer *answer, const char *text, ln_error *error);

/* Leaves it empty. */
void ln_answer_free(ln_answer *answer);

#endif
