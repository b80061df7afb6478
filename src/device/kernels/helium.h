/* How patches lie for Helium (MVE), and the inner loop (helium.c, folded.c).
 *
 * A chunk is a vector of each of the LN_PLACES patches, so that all loads of a turn are at fixed distances
 * from one pointer. A vector of weights serves seven vectors of numbers. Loads and multiplications alternate:
 * a processor that takes two cycles for each can overlap them. */
#ifndef LN_DEVICE_KERNELS_HELIUM_H
#define LN_DEVICE_KERNELS_HELIUM_H

#include "device/kernels/kernel.h"

#define LN_HELIUM_VECTOR_BYTES 16
#define LN_HELIUM_CHUNK_BYTES (LN_PLACES_ON(LN_HELIUM) * LN_HELIUM_VECTOR_BYTES)

#if LN_TARGET == LN_HELIUM
#include <arm_mve.h>

/* For each patch p: sums[p] += `count` numbers of it times weights, by the assembly `loop`. The loop takes a
 * vector of weights from w and one of each patch from c, advances both, and adds to s0 to s6. It is
 * tail-predicated, so it neither reads nor adds anything beyond the count n. GCC does not make such loops of
 * intrinsics, and moves the sums about: they must be in registers with even numbers, of which there are just
 * seven besides lr, the loop's own. */
#define LN_HELIUM_ADD(loop, chunks, count, weights, sums)                                                    \
    do {                                                                                                     \
        const void *chunk = (chunks), *weight = (weights);                                                   \
        register size_t left __asm__("lr") = (count);                                                        \
        int32_t s0, s1, s2, s3, s4, s5, s6;                                                                  \
                                                                                                             \
        __asm__ volatile(                                                                                    \
            "ldrd %[s0], %[s1], [%[sum]]\n\t"                                                                \
            "ldrd %[s2], %[s3], [%[sum], #8]\n\t"                                                            \
            "ldrd %[s4], %[s5], [%[sum], #16]\n\t"                                                           \
            "ldr %[s6], [%[sum], #24]\n\t" loop "strd %[s0], %[s1], [%[sum]]\n\t"                            \
            "strd %[s2], %[s3], [%[sum], #8]\n\t"                                                            \
            "strd %[s4], %[s5], [%[sum], #16]\n\t"                                                           \
            "str %[s6], [%[sum], #24]"                                                                       \
            : [s0] "=&Te"(s0), [s1] "=&Te"(s1), [s2] "=&Te"(s2), [s3] "=&Te"(s3), [s4] "=&Te"(s4),           \
              [s5] "=&Te"(s5), [s6] "=&Te"(s6), [c] "+r"(chunk), [w] "+r"(weight), [n] "+r"(left)            \
            : [sum] "r"(sums)                                                                                \
            : "q0", "q1", "memory");                                                                         \
    } while (0)

#endif
#endif
