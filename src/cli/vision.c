#include "cli/vision.h"

#include "cloud/error.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int cli_parse_task(const char *name, ln_task *task)
{
    *task = strcmp(name, "detect") == 0 ? LN_TASK_DETECT : LN_TASK_CLASSIFY;
    if (*task == LN_TASK_DETECT || strcmp(name, "classify") == 0)
        return 1;
    cli_wrong_use("--task: '%s' is not a task: give classify or detect", name);
    return 0;
}

const char *cli_model_for(const char *given, ln_task task)
{
    if (given)
        return given;
    return task == LN_TASK_DETECT ? LN_DETECT_MODEL : LN_DEFAULT_MODEL;
}

ln_vision_choice cli_vision_choice(const char *given, ln_task task)
{
    const char *path = given ? given : getenv("LIMITNET_VISION");
    if (path && *path)
        return (ln_vision_choice){path, 1};
    return (ln_vision_choice){task == LN_TASK_DETECT ? LN_DETECTOR_FILE : LN_CLASSIFIER_FILE, 0};
}

ln_status cli_open_vision(ln_vision **vision, const ln_vision_choice *choice, const ln_bundle *bundle,
                          ln_task task, const ln_vision_config *config, ln_error *error)
{
    *vision = NULL;
    const char *path;
    ln_status status = ln_vision_chosen(&path, choice, bundle, error);
    if (status != LN_OK)
        return status;
    if (strcmp(path, LN_DETECTOR_FILE) == 0 && access(path, F_OK) != 0)
        return ln_fail(error, LN_ERR_IO,
                       "there is no detector yet: run 'make detector', or name one with --vision FILE.onnx");
    status = ln_vision_open_chosen(vision, choice, bundle, config, 0, error);
    if (status != LN_OK || ln_vision_task(*vision) == task)
        return status;
    ln_vision_close(*vision);
    *vision = NULL;
    return ln_fail(error, LN_ERR_IO,
                   task == LN_TASK_DETECT ? "%s: is a classifier: name a detector with --vision FILE.onnx"
                                          : "%s: is a detector: name a classifier with --vision FILE.onnx",
                   path);
}
