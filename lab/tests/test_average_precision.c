/* Matching and average precision, on cases that are computed on paper. train/tests/test_average_precision.py
 * compares with COCO's own program. */
#include "measures/average_precision.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- Matching -------------------------------------------------------------------------------- */

/* Compares the hits of objects in a picture of 100 x 50 pixels with a text of 0 and 1. */
static void assert_hits(const ln_object *objects, size_t count, const ln_truth *truths, size_t truth_count,
                        const char *wanted)
{
    ln_finding findings[LN_MAX_OBJECTS];
    uint8_t taken[16];
    char hits[LN_MAX_OBJECTS + 1] = {0};
    size_t found = ln_match(objects, count, 100, 50, truths, truth_count, taken, findings);
    for (size_t i = 0; i < found; i++) {
        hits[i] = findings[i].hit ? '1' : '0';
        assert_int_equal(findings[i].class_index, objects[i].index);
        assert_true(findings[i].score == objects[i].score);
    }
    assert_string_equal(hits, wanted);
}

static void half_an_overlap_is_a_hit(void **state)
{
    (void)state;
    const ln_truth truths[] = {{3, 0.25f, 0.5f, 0.5f, 0.25f}}; /* 25..75, 25..37.5 */
    const ln_object half[] = {{3, "", 0.9f, 25, 25, 25, 12.5f}};
    const ln_object less[] = {{3, "", 0.9f, 25, 25, 24.9f, 12.5f}};
    const ln_object other[] = {{2, "", 0.9f, 25, 25, 50, 12.5f}};
    const ln_object beside[] = {{3, "", 0.9f, 75, 25, 25, 12.5f}};
    assert_hits(half, 1, truths, 1, "1");
    assert_hits(less, 1, truths, 1, "0");
    assert_hits(other, 1, truths, 1, "0");
    assert_hits(beside, 1, truths, 1, "0");
    assert_hits(half, 1, NULL, 0, "0");
    assert_hits(NULL, 0, truths, 1, "");
}

static void each_object_is_hit_once_by_the_best(void **state)
{
    (void)state;
    const ln_truth truths[] = {{0, 0, 0, 0.5f, 1}, {0, 0.1f, 0, 0.5f, 1}, {1, 0, 0, 0.5f, 1}};
    const ln_object objects[] = {
        {0, "", 0.9f, 8, 0, 50, 50},  /* overlaps the second truth most */
        {0, "", 0.8f, 10, 0, 50, 50}, /* the second is taken: hits the first */
        {0, "", 0.7f, 0, 0, 50, 50},
        {1, "", 0.6f, 0, 0, 50, 50},
    };
    assert_hits(objects, 4, truths, 3, "1101");
}

static void a_hundred_of_a_class_count(void **state)
{
    (void)state;
    const ln_truth truths[] = {{0, 0, 0, 1, 1}, {1, 0, 0, 1, 1}};
    ln_object objects[150];
    ln_finding findings[150];
    uint8_t taken[2];
    for (size_t i = 0; i < 150; i++)
        objects[i] = (ln_object){i < 130 ? 0 : 1, "", 0.5f, 0, 0, i < 120 ? 10 : 100, 50};
    assert_int_equal(ln_match(objects, 150, 100, 50, truths, 2, taken, findings), 120);
    for (size_t i = 0; i < 120; i++)
        assert_int_equal(findings[i].hit, i == 100);
}

/* ---- Precision ------------------------------------------------------------------------------- */

typedef struct picture {
    ln_finding findings[4];
    size_t finding_count;
    ln_truth truths[4];
    size_t truth_count;
} picture;

static double mean_of(const picture *pictures, size_t count, const uint32_t *weight)
{
    ln_precision precision;
    assert_int_equal(ln_precision_open(&precision, 4 * count, 4 * count, NULL), LN_OK);
    for (size_t i = 0; i < count; i++)
        ln_precision_add(&precision, (uint32_t)i, pictures[i].findings, pictures[i].finding_count,
                         pictures[i].truths, pictures[i].truth_count);
    ln_precision_sort(&precision);
    double mean = ln_precision_mean(&precision, weight);
    ln_precision_close(&precision);
    return mean;
}

static void assert_mean(const picture *pictures, size_t count, const uint32_t *weight, double wanted)
{
    double mean = mean_of(pictures, count, weight);
    if (!(fabs(mean - wanted) < 1e-12))
        fail_msg("%.15f instead of %.15f", mean, wanted);
}

static const uint32_t once[] = {1, 1, 1, 1};

static void precision_is_that_on_paper(void **state)
{
    (void)state;
    const picture all[] = {{{{0.9f, 5, 1}}, 1, {{.class_index = 5}}, 1}};
    const picture none[] = {{{{0.9f, 5, 0}}, 1, {{.class_index = 5}}, 1}};
    const picture nothing[] = {{{{0.9f, 5, 0}}, 1, {{0}}, 0}};
    const picture unseen[] = {{{{0}}, 0, {{.class_index = 5}}, 1}};
    assert_mean(all, 1, once, 1);
    assert_mean(none, 1, once, 0);
    assert_mean(nothing, 1, once, 0);
    assert_mean(unseen, 1, once, 0);
    assert_mean(NULL, 0, once, 0);
    /* Miss, hit, miss, hit, with three objects: precision 1/2 up to a recall of 2/3, then 0. */
    const picture two[] = {{{{0.9f, 0, 0}, {0.7f, 0, 0}}, 2, {{0}, {0}}, 2},
                           {{{0.8f, 0, 1}, {0.6f, 0, 1}}, 2, {{0}}, 1}};
    assert_mean(two, 2, once, 67 * 0.5 / 101);
    /* All objects of a second class are found. A third class, which does not occur, does not count. */
    const picture three[] = {two[0], two[1], {{{0.1f, 1, 1}, {0.99f, 2, 0}}, 2, {{.class_index = 1}}, 1}};
    assert_mean(three, 3, once, (67 * 0.5 / 101 + 1) / 2);
}

static void a_picture_may_count_several_times_or_not(void **state)
{
    (void)state;
    const picture base[] = {{{{0.9f, 0, 1}, {0.4f, 1, 0}}, 2, {{0}, {.class_index = 1}}, 2},
                            {{{0.8f, 0, 0}, {0.5f, 1, 1}}, 2, {{.class_index = 1}}, 1},
                            {{{0.7f, 0, 1}}, 1, {{0}, {0}}, 2}};
    const picture resampled[] = {base[1], base[1], base[2]};
    const uint32_t weight[] = {0, 2, 1};
    assert_mean(base, 3, weight, mean_of(resampled, 3, once));
    /* Without the first and the last picture, class 0 does not occur. */
    assert_mean(base, 3, (const uint32_t[]){0, 3, 0}, 1);
    assert_mean(base, 3, (const uint32_t[]){0, 0, 0}, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_an_overlap_is_a_hit),
        cmocka_unit_test(each_object_is_hit_once_by_the_best),
        cmocka_unit_test(a_hundred_of_a_class_count),
        cmocka_unit_test(precision_is_that_on_paper),
        cmocka_unit_test(a_picture_may_count_several_times_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
