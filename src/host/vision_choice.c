#include "host/vision_choice.h"

#include <unistd.h>

const char *ln_vision_chosen(const ln_vision_choice *choice, const ln_bundle *bundle)
{
    if (choice->own || !bundle->vision_path || access(choice->path, F_OK) == 0)
        return choice->path;
    return bundle->vision_path;
}

ln_status ln_vision_open_chosen(ln_vision **vision, const ln_vision_choice *choice, const ln_bundle *bundle,
                                const ln_vision_config *config, unsigned threads, ln_error *error)
{
    const char *path = ln_vision_chosen(choice, bundle);
    ln_status status = ln_vision_open(vision, path, config, threads, error);
    if (status != LN_OK || choice->own || path == bundle->vision_path)
        return status;
    status = ln_vision_adapt(*vision, bundle, threads, error);
    if (status != LN_OK) {
        ln_vision_close(*vision);
        *vision = NULL;
    }
    return status;
}
