#include "host/vision_choice.h"

#include <unistd.h>

static ln_status read_config(ln_vision_config *config, const char *path, ln_error *error)
{
    ln_vision_config_default(config);
    return ln_vision_config_read(config, path, error);
}

/* Whether the bundle's model does the usual one's task and leaves it no pictures (no `below`). */
static ln_status replaces_usual(int *replaces, const char *usual, const ln_bundle *bundle, ln_error *error)
{
    ln_vision_config is, brought;
    ln_status status = read_config(&is, usual, error);
    if (status == LN_OK)
        status = read_config(&brought, bundle->vision_path, error);
    *replaces = status == LN_OK && is.task == brought.task && !brought.below;
    return status;
}

ln_status ln_vision_chosen(const char **path, const ln_vision_choice *choice, const ln_bundle *bundle,
                           ln_error *error)
{
    ln_status status = LN_OK;
    int is_bundles = !choice->own && bundle->vision_path;
    if (is_bundles && access(choice->path, F_OK) == 0)
        status = replaces_usual(&is_bundles, choice->path, bundle, error);
    *path = is_bundles ? bundle->vision_path : choice->path;
    return status;
}

ln_status ln_vision_open_chosen(ln_vision **vision, const ln_vision_choice *choice, const ln_bundle *bundle,
                                const ln_vision_config *config, unsigned threads, ln_error *error)
{
    const char *path;
    *vision = NULL;
    ln_status status = ln_vision_chosen(&path, choice, bundle, error);
    if (status == LN_OK)
        status = ln_vision_open(vision, path, config, threads, error);
    if (status != LN_OK || choice->own || path == bundle->vision_path)
        return status;
    status = ln_vision_adapt(*vision, bundle, threads, error);
    if (status != LN_OK) {
        ln_vision_close(*vision);
        *vision = NULL;
    }
    return status;
}
