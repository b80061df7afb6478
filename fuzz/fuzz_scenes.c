/* Any bytes as the objects of pictures. The programs yolo, voc and coco are made of this file; FORMAT says
 * which. Parts of an input: for YOLO and VOC the files of two pictures, then classes.txt; for COCO the one
 * file. Objects of any format can be written as YOLO's text, and are read back the same. */
#include "fuzz_error.h"

#include "host/folder.h"
#include "measures/scenes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define YOLO 1
#define VOC 2
#define COCO 3

#define CLASSES 3
static const char *const names[CLASSES] = {"cat", "dog", "red bus"};

#define PICTURES 2
#define STRANGERS 1
static const char *images;

static void make_folders(void)
{
    images = strdup(fuzz_path("images"));
    REQUIRE(mkdir(images, 0700) == 0);
    REQUIRE(mkdir(fuzz_path("labels"), 0700) == 0 && mkdir(fuzz_path("again"), 0700) == 0);
    fuzz_write("images/a.jpg", "", 0);
    fuzz_write("images/b", "P6 ", 3);
    fuzz_write("images/notes.txt", "", 0);
}

/* Folders without pictures, and a file, are refused; the list is empty then. */
static void check_folders(void)
{
    const char *const wrong[] = {fuzz_path("labels"), fuzz_path("nowhere"), fuzz_path("images/a.jpg")};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ln_folder list;
        ln_error error = FUZZ_UNTOUCHED;
        ln_status status = ln_folder_list(&list, wrong[i], &error);
        fuzz_check_error(status, &error);
        REQUIRE(status == LN_ERR_IO && !list.paths && list.count == 0 && list.strangers == 0);
    }
}

static void check_truth(const ln_truth *t)
{
    REQUIRE(t->class_index < CLASSES);
    REQUIRE(t->width >= 0 && t->width <= 1 && t->height >= 0 && t->height <= 1);
    if (FORMAT == YOLO) /* whose centres are inside, and edges may be outside */
        REQUIRE(t->x >= -0.5f && t->x <= 1 && t->y >= -0.5f && t->y <= 1);
    else
        REQUIRE(t->x >= 0 && t->x + t->width <= 1.00001f && t->y >= 0 && t->y + t->height <= 1.00001f);
}

/* ---- Writing and reading --------------------------------------------------------------------- */

static int is_first(const ln_scene *scene)
{
    return strstr(scene->path, "/a.jpg") != NULL;
}

static void write_text(const ln_scene *scene, const char *path)
{
    FILE *file = fopen(path, "w");
    REQUIRE(file != NULL);
    for (size_t i = 0; i < scene->count; i++) {
        const ln_truth *t = &scene->truths[i];
        double x = (double)t->x + (double)t->width / 2, y = (double)t->y + (double)t->height / 2;
        fprintf(file, "%u %.9g %.9g %.9g %.9g\n", t->class_index, fmin(fmax(x, 0), 1), fmin(fmax(y, 0), 1),
                (double)t->width, (double)t->height);
    }
    REQUIRE(fclose(file) == 0);
}

static int is_near(float a, float b)
{
    return fabsf(a - b) < 0.00001f;
}

static void compare(const ln_scene *a, const ln_scene *b)
{
    REQUIRE(strcmp(a->path, b->path) == 0 && a->count == b->count);
    for (size_t i = 0; i < a->count; i++) {
        const ln_truth *s = &a->truths[i], *t = &b->truths[i];
        REQUIRE(s->class_index == t->class_index && is_near(s->x, t->x) && is_near(s->y, t->y));
        REQUIRE(is_near(s->width, t->width) && is_near(s->height, t->height));
    }
}

static void write_and_read(const ln_scenes *scenes, const ln_classes *classes)
{
    unlink(fuzz_path("again/a.txt"));
    unlink(fuzz_path("again/b.txt"));
    for (size_t i = 0; i < scenes->count; i++)
        write_text(&scenes->items[i], fuzz_path(is_first(&scenes->items[i]) ? "again/a.txt" : "again/b.txt"));
    ln_scenes again;
    REQUIRE(ln_scenes_read(&again, images, fuzz_path("again"), classes, PICTURES, NULL) == LN_OK);
    REQUIRE(again.count == PICTURES);
    for (size_t i = 0; i < scenes->count; i++)
        compare(&scenes->items[i], &again.items[is_first(&scenes->items[i]) ? 0 : 1]);
    ln_scenes_free(&again);
}

/* ---- Input ----------------------------------------------------------------------------------- */

/* Writes the parts of the input as files, and returns the path of the labels. */
static const char *write_labels(const uint8_t *data, size_t size)
{
    if (FORMAT == COCO)
        return fuzz_write("instances.json", data, size);
    fuzz_part rest = {data, size};
    const fuzz_part first = fuzz_take(&rest), second = fuzz_take(&rest), numbering = fuzz_take(&rest);
    fuzz_write(FORMAT == YOLO ? "labels/a.txt" : "labels/a.xml", first.bytes, first.size);
    fuzz_write(FORMAT == YOLO ? "labels/b.TXT" : "labels/b.XML", second.bytes, second.size);
    unlink(fuzz_path("labels/classes.txt"));
    if (numbering.size)
        fuzz_write("labels/classes.txt", numbering.bytes, numbering.size);
    return fuzz_path("labels");
}

static void read_scenes(const char *labels, const ln_classes *classes, size_t most)
{
    ln_error error = FUZZ_UNTOUCHED;
    ln_scenes scenes;
    ln_status status = ln_scenes_read(&scenes, images, labels, classes, most, &error);
    fuzz_check_error(status, &error);
    if (status != LN_OK) {
        REQUIRE(!scenes.items && !scenes.count && !scenes.ignored);
        return;
    }
    REQUIRE(scenes.count >= 1 && scenes.count <= most && scenes.strangers == STRANGERS);
    for (size_t i = 0; i < scenes.count; i++)
        for (size_t k = 0; k < scenes.items[i].count; k++)
            check_truth(&scenes.items[i].truths[k]);
    write_and_read(&scenes, classes);
    ln_scenes_free(&scenes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!images) {
        make_folders();
        check_folders();
    }
    const ln_classes named = {CLASSES, names}, nameless = {CLASSES, NULL};
    const char *labels = write_labels(data, size);
    read_scenes(labels, &named, PICTURES);
    read_scenes(labels, &nameless, 1);
    return 0;
}
