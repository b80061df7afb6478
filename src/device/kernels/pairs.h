/* How patches lie for the DSP extension, and the inner step of its loops (pairs.c, folded.c).
 *
 * A group is four numbers of each of the LN_PLACES patches: for each patch, one word with its numbers 0 and 2
 * and one with its numbers 1 and 3, which is how the processor widens bytes. Three instructions load and
 * widen four weights, which then serve 14 SMLAD; one LDRD loads a patch's two words. */
#ifndef LN_DEVICE_KERNELS_PAIRS_H
#define LN_DEVICE_KERNELS_PAIRS_H

#include "device/kernels/dsp.h"
#include "device/kernels/kernel.h"

#define LN_PAIRS_GROUP 4                                /* numbers */
#define LN_PAIRS_GROUP_WORDS (2 * LN_PLACES_ON(LN_DSP)) /* of all patches */
#define LN_PAIRS_GROUP_BYTES (4 * LN_PAIRS_GROUP_WORDS)

/* These are macros, as the sums must stay in registers: s0 to s6 are variables of the function that uses
 * them. LDM and STM would save a few instructions, but they need fixed registers, and GCC's allocator cannot
 * do with that where it keeps a frame pointer. */
#define LN_PAIRS_SUMS_LOAD(sums)                                                                             \
    int32_t s0 = (sums)[0], s1 = (sums)[1], s2 = (sums)[2], s3 = (sums)[3], s4 = (sums)[4], s5 = (sums)[5],  \
            s6 = (sums)[6]

#define LN_PAIRS_SUMS_STORE(sums)                                                                            \
    do {                                                                                                     \
        (sums)[0] = s0;                                                                                      \
        (sums)[1] = s1;                                                                                      \
        (sums)[2] = s2;                                                                                      \
        (sums)[3] = s3;                                                                                      \
        (sums)[4] = s4;                                                                                      \
        (sums)[5] = s5;                                                                                      \
        (sums)[6] = s6;                                                                                      \
    } while (0)

/* Adds a patch's two words, which lie `offset` bytes behind `words`, times the weights w02 and w13. It is
 * volatile since the compiler would move all loads to the front: there are not enough registers for that. */
#define LN_PAIRS_PATCH_ADD(sum, words, offset, w02, w13)                                                     \
    do {                                                                                                     \
        uint32_t p02, p13;                                                                                   \
                                                                                                             \
        __asm__ volatile("ldrd %[p02], %[p13], [%[at], %[o]]\n\t"                                            \
                         "smlad %[s], %[p02], %[a], %[s]\n\t"                                                \
                         "smlad %[s], %[p13], %[b], %[s]"                                                    \
                         : [s] "+r"(sum), [p02] "=&r"(p02), [p13] "=&r"(p13)                                 \
                         : [at] "r"(words), [a] "r"(w02), [b] "r"(w13), [o] "n"(offset)                      \
                         : "memory");                                                                        \
    } while (0)

/* Adds a group, whose words lie `offset` bytes behind `words`. */
#define LN_PAIRS_GROUP_ADD(words, offset, w02, w13)                                                          \
    do {                                                                                                     \
        LN_PAIRS_PATCH_ADD(s0, words, (offset) + 0, w02, w13);                                               \
        LN_PAIRS_PATCH_ADD(s1, words, (offset) + 8, w02, w13);                                               \
        LN_PAIRS_PATCH_ADD(s2, words, (offset) + 16, w02, w13);                                              \
        LN_PAIRS_PATCH_ADD(s3, words, (offset) + 24, w02, w13);                                              \
        LN_PAIRS_PATCH_ADD(s4, words, (offset) + 32, w02, w13);                                              \
        LN_PAIRS_PATCH_ADD(s5, words, (offset) + 40, w02, w13);                                              \
        LN_PAIRS_PATCH_ADD(s6, words, (offset) + 48, w02, w13);                                              \
    } while (0)

/* The same, with the weights as the four bytes of a word. */
#define LN_PAIRS_GROUP_ADD_BYTES(words, offset, weights)                                                     \
    do {                                                                                                     \
        uint32_t bytes = (weights), w02 = ln_dsp_signed_02(bytes), w13 = ln_dsp_signed_13(bytes);            \
                                                                                                             \
        LN_PAIRS_GROUP_ADD(words, offset, w02, w13);                                                         \
    } while (0)

#endif
