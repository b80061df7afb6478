#include "cli/map_picture.h"

#include "cli/io.h"

#include <string.h>

ln_status cli_write_map(const ln_model *model, const uint8_t *values, unsigned width, unsigned height,
                        unsigned top, const char *path, ln_error *error)
{
    ln_picture small, large = {0};
    ln_status status = ln_picture_make(&small, width, height, error);
    if (status != LN_OK)
        return status;
    for (size_t i = 0; i < (size_t)width * height; i++)
        memset(small.rgb + 3 * i, (int)(values[i] * 255 / top), 3);
    status = ln_picture_resize(&small, model->width, model->height, LN_FIT_STRETCH, &large, error);
    if (status == LN_OK)
        status = cli_write_png(&large, path, error);
    ln_picture_free(&large);
    ln_picture_free(&small);
    return status;
}
