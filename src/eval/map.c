#include "eval/map.h"

#include "cloud/error.h"

#include <stdlib.h>

#define RECALLS 101

ln_status ln_map_open(ln_map *map, size_t findings, size_t truths, ln_error *error)
{
    *map = (ln_map){
        .findings = malloc((findings + 1) * sizeof *map->findings),
        .truths = malloc((truths + 1) * sizeof *map->truths),
        .recall = malloc((findings + 1) * sizeof *map->recall),
        .precision = malloc((findings + 1) * sizeof *map->precision),
    };
    if (map->findings && map->truths && map->recall && map->precision)
        return LN_OK;
    ln_map_close(map);
    return ln_fail_memory(error);
}

void ln_map_close(ln_map *map)
{
    free(map->findings);
    free(map->truths);
    free(map->recall);
    free(map->precision);
    *map = (ln_map){0};
}

void ln_map_add(ln_map *map, uint32_t picture, const ln_finding *findings, size_t finding_count,
                const ln_truth *truths, size_t truth_count)
{
    for (size_t i = 0; i < finding_count; i++)
        map->findings[map->finding_count++] = (ln_map_finding){findings[i], picture, (uint32_t)i};
    for (size_t i = 0; i < truth_count; i++)
        map->truths[map->truth_count++] = (ln_map_truth){truths[i].class_index, picture};
}

/* ---- Order ----------------------------------------------------------------------------------- */

static int by_class_and_score(const void *a, const void *b)
{
    const ln_map_finding *p = a, *q = b;
    if (p->finding.class_index != q->finding.class_index)
        return p->finding.class_index > q->finding.class_index ? 1 : -1;
    if (p->finding.score != q->finding.score)
        return p->finding.score < q->finding.score ? 1 : -1;
    if (p->picture != q->picture)
        return p->picture > q->picture ? 1 : -1;
    return (p->number > q->number) - (p->number < q->number);
}

static int by_class(const void *a, const void *b)
{
    const ln_map_truth *p = a, *q = b;
    return (p->class_index > q->class_index) - (p->class_index < q->class_index);
}

void ln_map_sort(ln_map *map)
{
    qsort(map->findings, map->finding_count, sizeof *map->findings, by_class_and_score);
    qsort(map->truths, map->truth_count, sizeof *map->truths, by_class);
}

/* ---- Precision ------------------------------------------------------------------------------- */

/* The mean of the best precision at each recall or beyond it. The recalls are the doubles of COCO's
 * own program: which finding reaches one may depend on their rounding. */
static double average_precision(const double *recall, double *precision, size_t count)
{
    double sum = 0;
    size_t at = 0;
    for (size_t i = count; i-- > 1;)
        if (precision[i - 1] < precision[i])
            precision[i - 1] = precision[i];
    for (int k = 0; k < RECALLS; k++) {
        double wanted = k < RECALLS - 1 ? k * 0.01 : 1;
        while (at < count && recall[at] < wanted)
            at++;
        sum += at < count ? precision[at] : 0;
    }
    return sum / RECALLS;
}

/* Of one class: its findings, and how many objects of it there are. Only hits change the recall, so
 * only they are points of the curve. */
static double precision_of_class(const ln_map *map, const ln_map_finding *findings, size_t count,
                                 uint64_t truths, const uint32_t *weight)
{
    uint64_t hits = 0, all = 0;
    size_t points = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t times = weight[findings[i].picture];
        all += times;
        if (!times || !findings[i].finding.hit)
            continue;
        hits += times;
        map->recall[points] = (double)hits / (double)truths;
        map->precision[points++] = (double)hits / (double)all;
    }
    return average_precision(map->recall, map->precision, points);
}

double ln_map_mean(const void *context, const uint32_t *weight)
{
    const ln_map *map = context;
    double sum = 0;
    size_t classes = 0, from = 0;
    for (size_t i = 0; i < map->truth_count;) {
        unsigned class_index = map->truths[i].class_index;
        uint64_t truths = 0;
        for (; i < map->truth_count && map->truths[i].class_index == class_index; i++)
            truths += weight[map->truths[i].picture];
        while (from < map->finding_count && map->findings[from].finding.class_index < class_index)
            from++;
        size_t to = from;
        while (to < map->finding_count && map->findings[to].finding.class_index == class_index)
            to++;
        if (truths) {
            sum += precision_of_class(map, map->findings + from, to - from, truths, weight);
            classes++;
        }
        from = to;
    }
    return classes ? sum / (double)classes : 0;
}
