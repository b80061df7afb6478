/* Vision models of the user's choice: pictures in, classes or objects out.
 *
 * A model is an ONNX file and, beside it, a small text file of the same name that ends in `.vision`
 * and says how pictures are fed to it: lines `key = value`, `#` begins a comment.
 *
 *     task     = classify          or detect
 *     width    = 224               pixels of the model's input
 *     height   = 224
 *     channels = RGB               or BGR
 *     layout   = NCHW              or NHWC
 *     mean     = 127               one number, or three in the order of `channels`
 *     divisor  = 128               the same; an input is (x - mean) / divisor, x in 0..255
 *     labels   = NAMES.txt         optional: a class a line; the path is relative to this file
 *
 * and for a detector
 *
 *     boxes    = pixels            of the model's input, or shares of its sides
 *     score    = 0.25              objects below this are left out, 0..1
 *     overlap  = 0.45              of two boxes of a class that have more than this in common, as a
 *                                  share of what they cover together, the better one stays, 0..1
 *
 * The network has one input (N x 3 x height x width, or the other layout; N free). Its first output is
 *
 *     classify   N x classes: logits, to which softmax is applied here
 *     detect     N x boxes x (5 + classes): a box's centre x, y, its width and height, the
 *                probability that it holds an object, and the probability of each class if it does;
 *                overlapping boxes are sorted out here */
#ifndef LN_CLOUD_VISION_H
#define LN_CLOUD_VISION_H

#include "cloud/error.h"
#include "cloud/picture.h"

#include <stddef.h>

#define LN_VISION_MAX_BATCH 8 /* pictures that go through the network together: more is no faster */

typedef enum ln_task { LN_TASK_CLASSIFY = 0, LN_TASK_DETECT = 1 } ln_task;

/* Which of a detector's boxes are objects. */
typedef struct ln_selection {
    float score;   /* at least, 0..1 */
    float overlap; /* with a better box of the same class, at most, 0..1 */
} ln_selection;

typedef struct ln_vision_config {
    ln_task task;
    unsigned width, height; /* pixels, 1..2048 */
    int bgr;                /* 1: blue first */
    int channels_last;      /* 1: NHWC */
    float mean[3], divisor[3];
    int boxes_as_shares;    /* 1: a detector's boxes are shares of the sides, not pixels */
    ln_selection selection; /* of a detector */
    char labels[1024];      /* path; empty: classes have no names */
} ln_vision_config;

/* The settings that hold where a sidecar file says nothing: those of the examples above, without
 * labels. */
void ln_vision_config_default(ln_vision_config *config);

/* Changes one setting, given as a line of the sidecar file gives it.
 *   where   how a message calls the place ("FILE.vision", "--vision-mean")
 * Errors: LN_ERR_ARGUMENT (an unknown key or a value outside its range). */
ln_status ln_vision_config_set(ln_vision_config *config, const char *key, const char *value,
                               const char *where, ln_error *error);

/* Changes the settings that a sidecar file names; its labels become a path from here.
 * Errors: LN_ERR_IO, LN_ERR_ARGUMENT, LN_ERR_MEMORY. */
ln_status ln_vision_config_read(ln_vision_config *config, const char *path, ln_error *error);

/* The same with the sidecar file of an ONNX file: its name with `.vision` in place of `.onnx`. */
ln_status ln_vision_config_read_beside(ln_vision_config *config, const char *onnx, ln_error *error);

typedef struct ln_vision ln_vision;

/* Opens a model.
 *   vision    receives it, the caller's to ln_vision_close; null after an error
 *   onnx      path of the network
 *   config    how to feed it; null: what its sidecar file says
 *   threads   for the network; 0 for one a core
 * Errors: LN_ERR_IO (files missing or wrong, a network of another shape, too few labels),
 * LN_ERR_ARGUMENT (the settings), LN_ERR_MEMORY. */
ln_status ln_vision_open(ln_vision **vision, const char *onnx, const ln_vision_config *config,
                         unsigned threads, ln_error *error);

/* Releases a model and its labels. Null is allowed. */
void ln_vision_close(ln_vision *vision);

/* What the model does. */
ln_task ln_vision_task(const ln_vision *vision);

/* How many classes the model tells apart. */
size_t ln_vision_classes(const ln_vision *vision);

/* The name of a class (UTF-8), the model's; empty without labels or for an index behind the last. */
const char *ln_vision_label(const ln_vision *vision, size_t index);

typedef struct ln_class {
    unsigned index;    /* of the class, from 0 */
    const char *label; /* ln_vision_label of it */
    float score;       /* probability, 0..1 */
} ln_class;

/* Classifies pictures of any sizes; each is first resized to the model's input.
 *   pictures   `count` of them; any number is taken, LN_VISION_MAX_BATCH at a time
 *   fit        how a picture gets the input's aspect
 *   top        classes wanted for each picture, 1..ln_vision_classes
 *   classes    receives count x top: picture by picture, best class first; equal scores by index
 * Errors: LN_ERR_ARGUMENT (also a model of another task), LN_ERR_IO (the network failed),
 * LN_ERR_MEMORY. */
ln_status ln_vision_classify(ln_vision *vision, const ln_picture *pictures, size_t count, ln_fit fit,
                             size_t top, ln_class *classes, ln_error *error);

#define LN_MAX_OBJECTS 300 /* of a picture; the best ones */

typedef struct ln_object {
    unsigned index;            /* of the class, from 0 */
    const char *label;         /* ln_vision_label of it */
    float score;               /* probability, 0..1 */
    float x, y, width, height; /* pixels of the picture; the left upper corner. Inside the picture */
} ln_object;

/* Finds objects in pictures of any sizes; each is first stretched to the model's input. A box is
 * taken for each class whose score, the product of its two probabilities, is high enough. From the
 * best score to the worst, a box is left out if it overlaps too much with one of the same class that
 * was taken. Boxes are cut at the picture's edges; those with numbers that are not finite, without
 * area or with scores outside 0..1 are no objects.
 *   pictures    `count` of them; any number is taken, LN_VISION_MAX_BATCH at a time
 *   selection   null: the model's own
 *   objects     receives LN_MAX_OBJECTS places for each picture, best first; equal scores in the
 *               network's order
 *   found       receives, for each picture, how many of its places are in use
 * Errors: LN_ERR_ARGUMENT (also a model of another task), LN_ERR_IO (the network failed),
 * LN_ERR_MEMORY. */
ln_status ln_vision_detect(ln_vision *vision, const ln_picture *pictures, size_t count,
                           const ln_selection *selection, ln_object *objects, size_t *found, ln_error *error);

#endif
