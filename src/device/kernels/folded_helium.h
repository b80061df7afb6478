/* The inner loops of folded.c for Helium.
 *
 * The patches of a class lie chunk by chunk, as in helium.h, with eight 16-bit numbers in a vector, and are
 * followed by those of the next class. Numbers beyond half a filter mean nothing. */
#ifndef LN_DEVICE_KERNELS_FOLDED_HELIUM_H
#define LN_DEVICE_KERNELS_FOLDED_HELIUM_H

#include "device/kernels/folded.h"
#include "device/kernels/helium.h"

#define LN_FOLD_HELIUM_VECTOR 8 /* numbers */

static inline unsigned ln_fold_helium_chunks(unsigned kernel)
{
    return (ln_fold_numbers(kernel) + LN_FOLD_HELIUM_VECTOR - 1) / LN_FOLD_HELIUM_VECTOR;
}

static inline size_t ln_fold_helium_bytes(unsigned kernel)
{
    return LN_FOLD_CLASSES * ln_fold_helium_chunks(kernel) * LN_HELIUM_CHUNK_BYTES;
}

#if LN_TARGET == LN_HELIUM

/* Where the numbers on the right are that a vector on the left meets. Pixels are mirrored, their colours are
 * not: number n meets byte 3 (kernel - 1) - n + 2 (n % 3). These are relative to where the vector's last
 * number would meet if colours were mirrored, too. */
static const uint8_t ln_fold_mirror[3][LN_FOLD_HELIUM_VECTOR] = {
    {7, 8, 9, 4, 5, 6, 1, 2}, {11, 6, 7, 8, 3, 4, 5, 0}, {9, 10, 5, 6, 7, 2, 3, 4}};

/* Makes a vector of the patches of the four classes, from a vector on the left and what it meets. */
static inline void ln_fold_vector(int16_t *vectors, size_t class_numbers, const uint8_t *upper,
                                  const uint8_t *lower, const uint8_t *upper_right,
                                  const uint8_t *lower_right, uint16x8_t mirror, int16x8_t zeros)
{
    int16x8_t u = vreinterpretq_s16_u16(vldrbq_u16(upper)), l = vreinterpretq_s16_u16(vldrbq_u16(lower));
    int16x8_t left_sum = vaddq_s16(u, l), left_difference = vsubq_s16(u, l);
    int16x8_t right_sum, right_difference;

    u = vreinterpretq_s16_u16(vldrbq_gather_offset_u16(upper_right, mirror));
    l = vreinterpretq_s16_u16(vldrbq_gather_offset_u16(lower_right, mirror));
    right_sum = vaddq_s16(u, l);
    right_difference = vsubq_s16(u, l);
    vstrhq_s16(vectors, vsubq_s16(vaddq_s16(left_sum, right_sum), zeros));
    vstrhq_s16(vectors + class_numbers, vsubq_s16(left_sum, right_sum));
    vstrhq_s16(vectors + 2 * class_numbers, vaddq_s16(left_difference, right_difference));
    vstrhq_s16(vectors + 3 * class_numbers, vsubq_s16(left_difference, right_difference));
}

static inline void ln_fold_place(int16_t *patches, unsigned patch, const uint8_t *upper, const uint8_t *lower,
                                 unsigned kernel, uint8_t zero)
{
    const unsigned chunk_numbers = LN_PLACES * LN_FOLD_HELIUM_VECTOR, chunks = ln_fold_helium_chunks(kernel);
    unsigned right = LN_FOLD_INPUTS * (kernel - 1) - (LN_FOLD_HELIUM_VECTOR - 1);
    int16x8_t zeros = vdupq_n_s16((int16_t)(4 * zero));

    patches += patch * LN_FOLD_HELIUM_VECTOR;
    for (unsigned i = 0, at = 0; i < chunks; i++, at += LN_FOLD_HELIUM_VECTOR, patches += chunk_numbers)
        ln_fold_vector(patches, chunks * chunk_numbers, upper + at, lower + at, upper + right - at,
                       lower + right - at, vldrbq_u16(ln_fold_mirror[i]), zeros);
}

/* VLDRB.S16 widens the weights. */
#define LN_FOLD_LOOP                                                                                         \
    "dlstp.16 lr, %[n]\n"                                                                                    \
    "1:\n\t"                                                                                                 \
    "vldrb.s16 q0, [%[w]], #8\n\t"                                                                           \
    "vldrh.16 q1, [%[c], #16]\n\t"                                                                           \
    "vmladava.s16 %[s1], q0, q1\n\t"                                                                         \
    "vldrh.16 q1, [%[c], #32]\n\t"                                                                           \
    "vmladava.s16 %[s2], q0, q1\n\t"                                                                         \
    "vldrh.16 q1, [%[c], #48]\n\t"                                                                           \
    "vmladava.s16 %[s3], q0, q1\n\t"                                                                         \
    "vldrh.16 q1, [%[c], #64]\n\t"                                                                           \
    "vmladava.s16 %[s4], q0, q1\n\t"                                                                         \
    "vldrh.16 q1, [%[c], #80]\n\t"                                                                           \
    "vmladava.s16 %[s5], q0, q1\n\t"                                                                         \
    "vldrh.16 q1, [%[c], #96]\n\t"                                                                           \
    "vmladava.s16 %[s6], q0, q1\n\t"                                                                         \
    "vldrh.16 q1, [%[c]], #112\n\t"                                                                          \
    "vmladava.s16 %[s0], q0, q1\n\t"                                                                         \
    "letp lr, 1b\n\t"

static inline void ln_fold_dot(const int16_t *patches, unsigned class, const int8_t *weights, unsigned kernel,
                               int32_t *sums)
{
    size_t class_numbers = ln_fold_helium_bytes(kernel) / LN_FOLD_CLASSES / sizeof *patches;

    LN_HELIUM_ADD(LN_FOLD_LOOP, patches + class * class_numbers, ln_fold_numbers(kernel), weights, sums);
}

#endif
#endif
