/* Detection with a network whose boxes the test paints: tests/onnx/rows.onnx makes its 400 rows (centre x and
 * y, width, height, probability of an object, probabilities of two classes) of the red channel, divided by
 * the green one, so that numbers can be large, negative, or not finite. */
#include <limitnet/cloud.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROWS 400
#define VALUES 7
#define DIVISOR 64 /* so that halves and quarters are exact */

static ln_vision_config rows_config(void)
{
    ln_vision_config config;
    ln_vision_config_default(&config);
    config.task = LN_TASK_DETECT;
    config.width = VALUES;
    config.height = ROWS;
    for (size_t i = 0; i < 3; i++) {
        config.mean[i] = 0;
        config.divisor[i] = DIVISOR;
    }
    config.boxes_as_shares = 1;
    config.output = LN_OUTPUT_YOLOV5;
    return config;
}

static ln_vision *open_rows(const ln_vision_config *config)
{
    ln_vision *vision;
    ln_error error;
    if (ln_vision_open(&vision, "tests/onnx/rows.onnx", config, 1, &error) != LN_OK)
        fail_msg("%s", error.text);
    return vision;
}

/* A picture in which nothing is found; it has the network's size, so resizing changes nothing. */
static ln_picture paint(void)
{
    ln_picture picture;
    assert_int_equal(ln_picture_make(&picture, VALUES, ROWS, NULL), LN_OK);
    return picture;
}

static uint8_t *value_at(ln_picture *picture, size_t row, size_t i)
{
    return picture->rgb + (row * VALUES + i) * 3;
}

/* A row of 64ths. */
static void paint_row(ln_picture *picture, size_t row, const uint8_t red[VALUES])
{
    for (size_t i = 0; i < VALUES; i++)
        value_at(picture, row, i)[0] = red[i];
}

#define PAINT_ROW(picture, row, ...) paint_row(picture, row, (const uint8_t[VALUES]){__VA_ARGS__})

static size_t find(ln_vision *vision, const ln_picture *picture, float score, float overlap,
                   ln_object objects[LN_MAX_OBJECTS])
{
    size_t found = SIZE_MAX;
    ln_error error;
    ln_selection selection = {score, overlap};
    if (ln_vision_detect(vision, picture, 1, &selection, objects, &found, &error) != LN_OK)
        fail_msg("%s", error.text);
    return found;
}

static void assert_object(const ln_object *object, unsigned index, double score, double x, double y,
                          double width, double height)
{
    const double got[] = {(double)object->score, (double)object->x, (double)object->y, (double)object->width,
                          (double)object->height};
    const double wanted[] = {score, x, y, width, height};
    assert_int_equal(object->index, index);
    for (size_t i = 0; i < 5; i++)
        if (!(fabs(got[i] - wanted[i]) < 1e-3))
            fail_msg("number %zu is %f instead of %f", i, got[i], wanted[i]);
}

/* ---- Boxes ----------------------------------------------------------------------------------- */

static void boxes_are_in_the_pictures_pixels(void **state)
{
    (void)state;
    ln_vision_config config = rows_config();
    ln_vision *vision = open_rows(&config);
    ln_picture picture = paint();
    ln_object objects[LN_MAX_OBJECTS];
    PAINT_ROW(&picture, 399, 32, 16, 16, 8, 64, 48, 0);
    assert_int_equal(find(vision, &picture, 0.25f, 0.5f, objects), 1);
    assert_object(objects, 0, 0.75, 0.375 * VALUES, 0.1875 * ROWS, 0.25 * VALUES, 0.125 * ROWS);
    assert_string_equal(objects[0].label, "");
    ln_picture_free(&picture);

    /* All of a plain grey picture's numbers are the same, whatever its size. */
    assert_int_equal(ln_picture_make(&picture, 80, 40, NULL), LN_OK);
    for (size_t i = 0; i < 80 * 40; i++)
        memcpy(picture.rgb + 3 * i, "\x20\x00\x00", 3);
    assert_int_equal(find(vision, &picture, 0.25f, 0.5f, objects), 2);
    assert_object(&objects[0], 0, 0.25, 20, 10, 40, 20);
    assert_object(&objects[1], 1, 0.25, 20, 10, 40, 20);
    ln_picture_free(&picture);
    ln_vision_close(vision);

    /* Pixels of the model's input: 2 of 7 across, 50 of 400 down. */
    config.boxes_as_shares = 0;
    vision = open_rows(&config);
    picture = paint();
    PAINT_ROW(&picture, 0, 128, 25, 64, 32, 64, 64, 0);
    value_at(&picture, 0, 1)[1] = 63; /* 25 / 64 / (1 - 63 / 64) = 25 */
    value_at(&picture, 0, 3)[1] = 60; /* 8 */
    assert_int_equal(find(vision, &picture, 0.25f, 0.5f, objects), 1);
    assert_object(objects, 0, 1, 1.5, 21, 1, 8);
    ln_picture_free(&picture);
    ln_vision_close(vision);
}

static void boxes_are_cut_at_the_edges(void **state)
{
    (void)state;
    ln_vision_config config = rows_config();
    ln_vision *vision = open_rows(&config);
    ln_picture picture = paint();
    ln_object objects[LN_MAX_OBJECTS];
    PAINT_ROW(&picture, 0, 0, 64, 64, 128, 64, 64, 0);   /* a corner */
    PAINT_ROW(&picture, 1, 32, 32, 255, 255, 64, 0, 60); /* all of it */
    PAINT_ROW(&picture, 2, 128, 32, 64, 64, 64, 64, 64); /* outside */
    PAINT_ROW(&picture, 3, 32, 32, 0, 64, 64, 64, 64);   /* without width */
    assert_int_equal(find(vision, &picture, 0.25f, 1, objects), 2);
    assert_object(&objects[0], 0, 1, 0, 0, 0.5 * VALUES, ROWS);
    assert_object(&objects[1], 1, 60 / 64., 0, 0, VALUES, ROWS);
    ln_picture_free(&picture);
    ln_vision_close(vision);
}

/* ---- Selection ------------------------------------------------------------------------------- */

static void the_best_come_first_and_ties_in_order(void **state)
{
    (void)state;
    ln_vision_config config = rows_config();
    ln_vision *vision = open_rows(&config);
    ln_picture picture = paint();
    ln_object objects[LN_MAX_OBJECTS];
    PAINT_ROW(&picture, 10, 8, 8, 8, 8, 64, 16, 32);
    PAINT_ROW(&picture, 20, 24, 8, 8, 8, 32, 64, 32); /* the product counts */
    PAINT_ROW(&picture, 30, 40, 8, 8, 8, 64, 0, 48);
    PAINT_ROW(&picture, 40, 56, 8, 8, 8, 64, 15, 0);
    assert_int_equal(find(vision, &picture, 0.25f, 0.5f, objects), 5);
    assert_object(&objects[0], 1, 0.75, 36 * VALUES / 64., 4 * ROWS / 64., VALUES / 8., ROWS / 8.);
    assert_object(&objects[1], 1, 0.5, 4 * VALUES / 64., 4 * ROWS / 64., VALUES / 8., ROWS / 8.);
    assert_object(&objects[2], 0, 0.5, 20 * VALUES / 64., 4 * ROWS / 64., VALUES / 8., ROWS / 8.);
    assert_object(&objects[3], 0, 0.25, 4 * VALUES / 64., 4 * ROWS / 64., VALUES / 8., ROWS / 8.);
    assert_object(&objects[4], 1, 0.25, 20 * VALUES / 64., 4 * ROWS / 64., VALUES / 8., ROWS / 8.);
    ln_picture_free(&picture);
    ln_vision_close(vision);
}

static void overlapping_boxes_of_a_class_go(void **state)
{
    (void)state;
    ln_vision_config config = rows_config();
    ln_vision *vision = open_rows(&config);
    ln_picture picture = paint();
    ln_object objects[LN_MAX_OBJECTS];
    PAINT_ROW(&picture, 0, 32, 32, 32, 32, 64, 0, 40); /* of another class: stays */
    PAINT_ROW(&picture, 1, 24, 32, 16, 32, 64, 48, 0); /* half of row 2: an overlap of 1/2 */
    PAINT_ROW(&picture, 2, 32, 32, 32, 32, 64, 64, 0);
    PAINT_ROW(&picture, 3, 48, 32, 32, 32, 64, 32, 0); /* 1/3 with row 2, 0 with row 1 */
    assert_int_equal(find(vision, &picture, 0.25f, 0.51f, objects), 4);
    assert_int_equal(find(vision, &picture, 0.25f, 0.5f, objects), 4); /* as much as allowed */
    assert_int_equal(find(vision, &picture, 0.25f, 0.49f, objects), 3);
    assert_object(&objects[1], 1, 0.625, VALUES / 4., ROWS / 4., VALUES / 2., ROWS / 2.);
    assert_object(&objects[2], 0, 0.5, VALUES / 2., ROWS / 4., VALUES / 2., ROWS / 2.);
    assert_int_equal(find(vision, &picture, 0.25f, 0.3f, objects), 2);
    /* A box that is left out does not suppress others: without row 2, rows 1 and 3 stay. */
    PAINT_ROW(&picture, 2, 0, 0, 0, 0, 0, 0, 0);
    assert_int_equal(find(vision, &picture, 0.25f, 0, objects), 3);
    ln_picture_free(&picture);
    ln_vision_close(vision);
}

static void the_models_own_selection(void **state)
{
    (void)state;
    ln_vision_config config = rows_config();
    assert_int_equal(ln_vision_config_set(&config, "score", "0.6", "test", NULL), LN_OK);
    ln_vision *vision = open_rows(&config);
    ln_picture picture = paint();
    ln_object objects[LN_MAX_OBJECTS];
    size_t found;
    PAINT_ROW(&picture, 0, 16, 16, 16, 16, 64, 38, 39); /* 0.594 and 0.609 */
    assert_int_equal(ln_vision_detect(vision, &picture, 1, NULL, objects, &found, NULL), LN_OK);
    assert_int_equal(found, 1);
    assert_int_equal(objects[0].index, 1);
    ln_picture_free(&picture);
    ln_vision_close(vision);
}

static void no_more_than_there_is_room_for(void **state)
{
    (void)state;
    ln_vision_config config = rows_config();
    ln_vision *vision = open_rows(&config);
    ln_picture pictures[LN_VISION_MAX_BATCH + 1];
    size_t count = LN_VISION_MAX_BATCH + 1, found[LN_VISION_MAX_BATCH + 1];
    ln_object *objects = malloc(count * LN_MAX_OBJECTS * sizeof *objects);
    ln_selection all = {0.001f, 1};
    for (size_t i = 0; i < count; i++) {
        pictures[i] = paint();
        for (size_t row = 0; row < i * 50; row++)
            PAINT_ROW(&pictures[i], row, 32, 32, 32, 32, 64, row == 395 ? 64 : 32, 0);
    }
    assert_int_equal(ln_vision_detect(vision, pictures, count, &all, objects, found, NULL), LN_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(found[i], i * 50 < LN_MAX_OBJECTS ? i * 50 : LN_MAX_OBJECTS);
        if (i)
            assert_true(objects[i * LN_MAX_OBJECTS].score == (i == 8 ? 1 : 0.5f));
        ln_picture_free(&pictures[i]);
    }
    free(objects);
    ln_vision_close(vision);
}

/* ---- Networks that are not to be trusted ----------------------------------------------------- */

/* A layout that was read wrong must not show objects, nor hide them. */
static void assert_refused(ln_vision *vision, const ln_picture *picture, const char *part)
{
    ln_object objects[LN_MAX_OBJECTS];
    ln_selection all = {0.25f, 1};
    ln_error error;
    size_t found;
    assert_int_equal(ln_vision_detect(vision, picture, 1, &all, objects, &found, &error), LN_ERR_IO);
    if (!strstr(error.text, part))
        fail_msg("'%s' lacks '%s'", error.text, part);
}

static void numbers_that_no_box_has_are_refused(void **state)
{
    (void)state;
    ln_vision_config config = rows_config();
    ln_vision *vision = open_rows(&config);
    ln_picture picture = paint();
    ln_object objects[LN_MAX_OBJECTS];
    static const uint8_t good[VALUES] = {32, 32, 32, 32, 64, 64, 0};
    for (size_t i = 0; i < VALUES - 1; i++) {
        const char *part = i < 4 ? "in box 5" : "a probability of";
        paint_row(&picture, 5, good);
        value_at(&picture, 5, i)[1] = DIVISOR; /* infinite */
        assert_refused(vision, &picture, part);
        value_at(&picture, 5, i)[0] = 0; /* not a number */
        assert_refused(vision, &picture, part);
        value_at(&picture, 5, i)[1] = 2 * DIVISOR; /* negative */
        value_at(&picture, 5, i)[0] = 2 * DIVISOR;
        if (i > 1)
            assert_refused(vision, &picture, part);
        value_at(&picture, 5, i)[1] = 0;
    }
    /* Above 1, also where the box would not be shown. */
    paint_row(&picture, 5, good);
    value_at(&picture, 5, 6)[0] = 66;
    value_at(&picture, 5, 4)[0] = 0;
    assert_refused(vision, &picture, "a probability of 1.03125 in box 5: it was read as output = yolov5");
    paint_row(&picture, 5, good);
    assert_int_equal(find(vision, &picture, 0.25f, 1, objects), 1);
    ln_picture_free(&picture);
    ln_vision_close(vision);
}

static void pixels_and_shares_are_not_mixed_up(void **state)
{
    (void)state;
    ln_vision_config config = rows_config();
    ln_picture picture = paint();
    PAINT_ROW(&picture, 0, 32, 32, 32, 32, 64, 64, 0);
    config.boxes_as_shares = 0;
    ln_vision *vision = open_rows(&config);
    assert_refused(vision, &picture, "say boxes = shares");
    ln_vision_close(vision);
    config.boxes_as_shares = 1;
    vision = open_rows(&config);
    value_at(&picture, 0, 2)[1] = 60; /* 8 sides wide */
    value_at(&picture, 0, 2)[0] = 66;
    assert_refused(vision, &picture, "say boxes = pixels");
    ln_picture_free(&picture);
    ln_vision_close(vision);
}

static void selections_are_shares(void **state)
{
    (void)state;
    const ln_selection wrong[] = {{2, 0.5f},     {-0.1f, 0.5f}, {NAN, 0.5f},
                                  {0.5f, 1.01f}, {0.5f, -1},    {0.5f, NAN}};
    ln_vision_config config = rows_config();
    ln_vision *vision = open_rows(&config);
    ln_picture picture = paint();
    ln_object objects[LN_MAX_OBJECTS];
    size_t found;
    ln_error error;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(ln_vision_detect(vision, &picture, 1, &wrong[i], objects, &found, &error),
                         LN_ERR_ARGUMENT);
        assert_non_null(strstr(error.text, "give numbers of 0 to 1"));
    }
    ln_vision_close(vision);
    config.selection = wrong[0];
    vision = open_rows(&config);
    assert_int_equal(ln_vision_detect(vision, &picture, 1, NULL, objects, &found, &error), LN_ERR_ARGUMENT);
    ln_picture_free(&picture);
    ln_vision_close(vision);
}

static void assert_not_opened(const char *onnx, ln_task task, const char *part)
{
    ln_vision_config config = rows_config();
    ln_vision *vision;
    ln_error error;
    config.task = task;
    config.output = LN_OUTPUT_ANY;
    assert_int_equal(ln_vision_open(&vision, onnx, &config, 1, &error), LN_ERR_IO);
    assert_null(vision);
    if (!strstr(error.text, part))
        fail_msg("'%s' lacks '%s'", error.text, part);
}

static void wrong_networks_are_refused(void **state)
{
    (void)state;
    assert_not_opened("tests/onnx/thin.onnx", LN_TASK_DETECT,
                      "thin.onnx: it is not sure what 'y' of shape ?x400x5 is, without labels");
    assert_not_opened("tests/onnx/rows.onnx", LN_TASK_CLASSIFY, "'y' does not have a row of classes");
    assert_not_opened("tests/onnx/mean.onnx", LN_TASK_DETECT, "?x3x16x24 instead of ?x3x400x7");
    ln_vision_config config = rows_config();
    ln_vision *vision = open_rows(&config);
    ln_picture picture = paint();
    ln_class best;
    ln_error error;
    assert_int_equal(ln_vision_task(vision), LN_TASK_DETECT);
    assert_int_equal(ln_vision_classes(vision), 2);
    assert_int_equal(ln_vision_classify(vision, &picture, 1, LN_FIT_STRETCH, 1, &best, &error),
                     LN_ERR_ARGUMENT);
    assert_non_null(strstr(error.text, "give a classifier"));
    ln_vision_close(vision);

    ln_object objects[LN_MAX_OBJECTS];
    size_t found;
    config = rows_config();
    config.task = LN_TASK_CLASSIFY;
    config.output = LN_OUTPUT_ANY;
    config.width = 24;
    config.height = 16;
    assert_int_equal(ln_vision_open(&vision, "tests/onnx/mean.onnx", &config, 1, NULL), LN_OK);
    assert_int_equal(ln_vision_task(vision), LN_TASK_CLASSIFY);
    assert_int_equal(ln_vision_detect(vision, &picture, 1, NULL, objects, &found, &error), LN_ERR_ARGUMENT);
    assert_non_null(strstr(error.text, "give a detector"));
    ln_picture_free(&picture);
    ln_vision_close(vision);
}

static void a_detector_with_a_sidecar(void **state)
{
    (void)state;
    ln_vision *vision;
    ln_picture picture;
    ln_object objects[LN_MAX_OBJECTS];
    size_t found;
    assert_int_equal(ln_vision_open(&vision, "tests/onnx/objects.onnx", NULL, 1, NULL), LN_OK);
    assert_int_equal(ln_picture_make(&picture, 224, 112, NULL), LN_OK);
    assert_int_equal(ln_vision_detect(vision, &picture, 1, NULL, objects, &found, NULL), LN_OK);
    assert_int_equal(found, 2);
    assert_object(&objects[0], 0, 0.9, 0, 0, 112, 56);
    assert_object(&objects[1], 1, 0.4, 112, 56, 112, 56);
    assert_string_equal(objects[0].label, "cat");
    assert_string_equal(objects[1].label, "dog");
    ln_picture_free(&picture);
    ln_vision_close(vision);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes_are_in_the_pictures_pixels),
        cmocka_unit_test(boxes_are_cut_at_the_edges),
        cmocka_unit_test(the_best_come_first_and_ties_in_order),
        cmocka_unit_test(overlapping_boxes_of_a_class_go),
        cmocka_unit_test(the_models_own_selection),
        cmocka_unit_test(no_more_than_there_is_room_for),
        cmocka_unit_test(numbers_that_no_box_has_are_refused),
        cmocka_unit_test(pixels_and_shares_are_not_mixed_up),
        cmocka_unit_test(selections_are_shares),
        cmocka_unit_test(wrong_networks_are_refused),
        cmocka_unit_test(a_detector_with_a_sidecar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
