/* Which of the camera's kernels a model needs. */
#ifndef CLI_NEEDED_KERNELS_H
#define CLI_NEEDED_KERNELS_H

#include <limitnet/device.h>

#define CLI_COUNT_KERNEL(name) +1
#define CLI_KERNELS (0 LN_KERNELS(CLI_COUNT_KERNEL)) /* in ln_all_kernels */

/* Fills in the kernels, with a null at the end, that suffice for a model on every processor. One without
 * which the others suffice is left out, unless it does a quarter of the multiplications on some processor:
 * then its speed is worth its flash. */
void cli_needed_kernels(const ln_model *model, const ln_kernel *kernels[CLI_KERNELS + 1]);

/* NAME of ln_kernel_NAME. */
const char *cli_kernel_name(const ln_kernel *kernel);

#endif
