/* How patches lie for Helium (MVE), and the loop that all its kernels are made of.
 *
 * A vector of each of the LN_DOT_PATCHES patches makes a chunk, so that all loads of a turn are at fixed distances from one
 * pointer. A vector of weights serves seven of numbers; loads and multiplications alternate, which is what a processor that
 * takes two cycles for each can overlap. */
#ifndef LN_DEVICE_DOT_MVE_H
#define LN_DEVICE_DOT_MVE_H

#include <arm_mve.h>

#include "device/dot.h"

#define LN_DOT_VECTOR_BYTES 16
#define LN_DOT_CHUNK_BYTES (LN_DOT_PATCHES * LN_DOT_VECTOR_BYTES)

/* Adds `count` numbers of each patch times weights to sums s0 to s6, variables of the function that uses this: `bits` of a
 * number, and the instructions that load a vector of weights, from so many bytes, and one of numbers, and multiply. The
 * tail-predicated loop reads and adds nothing behind the count. In assembly, since GCC makes no such loops of intrinsics,
 * and moves sums about: they must be in registers of even number, of which there are just seven besides the loop's own. */
#define LN_DOT_LOOP(bits, load_weights, weight_bytes, load, multiply, chunks, count, weights)                \
    __asm__("dlstp." bits " lr, %[n]\n"                                                                      \
            "1:\n\t" load_weights " q0, [%[w]], #" weight_bytes "\n\t" load " q1, [%[c], #16]\n\t" multiply   \
            " %[s1], q0, q1\n\t" load " q1, [%[c], #32]\n\t" multiply " %[s2], q0, q1\n\t" load               \
            " q1, [%[c], #48]\n\t" multiply " %[s3], q0, q1\n\t" load " q1, [%[c], #64]\n\t" multiply         \
            " %[s4], q0, q1\n\t" load " q1, [%[c], #80]\n\t" multiply " %[s5], q0, q1\n\t" load               \
            " q1, [%[c], #96]\n\t" multiply " %[s6], q0, q1\n\t" load " q1, [%[c]], #112\n\t" multiply         \
            " %[s0], q0, q1\n\t"                                                                              \
            "letp lr, 1b"                                                                                    \
            : [s0] "+Te"(s0), [s1] "+Te"(s1), [s2] "+Te"(s2), [s3] "+Te"(s3), [s4] "+Te"(s4),                \
              [s5] "+Te"(s5), [s6] "+Te"(s6), [c] "+r"(chunks), [w] "+r"(weights)                            \
            : [n] "r"(count)                                                                                 \
            : "q0", "q1", "lr", "memory")

#endif
