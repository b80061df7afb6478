#include "cli/needed_kernels.h"

#include "device/camera.h"

#include <string.h>

static const unsigned targets[] = {LN_PORTABLE, LN_DSP, LN_HELIUM};
#define TARGETS (sizeof targets / sizeof *targets)

#define KERNEL_NAME(name) #name,
static const char *const names[CLI_KERNELS] = {LN_KERNELS(KERNEL_NAME)};

static int suffice(const ln_model *model, const ln_kernel *const *kernels)
{
    for (unsigned i = 0; i < TARGETS; i++)
        if (ln_camera_size_on(model, kernels, targets[i], sizeof(void *)) == 0)
            return 0;
    return 1;
}

static uint64_t multiplications(const ln_layer *layer)
{
    uint64_t weights = (uint64_t)layer->kernel * layer->kernel * layer->inputs;
    return weights * layer->outputs * layer->width * layer->height;
}

static int does_a_quarter(const ln_model *model, const ln_kernel *const *kernels, const ln_kernel *kernel,
                          unsigned target)
{
    uint64_t all = 0, its = 0;
    for (unsigned i = 0; i < (unsigned)model->stages + model->layers; i++) {
        ln_conv_task task = ln_network_task(model, i, target);
        all += multiplications(task.layer);
        if (kernels[ln_conv_choose(&task, kernels)] == kernel)
            its += multiplications(task.layer);
    }
    return 4 * its >= all;
}

static int worth_its_flash(const ln_model *model, const ln_kernel *const *kernels, const ln_kernel *kernel)
{
    for (unsigned i = 0; i < TARGETS; i++)
        if (does_a_quarter(model, kernels, kernel, targets[i]))
            return 1;
    return 0;
}

void cli_needed_kernels(const ln_model *model, const ln_kernel *kernels[CLI_KERNELS + 1])
{
    memcpy(kernels, ln_all_kernels, (CLI_KERNELS + 1) * sizeof *kernels);
    for (size_t i = 0; kernels[i];) {
        const ln_kernel *others[CLI_KERNELS + 1];
        size_t behind = CLI_KERNELS - i;
        memcpy(others, kernels, i * sizeof *others);
        memcpy(others + i, kernels + i + 1, behind * sizeof *others);
        if (suffice(model, others) && !worth_its_flash(model, kernels, kernels[i]))
            memcpy(kernels + i, others + i, behind * sizeof *others);
        else
            i++;
    }
}

const char *cli_kernel_name(const ln_kernel *kernel)
{
    size_t i = 0;
    while (ln_all_kernels[i] != kernel)
        i++;
    return names[i];
}
