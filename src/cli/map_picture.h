/* A map as a picture, for people to look at. */
#ifndef LN_CLI_MAP_PICTURE_H
#define LN_CLI_MAP_PICTURE_H

#include "cloud/error.h"

/* Writes a map as a grey PNG of the size of the model's pictures; salient or active places are bright.
 *   values, width, height   0..top, row by row
 * Errors: LN_ERR_IO, LN_ERR_MEMORY. */
ln_status cli_write_map(const ln_model *model, const uint8_t *values, unsigned width, unsigned height,
                        unsigned top, const char *path, ln_error *error);

#endif
