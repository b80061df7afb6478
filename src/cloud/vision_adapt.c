/* A vision model that was trained behind a decoder, beside one for any pictures. */
#include "cloud/vision_model.h"

#include "cloud/error.h"

#include <string.h>

/* Objects and classes must not change their names or their selection with the bytes that came. */
static ln_status read_config(ln_vision_config *config, const ln_vision *vision, const char *model,
                             ln_error *error)
{
    ln_vision_config_default(config);
    ln_status status = ln_vision_config_read(config, model, error);
    memcpy(config->labels, vision->config.labels, sizeof config->labels);
    config->selection = vision->config.selection;
    return status;
}

ln_status ln_vision_adapt(ln_vision *vision, const ln_bundle *bundle, unsigned threads, ln_error *error)
{
    if (!vision || !bundle)
        return ln_fail_null(error, __func__);
    if (vision->adapted)
        return ln_fail(error, LN_ERR_ARGUMENT, "the vision model is adapted already: open it again");
    if (!bundle->vision_path)
        return LN_OK;
    ln_vision_config config;
    ln_vision *adapted = NULL;
    ln_status status = read_config(&config, vision, bundle->vision_path, error);
    if (status != LN_OK || config.task != vision->config.task)
        return status;
    status = ln_vision_open(&adapted, bundle->vision_path, &config, threads, error);
    if (status == LN_OK && adapted->classes != vision->classes)
        status =
            ln_fail(error, LN_ERR_IO,
                    "%s: has %zu classes, and the vision model for pictures of more bytes has %zu: name one "
                    "for all pictures with --vision FILE.onnx",
                    bundle->vision_path, adapted->classes, vision->classes);
    if (status == LN_OK)
        vision->adapted = adapted;
    else
        ln_vision_close(adapted);
    return status;
}

ln_vision *ln_vision_for(ln_vision *vision, uint64_t bytes)
{
    ln_vision *adapted = vision ? vision->adapted : NULL;
    return adapted && (!adapted->config.below || bytes < adapted->config.below) ? adapted : vision;
}
