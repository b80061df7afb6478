/* Bjontegaard's deltas, compared with numbers from the package `bjontegaard` 1.3.0 from PyPI (method
 * "pchip"), and the tables that curves are read from. */
#include "cloud/file.h"
#include "eval/bjontegaard.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/limitnet-bd-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    int file = mkstemp(path);
    return file < 0 || close(file);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) < tolerance))
        fail_msg("%.9f is not %.9f", value, expected);
}

/* ---- Deltas ---------------------------------------------------------------------------------- */

static ln_curve_point jpeg[] = {{300, 0.01}, {600, 0.04}, {1200, 0.24}, {2500, 0.55}, {4000, 0.75}};
static ln_curve_point webp[] = {{300, 0.12}, {600, 0.31}, {1200, 0.52}, {2500, 0.74}, {4000, 0.83}};
static ln_curve_point other[] = {{250, 0.08},  {900, 0.30},  {1700, 0.52},
                                 {3000, 0.66}, {5200, 0.79}, {7000, 0.80}};
/* Two video codecs, with PSNR in place of shares, by falling bytes. */
static ln_curve_point video[] = {{686.76, 40.28}, {309.58, 37.18}, {157.11, 34.24}, {85.95, 31.42}};
static ln_curve_point video_2[] = {{893.34, 40.39}, {407.8, 37.21}, {204.93, 34.17}, {112.75, 31.24}};

#define CURVE(points)                                                                                        \
    (ln_curve)                                                                                               \
    {                                                                                                        \
        "codec", "fit", points, sizeof points / sizeof *points                                               \
    }

static void assert_deltas(ln_curve reference, ln_curve curve, double rate, double share)
{
    ln_bd bd;
    ln_error error;
    if (ln_bd_compare(&reference, &curve, &bd, &error) != LN_OK)
        fail_msg("%s", error.text);
    assert_near(bd.rate, rate, 1e-6);
    assert_near(bd.share, share, 1e-8);
}

static void deltas_are_those_of_another_implementation(void **state)
{
    (void)state;
    assert_deltas(CURVE(jpeg), CURVE(webp), -53.20956353386664, 0.22341104413038082);
    assert_deltas(CURVE(jpeg), CURVE(other), -34.11993305247509, 0.11852149711419206);
    assert_deltas(CURVE(video), CURVE(video_2), 31.379878202397627, -1.1834724046224592);
    assert_deltas(CURVE(webp), CURVE(webp), 0, 0);
}

static void useless_points_are_left_out(void **state)
{
    (void)state;
    ln_curve_point more[] = {{0, 0},      {4000, 0.83}, {280, 0},     {300, 0.12},  {600, 0.31},
                             {610, 0.30}, {1200, 0.52}, {2500, 0.74}, {3000, 0.74}, {300, 0.11}};
    assert_deltas(CURVE(jpeg), CURVE(more), -53.20956353386664, 0.22341104413038082);
}

static void assert_incomparable(ln_curve reference, ln_curve curve, const char *part)
{
    ln_bd bd;
    ln_error error;
    assert_int_equal(ln_bd_compare(&reference, &curve, &bd, &error), LN_ERR_ARGUMENT);
    if (!strstr(error.text, part))
        fail_msg("'%s' lacks '%s'", error.text, part);
}

static void what_cannot_be_compared_is_said(void **state)
{
    (void)state;
    ln_curve_point flat[] = {{300, 0.5}, {600, 0.5}, {900, 0}};
    ln_curve_point better[] = {{300, 0.9}, {600, 0.95}};
    ln_curve_point dearer[] = {{5000, 0.1}, {6000, 0.2}};
    ln_curve_point near[] = {{1e15, 0.1}, {1e15 + 1, 0.2}, {1e16, 0.3}};
    assert_incomparable(CURVE(jpeg), CURVE(flat), "no two points");
    assert_incomparable(CURVE(flat), CURVE(jpeg), "no two points");
    assert_incomparable(CURVE(jpeg), CURVE(better), "no range in common");
    assert_incomparable(CURVE(jpeg), CURVE(dearer), "no range in common");
    assert_incomparable(CURVE(near), CURVE(near), "too near");
}

/* ---- Tables ---------------------------------------------------------------------------------- */

static ln_status read_table(ln_curves *curves, const char *text, ln_error *error)
{
    char *copy = strdup(text);
    assert_non_null(copy);
    ln_status status = ln_curves_add(curves, copy, path, error);
    free(copy);
    return status;
}

static void tables_become_curves(void **state)
{
    (void)state;
    ln_curves curves = {.measure = "top5"};
    assert_int_equal(read_table(&curves,
                                "codec,param,bytes,top1,top5,n,way,top1_low\n"
                                "original,-,150528.0,0.9,0.95,9,-,0.8\n"
                                "pjpeg,300,299.5,0.1,0.2,9,cut,0\r\n"
                                "pjpeg,300,290,0.3,0.4,9,fit,0\n"
                                "pjpeg,600,600.0,0.5,0.6,9,cut,0",
                                NULL),
                     LN_OK);
    assert_int_equal(read_table(&curves, "way,top5,codec,bytes,param\nfit,0.7,pjpeg,580,600\n", NULL), LN_OK);
    assert_int_equal(curves.count, 2);
    const ln_curve *cut = ln_curves_find(&curves, "pjpeg"), *fit = ln_curves_find(&curves, "pjpeg,fit");
    assert_ptr_equal(cut, ln_curves_find(&curves, "pjpeg,cut"));
    assert_int_equal(cut->count, 2);
    assert_true(cut->points[0].bytes == 300 && cut->points[0].share == 0.2);
    assert_true(cut->points[1].bytes == 600 && cut->points[1].share == 0.6);
    assert_int_equal(fit->count, 2);
    assert_true(fit->points[1].bytes == 600 && fit->points[1].share == 0.7);
    assert_null(ln_curves_find(&curves, "original"));
    assert_null(ln_curves_find(&curves, "pjpe"));
    assert_null(ln_curves_find(&curves, "pjpeg,"));
    ln_curves_free(&curves);
}

/* The first table decides the measure; the others must have it, too. */
static void tables_say_what_they_measure(void **state)
{
    (void)state;
    static const char classes[] = "codec,param,bytes,top1,top5,n,way\nwebp,300,290,0.1,0.2,9,fit\n";
    static const char objects[] = "codec,param,bytes,map50,n,way\nwebp,300,290,0.3,9,fit\n";
    ln_curves curves = {0};
    ln_error error;
    assert_int_equal(read_table(&curves, objects, NULL), LN_OK);
    assert_string_equal(curves.measure, "map50");
    assert_true(ln_curves_find(&curves, "webp")->points[0].share == 0.3);
    assert_int_equal(read_table(&curves, classes, &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, "has no column 'map50'"));
    ln_curves_free(&curves);
    assert_int_equal(read_table(&curves, classes, NULL), LN_OK);
    assert_string_equal(curves.measure, "top1");
    assert_int_equal(read_table(&curves, objects, &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, "has no column 'top1'"));
    ln_curves_free(&curves);
}

static void wrong_tables_are_refused(void **state)
{
    (void)state;
    const char *const wrong[][2] = {
        {"", "has no column 'codec'"},
        {"codec,param,bytes,top1,top5,n\n", "has no column 'way'"},
        {"codec,param,bytes,top1,way\nwebp,300,290,0.1,fit\nwebp,300\n", ":3: has only 2 fields"},
        {"codec,param,bytes,top1,way\nwebp,300,290,nan,fit\n", ":2: '300' or 'nan' is no number"},
        {"codec,param,bytes,top1,way\nwebp,300,290,53.2,fit\n", ":2: '53.2' is no share from 0 to 1"},
        {"codec,param,bytes,top1,way\n\n", ":2: has only 1 fields"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ln_curves curves = {0};
        ln_error error;
        assert_int_equal(read_table(&curves, wrong[i][0], &error), LN_ERR_IO);
        if (!strstr(error.text, wrong[i][1]))
            fail_msg("'%s' lacks '%s'", error.text, wrong[i][1]);
        ln_curves_free(&curves);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deltas_are_those_of_another_implementation),
        cmocka_unit_test(useless_points_are_left_out),
        cmocka_unit_test(what_cannot_be_compared_is_said),
        cmocka_unit_test(tables_become_curves),
        cmocka_unit_test(tables_say_what_they_measure),
        cmocka_unit_test(wrong_tables_are_refused),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
