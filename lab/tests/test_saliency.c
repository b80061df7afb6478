#include "saliency/saliency.h"

#include "cloud/file.h"
#include "core/map.h"
#include "host/saliency_map.h"
#include "host/shot.h"
#include "saliency/sod.h"
#include "support_command.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PICTURES "tests/pictures"

static char folder[] = "/tmp/limitnet-saliency-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[160];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int make_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    run_command("mkdir %s/masks", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    run_command("rm -r %s", folder);
    return 0;
}

/* ---- Maps ------------------------------------------------------------------------------------ */

static uint8_t *open_model(const char *name, ln_model *model)
{
    char path[64];
    uint8_t *bytes;
    size_t size;
    snprintf(path, sizeof path, "tests/models/%s.lnm", name);
    assert_int_equal(ln_file_read(path, 1 << 20, &bytes, &size, NULL), LN_OK);
    assert_int_equal(ln_model_open(model, bytes, size), LN_OK);
    return bytes;
}

static void maps_are_those_of_a_camera(void **state)
{
    (void)state;
    static const char *const names[] = {"random-paper", "random-cifar"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ln_model model;
        ln_picture original, picture;
        ln_shot shot;
        ln_saliency_map map;
        uint8_t *bytes = open_model(names[i], &model), levels[LN_MAP_CELLS];
        assert_int_equal(ln_picture_read(&original, PICTURES "/cat.jpg", NULL), LN_OK);
        assert_int_equal(
            ln_picture_resize(&original, model.width, model.height, LN_FIT_STRETCH, &picture, NULL), LN_OK);
        assert_int_equal(ln_shot_take(&shot, &model, &picture, 0, 0, NULL), LN_OK);
        assert_int_equal(ln_saliency_map_make(&map, &model, &picture, NULL), LN_OK);
        assert_int_equal(map.width, model.layer[model.layers - 1].width);
        assert_int_equal(map.height, model.layer[model.layers - 1].height);
        assert_memory_equal(map.levels, ln_camera_map(shot.camera), LN_MAP_CELLS);
        ln_map_reduce(map.places, map.width, map.height, levels);
        assert_memory_equal(map.levels, levels, LN_MAP_CELLS);
        ln_saliency_map_free(&map);
        ln_shot_free(&shot);
        ln_picture_free(&picture);
        ln_picture_free(&original);
        free(bytes);
    }
}

static void maps_are_enlarged(void **state)
{
    (void)state;
    static const uint8_t two[] = {0, 255}, three[] = {4, 100, 9}, corner[] = {31, 0, 0, 0};
    static const uint8_t four[] = {0, 64, 191, 255},
                         square[] = {255, 191, 64, 0, 191, 143, 48, 0, 64, 48, 16, 0, 0, 0, 0, 0};
    uint8_t out[16];
    ln_saliency_map_resize(two, 2, 1, 255, out, 4, 1);
    assert_memory_equal(out, four, 4);
    ln_saliency_map_resize(two, 1, 2, 255, out, 1, 4);
    assert_memory_equal(out, four, 4);
    ln_saliency_map_resize(corner, 2, 2, 31, out, 4, 4);
    assert_memory_equal(out, square, 16);
    ln_saliency_map_resize(three, 3, 1, 255, out, 3, 1);
    assert_memory_equal(out, three, 3);
    ln_saliency_map_resize(three, 3, 1, 255, out, 1, 1);
    assert_int_equal(out[0], 100);
    ln_saliency_map_resize(three, 1, 1, 4, out, 3, 2);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(out[i], 255);
}

/* Where a receiver makes classes of levels, it is this enlarged map that it compares with the thresholds. */
static void the_sent_map_is_enlarged_as_a_receiver_does(void **state)
{
    (void)state;
    static const unsigned grids[][2] = {{28, 28}, {14, 14}, {7, 7}, {64, 5}};
    uint8_t levels[LN_MAP_CELLS], large[28 * 28];
    for (unsigned i = 0; i < LN_MAP_CELLS; i++)
        levels[i] = (uint8_t)((i * 37 + i * i * 11) % 32);
    for (size_t g = 0; g < sizeof grids / sizeof *grids; g++) {
        unsigned width = grids[g][0], height = grids[g][1];
        ln_saliency_map_resize(levels, 8, 8, 31, large, width, height);
        for (unsigned threshold = 0; threshold < 8 * 31; threshold += 13) {
            const ln_layer stage = {.width = (uint16_t)width, .height = (uint16_t)height};
            ln_model model = {0};
            ln_map_row row;
            memset(model.thresholds, (int)threshold, sizeof model.thresholds);
            for (unsigned place = 0; place < width * height; place++) {
                if (place % width == 0)
                    ln_map_row_begin(&row, &model, &stage, levels, place / width);
                double eighths = 8 * large[place] * 31 / 255.;
                unsigned above = ln_map_row_next(&row);
                if (fabs(eighths - threshold) > 1 + 4 * 31 / 255.)
                    assert_int_equal(above, eighths > threshold ? 7 : 0);
            }
        }
    }
}

/* ---- Measures -------------------------------------------------------------------------------- */

#define WIDTH 24
#define HEIGHT 20
#define PLACES (WIDTH * HEIGHT)

typedef struct disc {
    int x, y, reach; /* the object's places have a smaller squared distance from the centre */
} disc;

static void draw_mask(disc object, uint8_t *mask)
{
    for (int i = 0; i < PLACES; i++) {
        int x = i % WIDTH - object.x, y = i / WIDTH - object.y;
        mask[i] = x * x + y * y < object.reach ? 255 : 0;
    }
}

static void draw_noise(uint8_t *map)
{
    for (int i = 0; i < PLACES; i++) {
        int x = i % WIDTH, y = i / WIDTH;
        map[i] = (uint8_t)(x * 37 + y * 59 + x * y * 11);
    }
}

static void draw_narrow(uint8_t *map)
{
    for (int i = 0; i < PLACES; i++) {
        int x = i % WIDTH, y = i / WIDTH;
        map[i] = (uint8_t)(90 + (x * 3 + y * 5 + x * y) % 40);
    }
}

static void draw_blob(uint8_t *map)
{
    for (int i = 0; i < PLACES; i++) {
        int x = i % WIDTH - 11, y = i / WIDTH - 8, byte = 200 - 3 * (x * x + y * y);
        map[i] = (uint8_t)(byte > 0 ? byte : 0);
    }
}

static void draw_grey(uint8_t *map)
{
    memset(map, 128, PLACES);
}

/* Numbers from PyPI's pysodmetrics 1.6.2: MAE, largest F of its precision and recall, S-measure. */
static const struct {
    void (*map)(uint8_t *map);
    disc object;
    double mae, max_f, s_measure;
} cases[] = {
    {draw_noise, {9, 7, 30}, 0.496021242, 0.265926359, 0.327791797},
    {draw_blob, {9, 7, 30}, 0.139479167, 0.781855250, 0.786886849},
    {draw_narrow, {23, 19, 50}, 0.480822650, 0.135064935, 0.334418936},
    {draw_blob, {3, 16, 1}, 0.220083333, 0.002706642, 0.480284652},   /* an object of one place */
    {draw_blob, {0, 0, 0}, 0.218000000, 0.000000000, 0.782000000},    /* no object */
    {draw_blob, {0, 0, 9999}, 0.782000000, 1.000000000, 0.218000000}, /* all object */
    {draw_grey, {9, 7, 30}, 0.501168301, 0.247692005, 0.399436508},
};
#define CASES (sizeof cases / sizeof *cases)

static void assert_near(double value, double expected)
{
    if (fabs(value - expected) > 1e-6)
        fail_msg("%.9f instead of %.9f", value, expected);
}

static void measures_are_those_of_the_field(void **state)
{
    (void)state;
    uint8_t map[PLACES], mask[PLACES];
    ln_sod sod[CASES];
    uint32_t once[CASES];
    for (uint32_t i = 0; i < CASES; i++) {
        cases[i].map(map);
        draw_mask(cases[i].object, mask);
        ln_sod_compare(map, mask, WIDTH, HEIGHT, &sod[i]);
        assert_near(sod[i].mae, cases[i].mae);
        assert_near(sod[i].s_measure, cases[i].s_measure);
        once[i] = 1;
        assert_near(ln_sod_max_f(&sod[i], once, 1), cases[i].max_f);
    }
    assert_near(ln_sod_max_f(sod, once, CASES), 0.337062721); /* of the mean precision and recall */
}

static void a_mask_is_a_perfect_map(void **state)
{
    (void)state;
    uint8_t map[PLACES], mask[PLACES];
    uint32_t once = 1;
    ln_sod sod;
    draw_mask((disc){9, 7, 30}, mask);
    for (size_t i = 0; i < PLACES; i++)
        map[i] = mask[i] ? 90 : 20; /* stretched to 1 and 0 */
    ln_sod_compare(map, mask, WIDTH, HEIGHT, &sod);
    assert_near(sod.mae, 0);
    assert_near(sod.s_measure, 1);
    assert_near(ln_sod_max_f(&sod, &once, 1), 1);
    for (size_t i = 0; i < PLACES; i++)
        map[i] = mask[i] ? 0 : 255;
    ln_sod_compare(map, mask, WIDTH, HEIGHT, &sod);
    assert_near(sod.mae, 1);
    assert_near(sod.s_measure, 0);
}

static void an_object_is_above_128(void **state)
{
    (void)state;
    static const uint8_t map[] = {255, 255, 0, 0}, mask[] = {255, 129, 128, 0};
    ln_sod sod;
    ln_sod_compare(map, mask, 4, 1, &sod);
    assert_near(sod.mae, 0);
    ln_sod_compare(map, mask, 1, 4, &sod);
    assert_near(sod.mae, 0);
    ln_sod_compare(map, mask, 1, 1, &sod); /* one place is a picture, too */
    assert_near(sod.mae, 0);
    assert_near(sod.s_measure, 1);
}

/* ---- Folders --------------------------------------------------------------------------------- */

/* Writes a mask whose left half is the object. */
static void write_mask(const char *name)
{
    ln_picture mask;
    assert_int_equal(ln_picture_make(&mask, 20, 10, NULL), LN_OK);
    for (size_t i = 0; i < 200; i++)
        memset(mask.rgb + 3 * i, i % 20 < 10 ? 255 : 0, 3);
    assert_int_equal(ln_picture_write_png(&mask, in_folder(name), NULL), LN_OK);
    ln_picture_free(&mask);
}

static void pictures_find_their_masks(void **state)
{
    (void)state;
    ln_masked_list list;
    ln_error error;
    char masks[160];
    snprintf(masks, sizeof masks, "%s", in_folder("masks"));
    assert_int_equal(ln_masked_find(&list, PICTURES, masks, SIZE_MAX, &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, "is empty"));
    write_mask("masks/dog.png");
    assert_int_equal(ln_masked_find(&list, PICTURES, masks, SIZE_MAX, &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, "no picture there has a mask in"));
    write_mask("masks/rocket.png");
    write_mask("masks/cat.png");
    write_mask("masks/README.png");
    write_mask("masks/.hidden.png");
    assert_int_equal(ln_masked_find(&list, PICTURES, masks, SIZE_MAX, &error), LN_OK);
    assert_int_equal(list.count, 3);
    assert_string_equal(list.items[0].picture, PICTURES "/README.md");
    assert_string_equal(list.items[1].picture, PICTURES "/cat.jpg");
    assert_string_equal(list.items[2].picture, PICTURES "/rocket.png");
    assert_string_equal(list.items[1].mask, in_folder("masks/cat.png"));
    ln_masked_free(&list);
    assert_int_equal(ln_masked_find(&list, PICTURES, masks, 2, &error), LN_OK);
    assert_int_equal(list.count, 2);
    ln_masked_free(&list);
    write_mask("masks/cat.jpg");
    assert_int_equal(ln_masked_find(&list, PICTURES, masks, SIZE_MAX, &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, "two masks of one picture"));
    assert_int_equal(unlink(in_folder("masks/cat.jpg")), 0);
    assert_int_equal(ln_masked_find(&list, PICTURES "/none", masks, SIZE_MAX, &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, PICTURES "/none: cannot be read"));
    assert_null(list.items);
}

/* ---- Runs ------------------------------------------------------------------------------------ */

typedef struct course {
    size_t done, broken;
} course;

static void count_progress(void *context, size_t done)
{
    ((course *)context)->done = done;
}

static void count_broken(void *context, const char *message)
{
    assert_non_null(strstr(message, "README.md"));
    ((course *)context)->broken++;
}

static void a_run_fills_all_rows(void **state)
{
    (void)state;
    static const char *const maps[] = {"full", "sent", "full", "sent", "centre", "none"};
    ln_model cifar, paper;
    uint8_t *bytes[] = {open_model("random-cifar", &cifar), open_model("random-paper", &paper)};
    const ln_saliency_model models[] = {{"a", &cifar}, {"b", &paper}};
    ln_masked_list list;
    course c = {0};
    ln_saliency_row rows[6];
    assert_int_equal(ln_masked_find(&list, PICTURES, in_folder("masks"), SIZE_MAX, NULL), LN_OK);
    ln_saliency_task task = {&list, models, 2, count_progress, count_broken, &c};
    assert_int_equal(ln_saliency_rows(&task), 6);
    assert_int_equal(ln_saliency_run(&task, rows, NULL), LN_OK);
    assert_int_equal(c.done, 3);
    assert_int_equal(c.broken, 1);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(rows[i].model, i < 4 ? models[i / 2].name : "-");
        assert_string_equal(rows[i].map, maps[i]);
        assert_int_equal(rows[i].count, 2);
        assert_true(rows[i].mae.low <= rows[i].mae.value && rows[i].mae.value <= rows[i].mae.high);
        assert_true(rows[i].max_f.value > 0 && rows[i].max_f.value <= 1);
    }
    /* The left half is the object. Grey is wrong by one half everywhere; the spot lacks on one side what it
     * has too much on the other. At grey's best threshold all places are selected, with a precision of 1/2.
     */
    assert_near(rows[4].mae.value, 0.5);
    assert_near(rows[5].mae.value, 0.5);
    assert_near(rows[5].max_f.value, 1.3 * 0.5 / (0.3 * 0.5 + 1));
    assert_near(rows[5].max_f.low, rows[5].max_f.high);
    list.count = 1; /* the picture that cannot be read */
    ln_error error;
    assert_int_equal(ln_saliency_run(&task, rows, &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, "none of the 1 pictures"));
    list.count = 3;
    ln_masked_free(&list);
    free(bytes[0]);
    free(bytes[1]);
}

static void rows_become_a_table(void **state)
{
    (void)state;
    const ln_saliency_row rows[] = {
        {"m", "full", {0.125, 0.1, 0.25}, {0.5, 0.25, 0.75}, {1 / 3., 0, 2 / 3.}, 3},
        {"-", "none", {0, 0, 0}, {1, 1, 1}, {1, 1, 1}, 3}};
    ln_text table = ln_saliency_table(rows, 2);
    assert_int_equal(ln_text_check(&table, NULL), LN_OK);
    assert_string_equal(table.bytes,
                        "model,map,mae,max_f,s_measure,n,"
                        "mae_low,mae_high,max_f_low,max_f_high,s_measure_low,s_measure_high\n"
                        "m,full,0.1250,0.5000,0.3333,3,0.1000,0.2500,0.2500,0.7500,0.0000,0.6667\n"
                        "-,none,0.0000,1.0000,1.0000,3,0.0000,0.0000,1.0000,1.0000,1.0000,1.0000\n");
    free(table.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_are_those_of_a_camera),
        cmocka_unit_test(maps_are_enlarged),
        cmocka_unit_test(the_sent_map_is_enlarged_as_a_receiver_does),
        cmocka_unit_test(measures_are_those_of_the_field),
        cmocka_unit_test(a_mask_is_a_perfect_map),
        cmocka_unit_test(an_object_is_above_128),
        cmocka_unit_test(pictures_find_their_masks),
        cmocka_unit_test(a_run_fills_all_rows),
        cmocka_unit_test(rows_become_a_table),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
