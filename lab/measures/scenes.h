/* The objects that pictures show, from the files that programs for labelling write. */
#ifndef LN_LAB_SCENES_H
#define LN_LAB_SCENES_H

#include "cloud/error.h"
#include "measures/match.h"

#include <stddef.h>

typedef struct ln_scene {
    char *path; /* of the picture */
    ln_truth *truths;
    size_t count;
} ln_scene;

typedef struct ln_scenes {
    ln_scene *items;
    size_t count;
    size_t strangers; /* files of the folder that are no pictures, and are left out */
    size_t unlisted;  /* pictures that COCO's file does not list, and are left out */
    size_t missing;   /* pictures that COCO's file lists and the folder does not have */
    size_t astray;    /* objects of COCO's file whose image it does not list, and are left out */
    size_t ignored;   /* objects that are marked as crowds or as difficult, and are left out */
} ln_scenes;

/* The classes of a vision model. */
typedef struct ln_classes {
    size_t count;
    const char *const *names; /* `count` of them; null: classes have no names */
} ln_classes;

/* Lists the pictures of a folder, ordered by the bytes of their names, and reads their objects. A picture is
 * a file whose name has the ending of a picture, or whose first bytes are a picture's. Hidden files and
 * subfolders are skipped. `labels` is one of
 *
 *   a folder with NAME.txt for NAME.jpg (YOLO): an object a line, `class x y width height`. The centre and
 * the size of the box are shares of the picture's sides. Classes count from 0: those of the vision model, or
 *       the lines of a file classes.txt in the folder (labelImg), if the vision model's classes have names
 *   a folder with NAME.xml (Pascal VOC), which is read where there is no NAME.txt: classes by name, and boxes
 *       from xmin, ymin to xmax, ymax in pixels of the size that the file names
 *   a file (COCO's JSON): `images`, `categories` and `annotations` with a `bbox` in pixels of the size that
 * the image has. Images belong to the pictures of the same name, whatever the folder in `file_name`
 *
 * A picture without such a file, or without an annotation, shows no objects. Names of classes are compared
 * without regard to capitals. Boxes in pixels are cut at the picture's edges.
 *   scenes    the caller's to ln_scenes_free; empty after an error
 *   most      only the first `most` pictures are listed
 * Errors: LN_ERR_IO, with the line's number where there is one (a folder cannot be read or has no pictures,
 * no picture has a file, a file is malformed, a class is none of the vision model's); LN_ERR_MEMORY. */
ln_status ln_scenes_read(ln_scenes *scenes, const char *images, const char *labels, const ln_classes *classes,
                         size_t most, ln_error *error);

void ln_scenes_free(ln_scenes *scenes);

#endif
