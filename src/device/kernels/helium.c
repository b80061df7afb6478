/* The kernel for Helium, the vector instructions of Cortex-M55 and M85: suits every layer. It multiplies
 * sixteen pairs of bytes at once. */
#include "device/kernels/helium.h"

#include "device/kernels/patches.h"

#define GROUP 16 /* bytes of a vector */

static int suits(const ln_conv_task *task)
{
    return task->target == LN_HELIUM;
}

static size_t bytes_of(size_t numbers)
{
    return (numbers + GROUP - 1) / GROUP * LN_HELIUM_CHUNK_BYTES;
}

static ln_needs needs(const ln_conv_task *task)
{
    return ln_patches_needs(task, bytes_of);
}

#if LN_TARGET == LN_HELIUM

/* A picture's byte with the uppermost bit inverted, as a signed number: it is 128 - zero too small. */
typedef int8_t number;

static inline number *patch_begin(number *patches, unsigned patch, size_t length)
{
    (void)length;
    return patches + patch * LN_HELIUM_VECTOR_BYTES;
}

static inline number *fill(number *at, const uint8_t *bytes, size_t count, int zero)
{
    (void)zero;
    __asm__ volatile("dlstp.8 lr, %[count]\n"
                     "1:\n\t"
                     "vldrb.8 q0, [%[bytes]], #16\n\t"
                     "veor q0, q0, %q[sign]\n\t"
                     "vstrb.8 q0, [%[at]], #112\n\t"
                     "letp lr, 1b"
                     : [bytes] "+r"(bytes), [at] "+r"(at)
                     : [sign] "w"(vdupq_n_u8(0x80)), [count] "r"(count)
                     : "q0", "lr", "memory");
    return at;
}

static inline void copy(uint8_t *to, const uint8_t *from, size_t count)
{
    __asm__ volatile("dlstp.8 lr, %[count]\n"
                     "1:\n\t"
                     "vldrb.8 q0, [%[from]], #16\n\t"
                     "vstrb.8 q0, [%[to]], #16\n\t"
                     "letp lr, 1b"
                     : [to] "+r"(to), [from] "+r"(from)
                     : [count] "r"(count)
                     : "q0", "lr", "memory");
}

static int32_t sum_of(const int8_t *weights, size_t count)
{
    int32_t sum = 0;

    __asm__("dlstp.8 lr, %[count]\n"
            "1:\n\t"
            "vldrb.8 q0, [%[weights]], #16\n\t"
            "vaddva.s8 %[sum], q0\n\t"
            "letp lr, 1b"
            : [sum] "+Te"(sum), [weights] "+r"(weights)
            : [count] "r"(count)
            : "q0", "lr", "memory");
    return sum;
}

/* Adds to the sums what each number lacks, `missing`. It is apart from the loop that needs all registers. */
static void add_missing(int32_t missing, size_t count, const int8_t *weights, size_t step, unsigned outputs,
                        int32_t *sums)
{
    for (; outputs > 0; outputs--, weights += step, sums += LN_PLACES) {
        int32_t sum = missing * sum_of(weights, count);

        for (unsigned p = 0; p < LN_PLACES; p++)
            sums[p] += sum;
    }
}

#define BYTES_LOOP                                                                                           \
    "dlstp.8 lr, %[n]\n"                                                                                     \
    "1:\n\t"                                                                                                 \
    "vldrb.8 q0, [%[w]], #16\n\t"                                                                            \
    "vldrb.8 q1, [%[c], #16]\n\t"                                                                            \
    "vmladava.s8 %[s1], q0, q1\n\t"                                                                          \
    "vldrb.8 q1, [%[c], #32]\n\t"                                                                            \
    "vmladava.s8 %[s2], q0, q1\n\t"                                                                          \
    "vldrb.8 q1, [%[c], #48]\n\t"                                                                            \
    "vmladava.s8 %[s3], q0, q1\n\t"                                                                          \
    "vldrb.8 q1, [%[c], #64]\n\t"                                                                            \
    "vmladava.s8 %[s4], q0, q1\n\t"                                                                          \
    "vldrb.8 q1, [%[c], #80]\n\t"                                                                            \
    "vmladava.s8 %[s5], q0, q1\n\t"                                                                          \
    "vldrb.8 q1, [%[c], #96]\n\t"                                                                            \
    "vmladava.s8 %[s6], q0, q1\n\t"                                                                          \
    "vldrb.8 q1, [%[c]], #112\n\t"                                                                           \
    "vmladava.s8 %[s0], q0, q1\n\t"                                                                          \
    "letp lr, 1b\n\t"

static void dot(const number *patches, size_t count, int zero, const int8_t *weights, size_t step,
                unsigned outputs, int32_t *sums)
{
    if (zero != 128)
        add_missing(128 - zero, count, weights, step, outputs, sums);
    for (; outputs > 0; outputs--, weights += step, sums += LN_PLACES)
        LN_HELIUM_ADD(BYTES_LOOP, patches, count, weights, sums);
}

#define PATCH_GROUP GROUP
#include "device/kernels/patches_template.h"

const ln_kernel ln_kernel_helium = {suits, needs, take, make};
#else
const ln_kernel ln_kernel_helium = {suits, needs, NULL, NULL};
#endif
