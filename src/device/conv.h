/* One convolution (SPEC 1.2) on a picture that arrives row by row. It keeps the input rows; a kernel does
 * the work. */
#ifndef LN_DEVICE_CONV_H
#define LN_DEVICE_CONV_H

#include "device/kernels/kernel.h"

/* Number of the first kernel of a list that suits a task, or -1 if none does. */
int ln_conv_choose(const ln_conv_task *task, const ln_kernel *const *kernels);

/* Bytes that a task needs while a picture streams in, which begin with the input rows, and bytes of scratch,
 * which all layers share. Both are multiples of 4. */
size_t ln_conv_size(const ln_conv_task *task, const ln_kernel *kernel);
size_t ln_conv_scratch_size(const ln_conv_task *task, const ln_kernel *kernel);

/* Begins a picture. Both memories are 4-byte aligned. */
void ln_conv_begin(ln_conv *conv, const ln_conv_task *task, const ln_kernel *kernel, void *memory,
                   void *scratch);

/* Where the next input row may be written before it is taken. */
uint8_t *ln_conv_row(const ln_conv *conv);

/* Takes the next input row, from there or from anywhere else. */
void ln_conv_take(ln_conv *conv, const uint8_t *row);

/* Makes the next output row, which is possible once ln_conv_ready says so. It must be made before another
 * input row is taken. */
void ln_conv_make(ln_conv *conv, const ln_outputs *to);

#endif
