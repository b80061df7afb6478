#include "device/conv.h"

int ln_conv_choose(const ln_conv_task *task, const ln_kernel *const *kernels)
{
    for (int i = 0; kernels[i]; i++)
        if (kernels[i]->suits(task))
            return i;
    return -1;
}

static unsigned kept_rows(const ln_conv_task *task, const ln_needs *needs)
{
    return task->whole ? task->layer->in_height : needs->rows;
}

static size_t rows_size(const ln_conv_task *task, const ln_needs *needs)
{
    return ln_whole_words(kept_rows(task, needs) * ln_row_bytes(task->layer));
}

size_t ln_conv_size(const ln_conv_task *task, const ln_kernel *kernel)
{
    ln_needs needs = kernel->needs(task);

    return rows_size(task, &needs) + needs.state;
}

size_t ln_conv_scratch_size(const ln_conv_task *task, const ln_kernel *kernel)
{
    return kernel->needs(task).scratch;
}

void ln_conv_begin(ln_conv *conv, const ln_conv_task *task, const ln_kernel *kernel, void *memory,
                   void *scratch)
{
    ln_needs needs = kernel->needs(task);

    conv->layer = task->layer;
    conv->kernel = kernel;
    conv->rows = memory;
    conv->state = needs.state > 0 ? conv->rows + rows_size(task, &needs) : NULL;
    conv->scratch = scratch;
    conv->kept = (uint16_t)kept_rows(task, &needs);
    conv->taken = 0;
    conv->done = 0;
    conv->zero = task->zero;
    conv->late = 0;
}

uint8_t *ln_conv_row(const ln_conv *conv)
{
    return ln_conv_input(conv, conv->taken);
}

void ln_conv_take(ln_conv *conv, const uint8_t *row)
{
    conv->kernel->take(conv, row);
}

void ln_conv_make(ln_conv *conv, const ln_outputs *to)
{
    conv->kernel->make(conv, to);
    conv->done++;
}
