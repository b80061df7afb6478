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

const char *cli_vision_path(const char *given, ln_task task)
{
    const char *path = given ? given : getenv("LIMITNET_VISION");
    if (path && *path)
        return path;
    return task == LN_TASK_DETECT ? LN_DETECTOR_FILE : LN_CLASSIFIER_FILE;
}

ln_status cli_open_vision(ln_vision **vision, const char *given, ln_task task, const ln_vision_config *config,
                          ln_error *error)
{
    *vision = NULL;
    const char *path = cli_vision_path(given, task);
    if (strcmp(path, LN_DETECTOR_FILE) == 0 && access(path, F_OK) != 0)
        return ln_fail(error, LN_ERR_IO,
                       "there is no detector yet: run 'make detector', or name one with --vision FILE.onnx");
    ln_status status = ln_vision_open(vision, path, config, 0, error);
    if (status != LN_OK || ln_vision_task(*vision) == task)
        return status;
    ln_vision_close(*vision);
    *vision = NULL;
    return ln_fail(error, LN_ERR_IO,
                   task == LN_TASK_DETECT ? "%s: is a classifier: name a detector with --vision FILE.onnx"
                                          : "%s: is a detector: name a classifier with --vision FILE.onnx",
                   path);
}
