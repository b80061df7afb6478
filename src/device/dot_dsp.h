/* How patches lie for the DSP extension, and the step that all its kernels are made of.
 *
 * Four numbers of each of the LN_DOT_PATCHES patches make a group: for each patch, a word of its numbers 0 and 2 and
 * one of its numbers 1 and 3. That is how the processor widens bytes. A group of weights costs three instructions
 * (load, two widenings) and serves 14 SMLAD; the patches' words come in pairs, by one LDRD each. */
#ifndef LN_DEVICE_DOT_DSP_H
#define LN_DEVICE_DOT_DSP_H

#include "device/dot.h"
#include "device/dsp.h"

#define LN_DOT_GROUP_WORDS (2 * LN_DOT_PATCHES)
#define LN_DOT_GROUP_BYTES (8 * LN_DOT_PATCHES)

/* Macros, as the sums must stay in registers: s0 to s6 are variables of the function that uses them. */
#define LN_DOT_SUMS_LOAD(sums)                                                                               \
    int32_t s0 = (sums)[0], s1 = (sums)[1], s2 = (sums)[2], s3 = (sums)[3], s4 = (sums)[4], s5 = (sums)[5],  \
            s6 = (sums)[6]

#define LN_DOT_SUMS_STORE(sums)                                                                              \
    do {                                                                                                     \
        (sums)[0] = s0;                                                                                      \
        (sums)[1] = s1;                                                                                      \
        (sums)[2] = s2;                                                                                      \
        (sums)[3] = s3;                                                                                      \
        (sums)[4] = s4;                                                                                      \
        (sums)[5] = s5;                                                                                      \
        (sums)[6] = s6;                                                                                      \
    } while (0)

/* Adds a group: its words are `offset` bytes behind `words`, the weights in w02 and w13. The compiler would reorder the loads, which takes
 * more registers than there are. */
#define LN_DOT_GROUP_ADD(words, offset, w02, w13)                                                            \
    do {                                                                                                     \
        uint32_t p02, p13;                                                                                   \
                                                                                                             \
        __asm__("ldrd %[p02], %[p13], [%[at], %[o0]]\n\t"                                                    \
                "smlad %[s0], %[p02], %[a], %[s0]\n\t"                                                       \
                "smlad %[s0], %[p13], %[b], %[s0]\n\t"                                                       \
                "ldrd %[p02], %[p13], [%[at], %[o1]]\n\t"                                                    \
                "smlad %[s1], %[p02], %[a], %[s1]\n\t"                                                       \
                "smlad %[s1], %[p13], %[b], %[s1]\n\t"                                                       \
                "ldrd %[p02], %[p13], [%[at], %[o2]]\n\t"                                                    \
                "smlad %[s2], %[p02], %[a], %[s2]\n\t"                                                       \
                "smlad %[s2], %[p13], %[b], %[s2]\n\t"                                                       \
                "ldrd %[p02], %[p13], [%[at], %[o3]]\n\t"                                                    \
                "smlad %[s3], %[p02], %[a], %[s3]\n\t"                                                       \
                "smlad %[s3], %[p13], %[b], %[s3]\n\t"                                                       \
                "ldrd %[p02], %[p13], [%[at], %[o4]]\n\t"                                                    \
                "smlad %[s4], %[p02], %[a], %[s4]\n\t"                                                       \
                "smlad %[s4], %[p13], %[b], %[s4]\n\t"                                                       \
                "ldrd %[p02], %[p13], [%[at], %[o5]]\n\t"                                                    \
                "smlad %[s5], %[p02], %[a], %[s5]\n\t"                                                       \
                "smlad %[s5], %[p13], %[b], %[s5]\n\t"                                                       \
                "ldrd %[p02], %[p13], [%[at], %[o6]]\n\t"                                                    \
                "smlad %[s6], %[p02], %[a], %[s6]\n\t"                                                       \
                "smlad %[s6], %[p13], %[b], %[s6]"                                                           \
                : [s0] "+r"(s0), [s1] "+r"(s1), [s2] "+r"(s2), [s3] "+r"(s3), [s4] "+r"(s4), [s5] "+r"(s5),  \
                  [s6] "+r"(s6), [p02] "=&r"(p02), [p13] "=&r"(p13)                                          \
                : [at] "r"(words), [a] "r"(w02), [b] "r"(w13), [o0] "n"((offset) + 0),                       \
                  [o1] "n"((offset) + 8), [o2] "n"((offset) + 16), [o3] "n"((offset) + 24),                  \
                  [o4] "n"((offset) + 32), [o5] "n"((offset) + 40), [o6] "n"((offset) + 48)                  \
                : "memory");                                                                                 \
    } while (0)

/* The same with the weights as four bytes of a word. */
#define LN_DOT_GROUP_ADD_BYTES(words, offset, weights)                                                       \
    do {                                                                                                     \
        uint32_t bytes = (weights), w02 = ln_dsp_signed_02(bytes), w13 = ln_dsp_signed_13(bytes);            \
                                                                                                             \
        LN_DOT_GROUP_ADD(words, offset, w02, w13);                                                           \
    } while (0)

#endif
