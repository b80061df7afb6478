/* Objects in COCO's JSON, one file for all pictures, which jansson reads:
 *
 *     {"images":      [{"id": 7, "file_name": "cat.jpg", "width": 640, "height": 480}],
 *      "categories":  [{"id": 17, "name": "cat"}],
 *      "annotations": [{"image_id": 7, "category_id": 17, "bbox": [10, 20, 190, 280], "iscrowd": 0}]}
 *
 * Numbers that identify may have gaps, and may be texts, or end with ".0" as tables write them. */
#include "measures/scene_formats.h"

#include "cloud/error.h"
#include "cloud/file.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_FILE_BYTES ((size_t)1 << 30)
#define MOST_ID 256
#define MOST_WHOLE 9007199254740992.0 /* 2^53: above, floats leave numbers out */

/* A file being read. */
typedef struct reader {
    const char *path; /* for messages */
    const ln_classes *classes;
    ln_scenes *scenes;
    json_t *file;
    json_t *by_name;      /* name of a picture in the folder -> number of its scene */
    json_t *by_id;        /* id of an image -> number of its scene; null: it does not count */
    json_t *categories;   /* id of a category -> its name */
    const json_t **image; /* of each scene: its object in the file; null: none */
    ln_error *error;
} reader;

static ln_status fail_entry(const reader *r, const char *list, size_t number, const char *what)
{
    return ln_fail(r->error, LN_ERR_IO, "%s: %s[%zu] has no %s", r->path, list, number, what);
}

static ln_status fail_twice(const reader *r, const char *list, const char *what, const char *value)
{
    return ln_fail(r->error, LN_ERR_IO, "%s: has two %s with the %s %s: give each its own", r->path, list,
                   what, value);
}

static int is_whole(double number)
{
    return number == rint(number) && fabs(number) <= MOST_WHOLE;
}

/* An id as a text; null if it is none. */
static const char *id_of(const json_t *entry, const char *key, char text[MOST_ID])
{
    const json_t *id = json_object_get(entry, key);
    if (json_is_integer(id))
        snprintf(text, MOST_ID, "%" JSON_INTEGER_FORMAT, json_integer_value(id));
    else if (json_is_real(id) && is_whole(json_real_value(id)))
        snprintf(text, MOST_ID, "%.0f", json_real_value(id) + 0); /* not "-0" */
    else if (json_is_string(id) && json_string_length(id) < MOST_ID)
        snprintf(text, MOST_ID, "%s", json_string_value(id));
    else
        return NULL;
    return text;
}

/* The name of a file without its folders, which other systems divide by backslashes. */
static const char *base_of(const char *path)
{
    const char *base = path;
    for (; *path; path++)
        if (*path == '/' || *path == '\\')
            base = path + 1;
    return base;
}

/* ---- Images ---------------------------------------------------------------------------------- */

static ln_status index_scenes(reader *r)
{
    for (size_t i = 0; i < r->scenes->count; i++) {
        const char *name = base_of(r->scenes->items[i].path);
        /* A name that is not UTF-8 cannot be in the file. */
        json_object_set_new(r->by_name, name, json_integer((json_int_t)i));
    }
    r->image = calloc(r->scenes->count, sizeof *r->image);
    return r->image ? LN_OK : ln_fail_memory(r->error);
}

static ln_status add_image(reader *r, size_t number, const json_t *image)
{
    char id[MOST_ID];
    const char *name = json_string_value(json_object_get(image, "file_name"));
    if (!id_of(image, "id", id))
        return fail_entry(r, "images", number, "id");
    if (!name)
        return fail_entry(r, "images", number, "file_name");
    if (json_object_get(r->by_id, id))
        return fail_twice(r, "images", "id", id);
    if (json_object_set_new(r->by_id, id, json_null()))
        return ln_fail_memory(r->error);
    const json_t *scene = json_object_get(r->by_name, base_of(name));
    if (!scene) {
        r->scenes->missing++;
        return LN_OK;
    }
    size_t index = (size_t)json_integer_value(scene);
    if (r->image[index])
        return fail_twice(r, "images", "name", base_of(name));
    r->image[index] = image;
    return LN_OK;
}

/* Drops the scenes that no image belongs to, and those that are too many. */
static ln_status keep_listed(reader *r, size_t most)
{
    ln_scenes *scenes = r->scenes;
    size_t kept = 0;
    for (size_t i = 0; i < scenes->count; i++) {
        if (!r->image[i])
            continue;
        const ln_scene listed = scenes->items[i];
        scenes->items[i] = scenes->items[kept];
        scenes->items[kept] = listed;
        r->image[kept++] = r->image[i];
    }
    scenes->unlisted = scenes->count - kept;
    ln_scenes_drop(scenes, kept < most ? kept : most);
    return kept > 0 ? LN_OK
                    : ln_fail(r->error, LN_ERR_IO, "%s: lists none of the pictures of the folder", r->path);
}

static ln_status index_ids(reader *r)
{
    for (size_t i = 0; i < r->scenes->count; i++) {
        char id[MOST_ID];
        if (json_object_set_new(r->by_id, id_of(r->image[i], "id", id), json_integer((json_int_t)i)))
            return ln_fail_memory(r->error);
    }
    return LN_OK;
}

/* ---- Categories and objects ------------------------------------------------------------------ */

static ln_status add_category(reader *r, size_t number, const json_t *category)
{
    char id[MOST_ID];
    json_t *name = json_object_get(category, "name");
    if (!id_of(category, "id", id))
        return fail_entry(r, "categories", number, "id");
    if (!json_is_string(name))
        return fail_entry(r, "categories", number, "name");
    if (json_object_get(r->categories, id))
        return fail_twice(r, "categories", "id", id);
    return json_object_set(r->categories, id, name) ? ln_fail_memory(r->error) : LN_OK;
}

/* Whether there are four numbers in the box, and the image has a size. */
static int read_box(const json_t *numbers, const json_t *image, ln_pixel_box *box)
{
    double number[4];
    const json_t *width = json_object_get(image, "width"), *height = json_object_get(image, "height");
    if (json_array_size(numbers) != 4 || !json_is_number(width) || !json_is_number(height))
        return 0;
    for (size_t i = 0; i < 4; i++) {
        if (!json_is_number(json_array_get(numbers, i)))
            return 0;
        number[i] = json_number_value(json_array_get(numbers, i));
    }
    *box = (ln_pixel_box){number[0],
                          number[1],
                          number[0] + number[2],
                          number[1] + number[3],
                          json_number_value(width),
                          json_number_value(height)};
    return 1;
}

static ln_status add_annotation(reader *r, size_t number, const json_t *annotation)
{
    char id[MOST_ID];
    if (!id_of(annotation, "image_id", id))
        return fail_entry(r, "annotations", number, "image_id");
    const json_t *scene = json_object_get(r->by_id, id);
    if (!scene)
        r->scenes->astray++;
    if (!json_is_integer(scene))
        return LN_OK;
    size_t index = (size_t)json_integer_value(scene);
    const json_t *crowd = json_object_get(annotation, "iscrowd");
    if (json_is_true(crowd) || json_number_value(crowd) != 0) {
        r->scenes->ignored++;
        return LN_OK;
    }
    const char *category = id_of(annotation, "category_id", id);
    const char *name = category ? json_string_value(json_object_get(r->categories, category)) : NULL;
    if (!name)
        return fail_entry(r, "annotations", number, "category_id that is in categories");
    ln_pixel_box box;
    ln_truth truth;
    if (!read_box(json_object_get(annotation, "bbox"), r->image[index], &box) ||
        !ln_box_to_truth(&box, &truth))
        return fail_entry(r, "annotations", number,
                          "bbox [x, y, width, height] in pixels of an image with width and height");
    ln_status status = ln_class_find(r->classes, name, r->path, &truth.class_index, r->error);
    return status == LN_OK ? ln_scene_add(&r->scenes->items[index], &truth, r->error) : status;
}

/* ---- File ------------------------------------------------------------------------------------ */

static ln_status for_each(reader *r, const char *list,
                          ln_status (*add)(reader *r, size_t number, const json_t *entry))
{
    const json_t *entries = json_object_get(r->file, list);
    if (!json_is_array(entries))
        return ln_fail(
            r->error, LN_ERR_IO,
            "%s: has no list of %s: give COCO's instances, with images, categories and annotations", r->path,
            list);
    ln_status status = LN_OK;
    for (size_t i = 0; i < json_array_size(entries) && status == LN_OK; i++)
        status = add(r, i, json_array_get(entries, i));
    return status;
}

static ln_status parse(reader *r, ln_error *error)
{
    uint8_t *bytes;
    size_t size;
    json_error_t why;
    ln_status status = ln_file_read(r->path, MOST_FILE_BYTES, &bytes, &size, error);
    if (status != LN_OK)
        return status;
    size_t mark = size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    r->file = json_loadb((const char *)bytes + mark, size - mark, 0, &why);
    free(bytes);
    return r->file ? LN_OK : ln_fail(error, LN_ERR_IO, "%s:%d: not JSON: %s", r->path, why.line, why.text);
}

static ln_status fill(reader *r, size_t most)
{
    ln_status status = index_scenes(r);
    if (status == LN_OK)
        status = for_each(r, "images", add_image);
    if (status == LN_OK)
        status = keep_listed(r, most);
    if (status == LN_OK)
        status = index_ids(r);
    if (status == LN_OK)
        status = for_each(r, "categories", add_category);
    if (status == LN_OK)
        status = for_each(r, "annotations", add_annotation);
    return status;
}

ln_status ln_scenes_read_json(ln_scenes *scenes, const char *path, const ln_classes *classes, size_t most,
                              ln_error *error)
{
    reader r = {.path = path, .classes = classes, .scenes = scenes, .error = error};
    r.by_name = json_object();
    r.by_id = json_object();
    r.categories = json_object();
    ln_status status = r.by_name && r.by_id && r.categories ? parse(&r, error) : ln_fail_memory(error);
    if (status == LN_OK)
        status = fill(&r, most);
    free(r.image);
    json_decref(r.categories);
    json_decref(r.by_id);
    json_decref(r.by_name);
    json_decref(r.file);
    return status;
}
