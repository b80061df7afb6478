/* What pictures show, with places: files of a person's or a data set's, as YOLO trains on them. */
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

/* Reads the pictures of a folder, ordered by their names' bytes, and what they show. Every file in
 * the folder is one; hidden files and folders are skipped. NAME.jpg belongs to LABELS/NAME.txt, with
 * an object a line: `class x y width height`, the class from 0, the box's centre and sizes as shares
 * of the picture's sides. A picture without such a file shows no objects.
 *   scenes    the caller's to ln_scenes_free; empty after an error
 *   classes   a class is below this
 *   most      pictures behind so many are not looked at
 * Errors: LN_ERR_IO, where it can with the line's number (a folder cannot be read or has no pictures,
 * no picture has a file, a line is wrong), LN_ERR_MEMORY. */
ln_status ln_scenes_read(ln_scenes *scenes, const char *images, const char *labels, size_t classes,
                         size_t most, ln_error *error);

void ln_scenes_free(ln_scenes *scenes);

#endif
