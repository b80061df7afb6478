/* What the files of vision models share: an open model, and how pictures go through it. */
#ifndef LN_CLOUD_VISION_MODEL_H
#define LN_CLOUD_VISION_MODEL_H

#include "cloud/engine.h"

#include <limitnet/cloud.h>

#define LN_VISION_OUTPUTS 4 /* that a layout reads at most */

/* How a pixel's value x becomes a number of the input: (x - mean) / divisor, which is a whole number if the
 * input takes such: then (...) / scale + zero, rounded and cut to least..most. */
typedef struct ln_feed {
    float mean[3], divisor[3];
    int whole;
    float scale, zero;
    float least, most;
} ln_feed;

struct ln_vision {
    ln_engine *engine;
    ln_vision_config config; /* `output` is what was found out where it was LN_OUTPUT_ANY */
    size_t classes;
    size_t outputs[LN_VISION_OUTPUTS], output_count; /* indices of those that are read */
    int told_by_values; /* 1: the numbers that come out decided on `output`, not the file */
    int may_be_turned;  /* 1: yolov5 because of the labels; were one missing, yolov8-turned */
    size_t batch;       /* pictures that go through the network together */
    ln_feed feed;
    float *input; /* room for `batch` pictures as the network takes them */
    char *text;   /* the file of labels, cut into lines */
    char **label; /* of each class; null without labels */
    size_t label_count;
    ln_vision *adapted; /* looks at pictures of few bytes; null: there is none */
};

/* The name of a value of the setting `output`; empty for LN_OUTPUT_ANY. */
const char *ln_output_name(ln_output output);

/* The file of settings beside a model, in new memory; null: there is no memory. */
char *ln_vision_sidecar(const char *model);

/* ---- Opening: each fills its part of the model, or says what does not fit and what to do ---- */

/* Reads the labels. Errors: LN_ERR_IO (also a blank one), LN_ERR_MEMORY. */
ln_status ln_vision_read_labels(ln_vision *vision, ln_error *error);

/* Whether there are as many labels as classes, or none. Errors: LN_ERR_IO. */
ln_status ln_vision_check_labels(const ln_vision *vision, const char *model, ln_error *error);

/* How many channels the input has. */
size_t ln_vision_channels(const ln_vision_config *config);

/* The name of a value of the setting `channels`. */
const char *ln_channels_name(ln_channels channels);

/* The shape of the input that the settings ask for. */
ln_port ln_vision_wanted_input(const ln_vision_config *config);

/* Checks the input; fills `batch` and `feed`. Errors: LN_ERR_ARGUMENT (mean and divisor), LN_ERR_IO. */
ln_status ln_vision_check_input(ln_vision *vision, const char *model, ln_error *error);

/* Finds out what a classifier or a detector gives; fills `classes`, `outputs` and config.output. Errors:
 * LN_ERR_ARGUMENT (`output` is of the other task), LN_ERR_IO, LN_ERR_MEMORY. */
ln_status ln_classify_understand(ln_vision *vision, const char *model, ln_error *error);
ln_status ln_detect_understand(ln_vision *vision, const char *model, ln_error *error);

/* Whether a detector has the outputs of a layout of several; fills `outputs`: boxes and scores, with
 * `classes`; or boxes, classes, scores and count. */
int ln_detect_find_pair(ln_vision *vision);
int ln_detect_find_ssd(ln_vision *vision);

/* ---- Running --------------------------------------------------------------------------------- */

/* Resizes `count` pictures (1..batch) to the input, as the network takes them. */
ln_status ln_vision_feed(ln_vision *vision, const ln_picture *pictures, size_t count, ln_fit fit,
                         ln_error *error);

/* Resizes `count` pictures (1..batch) to the input and runs the network once.
 *   outputs   receives those that are read: for `count` pictures, in the shape that was understood. The data
 * is the engine's, valid until its next run Errors: LN_ERR_ARGUMENT, LN_ERR_IO (the network failed),
 * LN_ERR_MEMORY. */
ln_status ln_vision_run(ln_vision *vision, const ln_picture *pictures, size_t count, ln_fit fit,
                        ln_tensor outputs[LN_VISION_OUTPUTS], ln_error *error);

#endif
