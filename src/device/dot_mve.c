#include "device/dot.h"

#ifdef LN_DOT_MVE

#include "device/dot_mve.h"

/* Bytes become signed by turning their uppermost bit over, which leaves numbers 128 - zero too small: the
 * first word of the patches. */
#define HEAD_BYTES sizeof(int32_t)

size_t ln_dot_size(size_t count)
{
    return HEAD_BYTES + (count + LN_DOT_GROUP - 1) / LN_DOT_GROUP * LN_DOT_CHUNK_BYTES;
}

void ln_dot_fill(int16_t *patches, unsigned patch, size_t length, size_t at, const uint8_t *bytes,
                 size_t count, int zero)
{
    uint8_t *vector = (uint8_t *)patches + HEAD_BYTES + at / LN_DOT_GROUP * LN_DOT_CHUNK_BYTES +
                      patch * LN_DOT_VECTOR_BYTES;

    (void)length;
    *(int32_t *)(void *)patches = 128 - zero;
    __asm__ volatile("dlstp.8 lr, %[count]\n"
                     "1:\n\t"
                     "vldrb.8 q0, [%[bytes]], #16\n\t"
                     "veor q0, q0, %q[sign]\n\t"
                     "vstrb.8 q0, [%[vector]], #112\n\t"
                     "letp lr, 1b"
                     : [bytes] "+r"(bytes), [vector] "+r"(vector)
                     : [sign] "w"(vdupq_n_u8(0x80)), [count] "r"(count)
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

/* Adds to the sums what all numbers lack. Apart from the loop that needs all registers. */
static void add_missing(int32_t missing, size_t count, const int8_t *weights, size_t step, unsigned outputs,
                        int32_t *sums)
{
    for (; outputs > 0; outputs--, weights += step, sums += LN_DOT_PATCHES) {
        int32_t sum = missing * sum_of(weights, count);

        for (unsigned p = 0; p < LN_DOT_PATCHES; p++)
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

void ln_dot(const int16_t *patches, size_t count, const int8_t *weights, size_t step, unsigned outputs,
            int32_t *sums)
{
    const int8_t *chunks = (const int8_t *)patches + HEAD_BYTES;
    int32_t missing = *(const int32_t *)(const void *)patches;

    if (missing != 0)
        add_missing(missing, count, weights, step, outputs, sums);
    for (; outputs > 0; outputs--, weights += step, sums += LN_DOT_PATCHES)
        LN_DOT_ADD(BYTES_LOOP, chunks, count, weights, sums);
}

#endif
