/* Mean average precision over pictures, as COCO's protocol has it: for each class, precision over
 * recall of its findings from the best score to the worst, made monotone, read at the recalls
 * 0, 0.01, ..., 1 and averaged; then the mean over the classes that occur. */
#ifndef LN_EVAL_MAP_H
#define LN_EVAL_MAP_H

#include "cloud/error.h"
#include "eval/match.h"

#include <stddef.h>
#include <stdint.h>

/* A finding with the number of its picture. */
typedef struct ln_map_finding {
    ln_finding finding;
    uint32_t picture, number; /* the number keeps the order in which they were added */
} ln_map_finding;

typedef struct ln_map_truth {
    unsigned class_index;
    uint32_t picture;
} ln_map_truth;

typedef struct ln_map {
    ln_map_finding *findings; /* by class, falling score, picture, and order in the picture */
    ln_map_truth *truths;     /* by class */
    size_t finding_count, truth_count;
    double *recall, *precision; /* of a class, at its hits */
} ln_map;

/* Room for so many findings and truths in all. The map is the caller's to ln_map_close; empty after
 * an error. Errors: LN_ERR_MEMORY. */
ln_status ln_map_open(ln_map *map, size_t findings, size_t truths, ln_error *error);

/* Allowed on an empty map. */
void ln_map_close(ln_map *map);

/* Adds a picture; pictures come in ascending order, and no more than there is room for.
 *   findings   best first
 *   truths     what it shows */
void ln_map_add(ln_map *map, uint32_t picture, const ln_finding *findings, size_t finding_count,
                const ln_truth *truths, size_t truth_count);

/* Puts what was added in order; to be called once, before the first ln_map_mean. */
void ln_map_sort(ln_map *map);

/* The mean average precision, 0..1, with picture i counting weight[i] times: an ln_figure of a
 * sorted ln_map. 0 if no class occurs. */
double ln_map_mean(const void *map, const uint32_t *weight);

#endif
