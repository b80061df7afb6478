/* Mean average precision of objects in a text, for comparison with other programs.
 *
 * usage: tool_average_precision <TEXT
 *
 * A line is `picture` (the next picture begins), `truth CLASS X Y WIDTH HEIGHT`, or `object CLASS SCORE X Y
 * WIDTH HEIGHT`; a picture's objects come from the best to the worst. Prints the figure, and the figure with
 * every other picture counted twice. The text is trusted: only tests write it. */
#include "measures/average_precision.h"

#include <stdio.h>
#include <stdlib.h>

#define MOST 100000

static ln_object objects[MOST];
static ln_truth truths[MOST];
static ln_finding findings[MOST];
static uint8_t taken[MOST];
static uint32_t weight[MOST];

static void add_picture(ln_precision *precision, uint32_t picture, size_t object_count, size_t truth_count)
{
    size_t found = ln_match(objects, object_count, 1, 1, truths, truth_count, taken, findings);
    ln_precision_add(precision, picture, findings, found, truths, truth_count);
    weight[picture] = 1;
}

int main(void)
{
    char line[256];
    ln_precision precision;
    uint32_t pictures = 0;
    size_t object_count = 0, truth_count = 0;
    if (ln_precision_open(&precision, MOST, MOST, NULL) != LN_OK)
        return 1;
    while (fgets(line, sizeof line, stdin)) {
        ln_object *o = &objects[object_count];
        ln_truth *t = &truths[truth_count];
        if (line[0] == 'p') {
            if (pictures)
                add_picture(&precision, pictures - 1, object_count, truth_count);
            pictures++;
            object_count = truth_count = 0;
        } else if (sscanf(line, "truth %u %f %f %f %f", &t->class_index, &t->x, &t->y, &t->width,
                          &t->height) == 5) {
            truth_count++;
        } else if (sscanf(line, "object %u %f %f %f %f %f", &o->index, &o->score, &o->x, &o->y, &o->width,
                          &o->height) == 6) {
            object_count++;
        } else {
            return 1;
        }
    }
    if (pictures)
        add_picture(&precision, pictures - 1, object_count, truth_count);
    ln_precision_sort(&precision);
    printf("%.17g\n", ln_precision_mean(&precision, weight));
    for (uint32_t i = 0; i < pictures; i += 2)
        weight[i] = 2;
    printf("%.17g\n", ln_precision_mean(&precision, weight));
    ln_precision_close(&precision);
    return 0;
}
