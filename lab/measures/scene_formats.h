/* The formats of files with objects: one file each, for scenes.c. */
#ifndef LN_LAB_SCENE_FORMATS_H
#define LN_LAB_SCENE_FORMATS_H

#include "measures/scenes.h"

#define LN_LABEL_FILE_BYTES ((size_t)16 << 20) /* the largest file with the objects of one picture */

/* ---- What they share ------------------------------------------------------------------------- */

/* Adds an object to a scene. Errors: LN_ERR_MEMORY. */
ln_status ln_scene_add(ln_scene *scene, const ln_truth *truth, ln_error *error);

/* A box in pixels, and the size of its picture. */
typedef struct ln_pixel_box {
    double left, top, right, bottom;
    double width, height; /* of the picture */
} ln_pixel_box;

/* Makes shares of a box, cut at the picture's edges. Returns 0 if it is no box: numbers that are not finite,
 * a picture without area, or a right edge to the left of the left one; likewise top and bottom. */
int ln_box_to_truth(const ln_pixel_box *box, ln_truth *truth);

/* Finds the one class of a name; capitals do not matter.
 *   where   the file, for messages
 * Errors: LN_ERR_IO, also for two classes of that name. */
ln_status ln_class_find(const ln_classes *classes, const char *name, const char *where, unsigned *class_index,
                        ln_error *error);

/* The number of a class in digits, below `count`. Returns 0 if it is none. */
int ln_class_parse(const char *text, size_t count, unsigned *class_index);

/* ---- YOLO's text ----------------------------------------------------------------------------- */

/* The names in classes.txt, whose lines the class numbers count. */
typedef struct ln_numbering {
    char *path;   /* for messages */
    char *text;   /* of the file */
    char **names; /* parts of `text` */
    size_t count;
} ln_numbering;

/* Reads classes.txt of a folder; empty if there is none, or if the vision model's classes have no names.
 *   numbering   the caller's to ln_numbering_free; empty after an error */
ln_status ln_numbering_read(ln_numbering *numbering, const char *folder, const ln_classes *classes,
                            ln_error *error);
void ln_numbering_free(ln_numbering *numbering);

ln_status ln_scene_read_text(ln_scene *scene, const char *path, const ln_classes *classes,
                             const ln_numbering *numbering, ln_error *error);

/* ---- Pascal VOC's XML, COCO's JSON ----------------------------------------------------------- */

/* `ignored` counts objects that are marked as difficult, on top. */
ln_status ln_scene_read_xml(ln_scene *scene, const char *path, const ln_classes *classes, size_t *ignored,
                            ln_error *error);

/* Fills in the objects of all scenes, and drops scenes that the file does not list. At most `most` scenes
 * stay. */
ln_status ln_scenes_read_json(ln_scenes *scenes, const char *path, const ln_classes *classes, size_t most,
                              ln_error *error);

/* Drops the scenes from number `from` on. */
void ln_scenes_drop(ln_scenes *scenes, size_t from);

#endif
