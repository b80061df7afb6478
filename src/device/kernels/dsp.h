/* Instructions of Arm's DSP extension on two 16-bit halves of a word. Where the compiler's own header offers
 * none, or none with the rotation that comes for free, they are written in assembly. */
#ifndef LN_DEVICE_KERNELS_DSP_H
#define LN_DEVICE_KERNELS_DSP_H

#include <limitnet/device.h>

#if LN_TARGET == LN_DSP

#include <arm_acle.h>
#include <stdint.h>
#include <string.h>

/* Four bytes at any address. */
static inline uint32_t ln_dsp_load(const void *bytes)
{
    uint32_t word;

    memcpy(&word, bytes, sizeof word);
    return word;
}

/* The same number in both halves. */
static inline uint32_t ln_dsp_both(int number)
{
    return ((uint32_t)number & 0xffff) * 0x10001;
}

/* Bytes 0 and 2, or 1 and 3, of a word, added to two numbers. */
static inline uint32_t ln_dsp_add_bytes_02(uint32_t pair, uint32_t word)
{
    return (uint32_t)__uxtab16((uint16x2_t)pair, (uint8x4_t)word);
}

static inline uint32_t ln_dsp_add_bytes_13(uint32_t pair, uint32_t word)
{
    uint32_t sum;

    __asm__("uxtab16 %0, %1, %2, ror #8" : "=r"(sum) : "r"(pair), "r"(word));
    return sum;
}

static inline uint32_t ln_dsp_signed_02(uint32_t word)
{
    return (uint32_t)__sxtb16((int8x4_t)word);
}

static inline uint32_t ln_dsp_signed_13(uint32_t word)
{
    uint32_t pair;

    __asm__("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(word));
    return pair;
}

static inline uint32_t ln_dsp_add(uint32_t a, uint32_t b)
{
    return (uint32_t)__sadd16((int16x2_t)a, (int16x2_t)b);
}

static inline uint32_t ln_dsp_subtract(uint32_t a, uint32_t b)
{
    return (uint32_t)__ssub16((int16x2_t)a, (int16x2_t)b);
}

/* The lower halves of two words, or the upper ones, those of `low` below. */
static inline uint32_t ln_dsp_lower_halves(uint32_t low, uint32_t high)
{
    uint32_t pair;

    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(pair) : "r"(low), "r"(high));
    return pair;
}

static inline uint32_t ln_dsp_upper_halves(uint32_t low, uint32_t high)
{
    uint32_t pair;

    __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(pair) : "r"(high), "r"(low));
    return pair;
}

/* sum + the products of both halves */
static inline int32_t ln_dsp_dot(uint32_t a, uint32_t b, int32_t sum)
{
    return __smlad((int16x2_t)a, (int16x2_t)b, sum);
}

/* zero + the upper word of a product, rounded, limited to a byte */
static inline uint8_t ln_dsp_requantise(int32_t sum, uint32_t multiplier, int zero)
{
    int32_t number;

    __asm__("smmlar %0, %1, %2, %3" : "=r"(number) : "r"(sum), "r"(multiplier), "r"(zero));
    return (uint8_t)__usat(number, 8);
}

/* Two words at once. The compiler seldom finds such pairs by itself. Addresses are multiples of 4. */
#define LN_DSP_PUT_PAIR(first, second, at, offset)                                                           \
    __asm__ volatile("strd %0, %1, [%2, %3]" : : "r"(first), "r"(second), "r"(at), "n"(offset) : "memory")

/* The same, and `at` goes on by `step` bytes. */
#define LN_DSP_READ_PAIR(first, second, at, step)                                                            \
    __asm__ volatile("ldrd %0, %1, [%2], %3" : "=&r"(first), "=&r"(second), "+r"(at) : "n"(step) : "memory")

#define LN_DSP_WRITE_PAIR(first, second, at, step)                                                           \
    __asm__ volatile("strd %1, %2, [%0], %3" : "+r"(at) : "r"(first), "r"(second), "n"(step) : "memory")

#endif
#endif
