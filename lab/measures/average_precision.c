#include "measures/average_precision.h"

#include "cloud/error.h"

#include <stdlib.h>

#define RECALLS 101

ln_status ln_precision_open(ln_precision *precision, size_t findings, size_t truths, ln_error *error)
{
    *precision = (ln_precision){
        .findings = malloc((findings + 1) * sizeof *precision->findings),
        .truths = malloc((truths + 1) * sizeof *precision->truths),
        .recall = malloc((findings + 1) * sizeof *precision->recall),
        .precision = malloc((findings + 1) * sizeof *precision->precision),
    };
    if (precision->findings && precision->truths && precision->recall && precision->precision)
        return LN_OK;
    ln_precision_close(precision);
    return ln_fail_memory(error);
}

void ln_precision_close(ln_precision *precision)
{
    free(precision->findings);
    free(precision->truths);
    free(precision->recall);
    free(precision->precision);
    *precision = (ln_precision){0};
}

void ln_precision_add(ln_precision *precision, uint32_t picture, const ln_finding *findings,
                      size_t finding_count, const ln_truth *truths, size_t truth_count)
{
    for (size_t i = 0; i < finding_count; i++)
        precision->findings[precision->finding_count++] =
            (ln_precision_finding){findings[i], picture, (uint32_t)i};
    for (size_t i = 0; i < truth_count; i++)
        precision->truths[precision->truth_count++] = (ln_precision_truth){truths[i].class_index, picture};
}

/* ---- Order ----------------------------------------------------------------------------------- */

static int by_class_and_score(const void *a, const void *b)
{
    const ln_precision_finding *p = a, *q = b;
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
    const ln_precision_truth *p = a, *q = b;
    return (p->class_index > q->class_index) - (p->class_index < q->class_index);
}

void ln_precision_sort(ln_precision *precision)
{
    qsort(precision->findings, precision->finding_count, sizeof *precision->findings, by_class_and_score);
    qsort(precision->truths, precision->truth_count, sizeof *precision->truths, by_class);
}

/* ---- Precision ------------------------------------------------------------------------------- */

/* The mean, over the 101 recalls, of the best precision at this recall or beyond. The recalls are the same
 * doubles as in COCO's own program, because their rounding may decide which finding reaches a recall. */
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

/* The average precision of one class, from its findings and the number of its objects. Only hits change the
 * recall, so only hits are points of the curve. */
static double precision_of_class(const ln_precision *precision, const ln_precision_finding *findings,
                                 size_t count, uint64_t truths, const uint32_t *weight)
{
    uint64_t hits = 0, all = 0;
    size_t points = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t times = weight[findings[i].picture];
        all += times;
        if (!times || !findings[i].finding.hit)
            continue;
        hits += times;
        precision->recall[points] = (double)hits / (double)truths;
        precision->precision[points++] = (double)hits / (double)all;
    }
    return average_precision(precision->recall, precision->precision, points);
}

double ln_precision_mean(const void *context, const uint32_t *weight)
{
    const ln_precision *precision = context;
    double sum = 0;
    size_t classes = 0, from = 0;
    for (size_t i = 0; i < precision->truth_count;) {
        unsigned class_index = precision->truths[i].class_index;
        uint64_t truths = 0;
        for (; i < precision->truth_count && precision->truths[i].class_index == class_index; i++)
            truths += weight[precision->truths[i].picture];
        while (from < precision->finding_count && precision->findings[from].finding.class_index < class_index)
            from++;
        size_t to = from;
        while (to < precision->finding_count && precision->findings[to].finding.class_index == class_index)
            to++;
        if (truths) {
            sum += precision_of_class(precision, precision->findings + from, to - from, truths, weight);
            classes++;
        }
        from = to;
    }
    return classes ? sum / (double)classes : 0;
}
