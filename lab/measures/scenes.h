/* The objects that pictures show: text files in the form that YOLO is trained with. */
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
} ln_scenes;

/* Lists the pictures of a folder, ordered by the bytes of their names, and reads their objects. Every file of
 * the folder counts as a picture, except hidden files; subfolders are skipped. The objects of NAME.jpg are in
 * LABELS/NAME.txt, one a line: `class x y width height`. Classes count from 0; the centre and the size of the
 * box are shares of the picture's sides. A picture without such a file shows no objects.
 *   scenes    the caller's to ln_scenes_free; empty after an error
 *   classes   number of classes: each class is below
 *   most      only the first `most` pictures are listed
 * Errors: LN_ERR_IO, with the line's number where there is one (a folder cannot be read or has no pictures,
 * no picture has a file, a line is wrong); LN_ERR_MEMORY. */
ln_status ln_scenes_read(ln_scenes *scenes, const char *images, const char *labels, size_t classes,
                         size_t most, ln_error *error);

void ln_scenes_free(ln_scenes *scenes);

#endif
