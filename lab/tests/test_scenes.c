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
        "mkdir images texts empty images/more && touch images/b.jpg images/a.x.WebP images/.hidden &&"
        "echo P6 8 8 255 >images/c && touch images/Thumbs.db images/classes.txt images/d.gif");
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    run_in_folder("rm -r ../$(basename $PWD)");
    return 0;
}

static const ln_classes unnamed = {80, NULL};
static const char *const animals[] = {"fox", "Deer", "bird", "guinea pig", "Crane", "crane"};
static const ln_classes named = {6, animals};

static void write_text(const char *name, const char *text)
{
    assert_int_equal(ln_file_write(in_folder(name), (const uint8_t *)text, strlen(text), NULL), LN_OK);
}

static ln_status read_scenes(const char *text, size_t most, ln_scenes *scenes, ln_error *error)
{
    write_text("texts/b.txt", text);
    return ln_scenes_read(scenes, in_folder("images"), in_folder("texts"), &unnamed, most, error);
}

static void assert_truth(const ln_truth *truth, unsigned class_index, float x, float y, float width,
                         float height)
{
    assert_int_equal(truth->class_index, class_index);
    assert_true(fabsf(truth->x - x) < 1e-6f && fabsf(truth->y - y) < 1e-6f);
    assert_true(fabsf(truth->width - width) < 1e-6f && fabsf(truth->height - height) < 1e-6f);
}

static void pictures_have_their_objects(void **state)
{
    (void)state;
    ln_scenes scenes;
    ln_error error;
    if (read_scenes("79 0.5 0.25 0.5 0.5\r\n\n 0\t1 1 0 0 ", SIZE_MAX, &scenes, &error) != LN_OK)
        fail_msg("%s", error.text);
    assert_int_equal(scenes.count, 3);
    assert_int_equal(scenes.strangers, 3);
    assert_string_equal(scenes.items[0].path, in_folder("images/a.x.WebP"));
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
    assert_int_equal(ln_scenes_read(&scenes, in_folder("images"), in_folder("texts"), &unnamed, 1, NULL),
                     LN_OK);
    assert_int_equal(scenes.items[0].count, 1);
    ln_scenes_free(&scenes);
    /* So may its ending have capitals. */
    run_in_folder("mv texts/a.x.txt texts/a.x.TXT");
    assert_int_equal(ln_scenes_read(&scenes, in_folder("images"), in_folder("texts"), &unnamed, 1, NULL),
                     LN_OK);
    assert_int_equal(scenes.items[0].count, 1);
    ln_scenes_free(&scenes);
    run_in_folder("rm texts/a.x.TXT");
}

/* labelImg numbers the classes by its own list, which stands beside the texts and the pictures. */
static void numbers_count_the_lines_of_classes_txt(void **state)
{
    (void)state;
    ln_scenes scenes;
    ln_error error;
    write_text("texts/classes.txt", "dog\r\nguinea pig\r\nFOX\r\n");
    write_text("texts/b.txt", "\xEF\xBB\xBF"
                              "2 0.5 0.5 0.5 0.5\r\n1 0.5 0.5 0.5 0.5");
    assert_int_equal(ln_scenes_read(&scenes, in_folder("images"), in_folder("texts"), &named, 9, NULL),
                     LN_OK);
    assert_truth(&scenes.items[1].truths[0], 0, 0.25f, 0.25f, 0.5f, 0.5f);
    assert_truth(&scenes.items[1].truths[1], 3, 0.25f, 0.25f, 0.5f, 0.5f);
    ln_scenes_free(&scenes);
    write_text("texts/b.txt", "0 0.5 0.5 0.5 0.5");
    assert_int_equal(ln_scenes_read(&scenes, in_folder("images"), in_folder("texts"), &named, 9, &error),
                     LN_ERR_IO);
    assert_non_null(strstr(error.text, "classes.txt: 'dog' is no class of the vision model"));
    write_text("texts/b.txt", "3 0.5 0.5 0.5 0.5");
    assert_int_equal(ln_scenes_read(&scenes, in_folder("images"), in_folder("texts"), &named, 9, &error),
                     LN_ERR_IO);
    assert_non_null(strstr(error.text, "b.txt:1: '3' is no class of classes.txt: its classes are 0 to 2"));
    /* Without names there is nothing to compare. */
    write_text("texts/b.txt", "2 0.5 0.5 0.5 0.5");
    assert_int_equal(ln_scenes_read(&scenes, in_folder("images"), in_folder("texts"), &unnamed, 9, NULL),
                     LN_OK);
    assert_int_equal(scenes.items[1].truths[0].class_index, 2);
    ln_scenes_free(&scenes);
    run_in_folder("rm texts/classes.txt texts/b.txt");
}

/* ---- Pascal VOC ------------------------------------------------------------------------------ */

static ln_status read_xml(const char *text, const ln_classes *classes, ln_scenes *scenes, ln_error *error)
{
    write_text("texts/b.xml", text);
    ln_status status =
        ln_scenes_read(scenes, in_folder("images"), in_folder("texts"), classes, SIZE_MAX, error);
    run_in_folder("rm texts/b.xml");
    return status;
}

#define SIZE "<size><width>200</width><height>100</height><depth>3</depth></size>"
#define BOX(a, b, c, d)                                                                                      \
    "<bndbox><xmin>" a "</xmin><ymin>" b "</ymin><xmax>" c "</xmax><ymax>" d "</ymax></bndbox>"
#define OBJECT(name, more) "<object><name>" name "</name>" more "</object>"
#define ANNOTATION(content) "<?xml version='1.0'?>\n<annotation>" content "</annotation>"

static void objects_of_pascal_voc(void **state)
{
    (void)state;
    ln_scenes scenes;
    ln_error error;
    const char *text = ANNOTATION(
        "<filename>b.jpg</filename>" OBJECT("deer", "<pose>Left</pose>" BOX("20", "10", "120.5", "60"))
            SIZE OBJECT("\n guinea pig ", "<difficult> 0 </difficult><part><name>head</name>" BOX(
                                              "1", "1", "2", "2") "</part>" BOX("-5", "50", "50", "130"))
                OBJECT("unicorn", "<difficult>1</difficult>" BOX("1", "1", "2", "2")));
    if (read_xml(text, &named, &scenes, &error) != LN_OK)
        fail_msg("%s", error.text);
    assert_int_equal(scenes.count, 3);
    assert_int_equal(scenes.items[0].count, 0);
    assert_int_equal(scenes.items[1].count, 2);
    assert_truth(&scenes.items[1].truths[0], 1, 0.1f, 0.1f, 0.5025f, 0.5f);
    assert_truth(&scenes.items[1].truths[1], 3, 0, 0.5f, 0.25f, 0.5f);
    assert_int_equal(scenes.ignored, 1);
    ln_scenes_free(&scenes);
    assert_int_equal(read_xml(ANNOTATION(""), &named, &scenes, NULL), LN_OK);
    assert_int_equal(scenes.items[1].count, 0);
    ln_scenes_free(&scenes);
}

static void wrong_xml_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } wrong[] = {
        {"<annotation>", "b.xml:1: not XML: no element found"},
        {"", "not XML"},
        {"no XML", "not XML"},
        {"<svg><annotation/></svg>", "b.xml:1: begins with another element than annotation"},
        {ANNOTATION(SIZE OBJECT("cow", BOX("1", "1", "2", "2"))), "'cow' is no class of the vision model"},
        {ANNOTATION(SIZE OBJECT("crane", BOX("1", "1", "2", "2"))),
         "'crane' may be class 4 or 5 of the vision model: give each its own label"},
        {ANNOTATION(SIZE OBJECT("", BOX("1", "1", "2", "2"))), "b.xml:2: the object before lacks its name"},
        {ANNOTATION(SIZE OBJECT("fox", "<bndbox><xmin>1</xmin></bndbox>")), "lacks its name, xmin"},
        {ANNOTATION(SIZE OBJECT("fox", BOX("1", "1px", "2", "2"))), "is no number"},
        {ANNOTATION(SIZE OBJECT("fox", BOX("3", "1", "2", "2"))), "a box of pixels that cannot be"},
        {ANNOTATION(SIZE OBJECT("fox", BOX("nan", "1", "2", "2"))), "a box of pixels that cannot be"},
        {ANNOTATION(OBJECT("fox", BOX("1", "1", "2", "2"))), "it needs the picture's size"},
    };
    ln_scenes scenes;
    ln_error error;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(read_xml(wrong[i].text, &named, &scenes, &error), LN_ERR_IO);
        if (!strstr(error.text, wrong[i].part))
            fail_msg("'%s' lacks '%s'", error.text, wrong[i].part);
    }
    assert_int_equal(
        read_xml(ANNOTATION(SIZE OBJECT("fox", BOX("1", "1", "2", "2"))), &unnamed, &scenes, &error),
        LN_ERR_IO);
    assert_non_null(strstr(error.text, "have no names: add a line 'labels = NAMES.txt'"));
}

/* ---- COCO ------------------------------------------------------------------------------------ */

static ln_status read_json(const char *text, size_t most, ln_scenes *scenes, ln_error *error)
{
    write_text("all.json", text);
    return ln_scenes_read(scenes, in_folder("images"), in_folder("all.json"), &named, most, error);
}

#define CATEGORIES                                                                                           \
    "\"categories\": [{\"id\": 90, \"name\": \"bird\"}, {\"id\": 3, \"name\": \"DEER\"},"                    \
    "{\"id\": 4, \"name\": \"cow\"}]"
#define IMAGES                                                                                               \
    "\"images\": [{\"id\": 7, \"file_name\": \"val/b.jpg\", \"width\": 200, \"height\": 100},"               \
    "{\"id\": \"x\", \"file_name\": \"c\", \"width\": 50, \"height\": 50},"                                  \
    "{\"id\": 8, \"file_name\": \"gone.jpg\", \"width\": 50, \"height\": 50}]"
#define ANNOTATIONS(list) "{\"info\": {}, " IMAGES ", " CATEGORIES ", \"annotations\": [" list "]}"
#define ENTRY(image, category, box)                                                                          \
    "{\"image_id\": " image ", \"category_id\": " category ", \"bbox\": " box "}"

#define CROWD(is) "{\"image_id\": 7, \"category_id\": 90, \"bbox\": [0, 0, 1, 1], \"iscrowd\": " is "}"

static void objects_of_coco(void **state)
{
    (void)state;
    ln_scenes scenes;
    ln_error error;
    const char *text = ANNOTATIONS(
        ENTRY("7", "90", "[20, 10, 100.5, 50]") "," ENTRY("\"x\"", "3", "[40, -1, 20, 26]") "," ENTRY(
            "8", "4",
            "[0, 0, 9, 9]") "," ENTRY("7.0", "3.0",
                                      "[0, 0, 200, 100]") "," ENTRY("9", "4",
                                                                    "[0]") "," CROWD("1") "," CROWD("true"));
    if (read_json(text, SIZE_MAX, &scenes, &error) != LN_OK)
        fail_msg("%s", error.text);
    assert_int_equal(scenes.count, 2);
    assert_string_equal(scenes.items[0].path, in_folder("images/b.jpg"));
    assert_string_equal(scenes.items[1].path, in_folder("images/c"));
    assert_int_equal(scenes.items[0].count, 2);
    assert_truth(&scenes.items[0].truths[0], 2, 0.1f, 0.1f, 0.5025f, 0.5f);
    assert_truth(&scenes.items[0].truths[1], 1, 0, 0, 1, 1);
    assert_int_equal(scenes.items[1].count, 1);
    assert_truth(&scenes.items[1].truths[0], 1, 0.8f, 0, 0.2f, 0.5f);
    assert_int_equal(scenes.strangers, 3);
    assert_int_equal(scenes.unlisted, 1);
    assert_int_equal(scenes.missing, 1);
    assert_int_equal(scenes.ignored, 2);
    assert_int_equal(scenes.astray, 1);
    ln_scenes_free(&scenes);
    /* What is not evaluated need not have known classes. */
    text = ANNOTATIONS(ENTRY("\"x\"", "4", "[0, 0, 9, 9]"));
    assert_int_equal(read_json(text, 1, &scenes, NULL), LN_OK);
    assert_int_equal(scenes.count, 1);
    ln_scenes_free(&scenes);
}

static void wrong_json_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } wrong[] = {
        {"", "all.json:"},
        {"{", "not JSON"},
        {"[]", "has no list of images"},
        {"{" IMAGES "}", "has no list of categories"},
        {"{" IMAGES ", " CATEGORIES "}", "has no list of annotations"},
        {"{\"images\": [{\"id\": 1, \"file_name\": \"other.jpg\"}]}", "lists none of the pictures"},
        {"{\"images\": [{\"file_name\": \"b.jpg\"}]}", "images[0] has no id"},
        {"{\"images\": [{\"id\": 1}]}", "images[0] has no file_name"},
        {"{\"images\": [{\"id\": 1, \"file_name\": \"x\\\\b.jpg\"},"
         "{\"id\": 2, \"file_name\": \"y/b.jpg\"}]}",
         "two images with the name b.jpg: give each its own"},
        {"{\"images\": [{\"id\": 7, \"file_name\": \"b.jpg\"}, {\"id\": 7, \"file_name\": \"gone.jpg\"}]}",
         "two images with the id 7"},
        {"{" IMAGES ", \"categories\": [{\"id\": 3, \"name\": \"deer\"}, {\"id\": 3.0, \"name\": \"fox\"}]}",
         "two categories with the id 3"},
        {"{\"images\": [{\"id\": 1.5, \"file_name\": \"b.jpg\"}]}", "images[0] has no id"},
        {ANNOTATIONS(ENTRY("7", "4", "[0, 0, 9, 9]")), "'cow' is no class of the vision model"},
        {ANNOTATIONS(ENTRY("7", "5", "[0, 0, 9, 9]")),
         "annotations[0] has no category_id that is in categories"},
        {ANNOTATIONS(ENTRY("7", "3", "[0, 0, 9]")), "annotations[0] has no bbox"},
        {ANNOTATIONS(ENTRY("7", "3", "[0, 0, -9, 9]")), "annotations[0] has no bbox"},
        {ANNOTATIONS(ENTRY("7", "3", "[0, 0, 9, \"9\"]")), "annotations[0] has no bbox"},
        {ANNOTATIONS("7"), "annotations[0] has no image_id"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ln_scenes scenes;
        ln_error error;
        assert_int_equal(read_json(wrong[i].text, SIZE_MAX, &scenes, &error), LN_ERR_IO);
        assert_null(scenes.items);
        if (!strstr(error.text, wrong[i].part))
            fail_msg("'%s' lacks '%s'", error.text, wrong[i].part);
    }
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
    assert_int_equal(
        ln_scenes_read(&scenes, in_folder(images), in_folder(labels), &unnamed, SIZE_MAX, &error), LN_ERR_IO);
    assert_null(scenes.items);
    if (!strstr(error.text, part))
        fail_msg("'%s' lacks '%s'", error.text, part);
}

static void wrong_folders_are_refused(void **state)
{
    (void)state;
    assert_no_scenes("nowhere", "texts", "nowhere: cannot be opened");
    assert_no_scenes("empty", "texts", "empty: has no pictures");
    assert_no_scenes("images", "empty", "empty: has no NAME.txt or NAME.xml for any of the 3 pictures");
    assert_no_scenes("images", "nowhere", "nowhere: has no NAME.txt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_have_their_objects),
        cmocka_unit_test(numbers_count_the_lines_of_classes_txt),
        cmocka_unit_test(objects_of_pascal_voc),
        cmocka_unit_test(wrong_xml_is_refused),
        cmocka_unit_test(objects_of_coco),
        cmocka_unit_test(wrong_json_is_refused),
        cmocka_unit_test(wrong_lines_are_refused),
        cmocka_unit_test(wrong_folders_are_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
