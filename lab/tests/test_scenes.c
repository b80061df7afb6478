#include "measures/scenes.h"

#include "cloud/file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/limitnet-scenes-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[2][128];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static void run_in_folder(const char *command)
{
    char text[256];
    snprintf(text, sizeof text, "cd %s && %s", folder, command);
    assert_int_equal(system(text), 0);
}

static int make_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    run_in_folder(
        "mkdir images texts empty images/more && touch images/b.jpg images/a.x.webp images/c images/.hidden");
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    run_in_folder("rm -r ../$(basename $PWD)");
    return 0;
}

static ln_status read_scenes(const char *text, size_t most, ln_scenes *scenes, ln_error *error)
{
    const char *path = in_folder("texts/b.txt");
    assert_int_equal(ln_file_write(path, (const uint8_t *)text, strlen(text), NULL), LN_OK);
    return ln_scenes_read(scenes, in_folder("images"), in_folder("texts"), 80, most, error);
}

static void pictures_have_their_objects(void **state)
{
    (void)state;
    ln_scenes scenes;
    ln_error error;
    if (read_scenes("79 0.5 0.25 0.5 0.5\r\n\n 0\t1 1 0 0 ", SIZE_MAX, &scenes, &error) != LN_OK)
        fail_msg("%s", error.text);
    assert_int_equal(scenes.count, 3);
    assert_string_equal(scenes.items[0].path, in_folder("images/a.x.webp"));
    assert_string_equal(scenes.items[1].path, in_folder("images/b.jpg"));
    assert_string_equal(scenes.items[2].path, in_folder("images/c"));
    assert_int_equal(scenes.items[0].count, 0);
    assert_int_equal(scenes.items[2].count, 0);
    assert_int_equal(scenes.items[1].count, 2);
    const ln_truth *truth = scenes.items[1].truths;
    assert_int_equal(truth[0].class_index, 79);
    assert_true(truth[0].x == 0.25f && truth[0].y == 0 && truth[0].width == 0.5f && truth[0].height == 0.5f);
    assert_int_equal(truth[1].class_index, 0);
    assert_true(truth[1].x == 1 && truth[1].y == 1 && truth[1].width == 0 && truth[1].height == 0);
    ln_scenes_free(&scenes);

    assert_int_equal(read_scenes("1 1 1 1 1", 2, &scenes, NULL), LN_OK);
    assert_int_equal(scenes.count, 2);
    ln_scenes_free(&scenes);
    /* A name may have several dots. */
    run_in_folder("mv texts/b.txt texts/a.x.txt");
    assert_int_equal(ln_scenes_read(&scenes, in_folder("images"), in_folder("texts"), 80, 1, NULL), LN_OK);
    assert_int_equal(scenes.items[0].count, 1);
    ln_scenes_free(&scenes);
    run_in_folder("rm texts/a.x.txt");
}

static void wrong_lines_are_refused(void **state)
{
    (void)state;
    const char *const wrong[][2] = {
        {"80 0.5 0.5 0.5 0.5\n", "b.txt:1: '80' is no class of the vision model: its classes are 0 to 79"},
        {"1 0.5 0.5 0.5 0.5\n\n-1 0.5 0.5 0.5 0.5\n", "b.txt:3: '-1' is no class"},
        {"1.0 0.5 0.5 0.5 0.5\n", ":1: '1.0' is no class"},
        {"99999999999999999999 0.5 0.5 0.5 0.5\n", "is no class"},
        {"1 0.5 0.5 0.5\n", ":1: is not of the form 'class x y width height'"},
        {"1 0.5 0.5 0.5 0.5 0.5\n", "is not of the form"},
        {"1 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5\n", "is not of the form"},
        {"1 0.5 1.01 0.5 0.5\n", ":1: '1.01' is no share from 0 to 1"},
        {"1 -0.1 0.5 0.5 0.5\n", "'-0.1' is no share"},
        {"1 0.5 0.5 nan 0.5\n", "'nan' is no share"},
        {"1 0.5 0.5 0.5 0.5%\n", "'0.5%' is no share"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ln_scenes scenes;
        ln_error error;
        assert_int_equal(read_scenes(wrong[i][0], SIZE_MAX, &scenes, &error), LN_ERR_IO);
        assert_null(scenes.items);
        if (!strstr(error.text, wrong[i][1]))
            fail_msg("'%s' lacks '%s'", error.text, wrong[i][1]);
    }
}

static void assert_no_scenes(const char *images, const char *labels, const char *part)
{
    ln_scenes scenes;
    ln_error error;
    assert_int_equal(ln_scenes_read(&scenes, in_folder(images), in_folder(labels), 80, SIZE_MAX, &error),
                     LN_ERR_IO);
    assert_null(scenes.items);
    if (!strstr(error.text, part))
        fail_msg("'%s' lacks '%s'", error.text, part);
}

static void wrong_folders_are_refused(void **state)
{
    (void)state;
    assert_no_scenes("nowhere", "texts", "nowhere: cannot be opened");
    assert_no_scenes("empty", "texts", "empty: has no pictures");
    assert_no_scenes("images", "empty", "empty: has no NAME.txt for any of the 3 pictures");
    assert_no_scenes("images", "nowhere", "nowhere: has no NAME.txt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_have_their_objects),
        cmocka_unit_test(wrong_lines_are_refused),
        cmocka_unit_test(wrong_folders_are_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
