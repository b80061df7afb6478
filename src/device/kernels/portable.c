/* The kernel in portable C, by patches. It suits every layer, and the others are checked against it. */
#include "device/kernels/portable.h"

#include "device/kernels/patches.h"

static int suits(const ln_conv_task *task)
{
    return task->target == LN_PORTABLE;
}

static size_t bytes_of(size_t numbers)
{
    return ln_portable_bytes(numbers);
}

static ln_needs needs(const ln_conv_task *task)
{
    return ln_patches_needs(task, bytes_of);
}

#if LN_TARGET == LN_PORTABLE

typedef int16_t number;

static inline number *patch_begin(number *patches, unsigned patch, size_t length)
{
    return patches + patch * length;
}

static inline number *fill(number *restrict at, const uint8_t *restrict bytes, size_t count, int zero)
{
    LN_UNROLLED(8)
    for (size_t i = 0; i < count; i++)
        at[i] = (number)(bytes[i] - zero);
    return at + count;
}

/* Not called: every part is a whole number of groups. */
static inline void copy(uint8_t *to, const uint8_t *from, size_t count)
{
    memcpy(to, from, count);
}

/* Plain on purpose: compilers turn it into multiply-accumulate vector instructions. Two outputs at two places
 * take four loads for four products. */
static void dot(const number *patches, size_t count, int zero, const int8_t *weights, size_t step,
                unsigned outputs, int32_t *sums)
{
    const number *p0 = patches, *p1 = p0 + count;

    (void)zero;
    for (unsigned o = 0; o < outputs; o += 2) {
        const int8_t *w0 = weights + o * step;
        const int8_t *w1 = o + 1 < outputs ? w0 + step : w0; /* an odd output is alone */
        int32_t s00 = 0, s01 = 0, s10 = 0, s11 = 0;

        LN_UNROLLED(8)
        for (size_t i = 0; i < count; i++) {
            s00 += w0[i] * p0[i];
            s01 += w0[i] * p1[i];
            s10 += w1[i] * p0[i];
            s11 += w1[i] * p1[i];
        }
        sums[0] += s00;
        sums[1] += s01;
        if (o + 1 < outputs) {
            sums[2] += s10;
            sums[3] += s11;
        }
        sums += 2 * LN_PLACES;
    }
}

#define PATCH_GROUP 1
#include "device/kernels/patches_template.h"

const ln_kernel ln_kernel_portable = {suits, needs, take, make};
#else
const ln_kernel ln_kernel_portable = {suits, needs, NULL, NULL};
#endif
