/* The network's inner loop: every multiplication of weights and picture happens here. There are three
 * versions with the same results: portable C (dot.c), one for Arm's DSP extension (dot_dsp.c), which
 * Cortex-M4, M7, M33 and larger have, and one for Helium (dot_mve.c), which Cortex-M55 and M85 have. The
 * compiler knows which processor it compiles for.
 *
 * A patch is what a kernel covers at one place, as 16-bit numbers or, for Helium, as bytes. In what order
 * they lie in memory is the version's own affair. */
#ifndef LN_DEVICE_DOT_H
#define LN_DEVICE_DOT_H

#include "core/compiler.h"

#include <stddef.h>
#include <stdint.h>

/* LN_DOT_PATCHES: places worked on at a time: each weight is loaded once for all of them. LN_DOT_GROUP:
 * patches are filled in groups of so many numbers. */
#if defined __ARM_FEATURE_MVE && __ARM_FEATURE_MVE & 1
#define LN_DOT_MVE
#define LN_DOT_PATCHES 7 /* there are eight registers for sums, and the loop's counter is in one */
#define LN_DOT_GROUP 16
#elif defined __ARM_FEATURE_DSP
#define LN_DOT_DSP
#define LN_DOT_PATCHES 7 /* sums, weights, numbers and pointers just fit into the registers */
#define LN_DOT_GROUP 4
#else
#define LN_DOT_PATCHES 2
#define LN_DOT_GROUP 1
#endif

/* In front of an inner loop in portable C: eight turns at a time, which GCC does not do by itself. */
#if defined(__GNUC__) && !defined(__clang__)
#define LN_DOT_UNROLLED _Pragma("GCC unroll 8")
#else
#define LN_DOT_UNROLLED
#endif

/* Bytes of LN_DOT_PATCHES patches of `count` numbers; a multiple of 4. */
size_t ln_dot_size(size_t count);

/* Makes numbers of a patch: from number `at` on, `count` bytes less `zero`. `patch` is one of LN_DOT_PATCHES;
 * `length` is how many numbers a patch has in all. `at` is a multiple of LN_DOT_GROUP, and so is `count` but
 * at the patch's end. */
void ln_dot_fill(int16_t *patches, unsigned patch, size_t length, size_t at, const uint8_t *bytes,
                 size_t count, int zero);

/* For each output o and each patch p: sums[LN_DOT_PATCHES * o + p] += patch p, of `count` numbers, times the
 * weights of output o, which begin at weights + o * step. Up to 3 bytes behind an output's weights are read
 * as well. */
void ln_dot(const int16_t *patches, size_t count, const int8_t *weights, size_t step, unsigned outputs,
            int32_t *sums);

#endif
