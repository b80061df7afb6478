/* The arithmetic of repair packets against its definition and against powers of 2, which generate the field.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/repair.h"

/* Logarithms to base 2 modulo 0x11D; 2 has the order 255 there. */
static unsigned power[255], logarithm[256];

static int make_tables(void **state)
{
    unsigned p = 1;

    (void)state;
    for (unsigned i = 0; i < 255; i++) {
        power[i] = p;
        logarithm[p] = i;
        p = p << 1 ^ (p & 0x80 ? 0x11D : 0);
    }
    return p == 1 ? 0 : -1;
}

static void test_field(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 256; a++) {
        for (unsigned b = 0; b < 256; b++) {
            unsigned product = a && b ? power[(logarithm[a] + logarithm[b]) % 255] : 0;

            assert_int_equal(ln_field_multiply((uint8_t)a, (uint8_t)b), product);
        }
        assert_int_equal(ln_field_inverse((uint8_t)a), a ? power[(255 - logarithm[a]) % 255] : 0);
    }
}

static void test_add(void **state)
{
    (void)state;
    for (unsigned factor = 0; factor < 256; factor++) {
        uint8_t sum[257], bytes[257];

        for (unsigned i = 0; i < sizeof sum; i++) {
            sum[i] = (uint8_t)(7 * i + 3);
            bytes[i] = (uint8_t)(i + factor);
        }
        ln_field_add(sum, bytes, 256, (uint8_t)factor);
        for (unsigned i = 0; i < 256; i++)
            assert_int_equal(sum[i], (uint8_t)(7 * i + 3) ^ ln_field_multiply(bytes[i], (uint8_t)factor));
        assert_int_equal(sum[256], (uint8_t)(7 * 256 + 3)); /* no further than `count` */
    }
}

/* Any two sums of one window bring back any two blocks: no 2 x 2 part of their factors is singular. */
static void test_factors(void **state)
{
    enum { SUMS = LN_MAX_INDEXES * LN_MAX_SUMS };

    (void)state;
    for (unsigned last = 1; last < LN_MAX_BLOCKS; last += 3)
        for (unsigned first = 0; first + 1 < SUMS; first++)
            for (unsigned n = last > 127 ? last - 127 : 0; n < last; n++) {
                unsigned second = first + 1 + (first + n) % (SUMS - 1 - first);
                uint8_t a = ln_repair_factor(last, first / 8, first % 8, n),
                        b = ln_repair_factor(last, first / 8, first % 8, last),
                        c = ln_repair_factor(last, second / 8, second % 8, n),
                        d = ln_repair_factor(last, second / 8, second % 8, last);

                assert_true(a && b && c && d);
                assert_int_not_equal(ln_field_multiply(a, d), ln_field_multiply(b, c));
            }
    assert_int_equal(ln_field_multiply(ln_repair_factor(0, 0, 0, 0), 128), 1);
    /* 128 + (227 + 96 + 6) mod 128, which is 201, xor 201 mod 128, which is 73 */
    assert_int_equal(ln_field_multiply(ln_repair_factor(227, 3, 6, 201), 128), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_field),
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_factors),
    };

    return cmocka_run_group_tests(tests, make_tables, NULL);
}
