/* Frame counters that begin at 0 again. */
#include "service/sources/counter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Takes a counter that has no end as `bits` show it, and checks that its distance from the first one stays.
 */
static void check(ln_counter *counter, unsigned bits, uint32_t first, uint32_t first_taken, uint32_t value)
{
    const uint32_t shown = value & ((UINT32_C(1) << bits) - 1);
    assert_int_equal((uint32_t)(ln_counter_take(counter, bits, shown) - first_taken),
                     (uint32_t)(value - first));
}

static void distances_stay_over_every_end(void **state)
{
    (void)state;
    for (unsigned bits = 12; bits <= 16; bits += 4) {
        const uint32_t end = UINT32_C(1) << bits, first = end - 5;
        ln_counter counter = {0};
        const uint32_t taken = ln_counter_take(&counter, bits, first);
        for (uint32_t round = 1; round < 4; round++) {
            check(&counter, bits, first, taken, round * end - 1);
            check(&counter, bits, first, taken, round * end);
            check(&counter, bits, first, taken, round * end - 3); /* late */
            check(&counter, bits, first, taken, round * end + 30);
            check(&counter, bits, first, taken, round * end + 30); /* twice */
            check(&counter, bits, first, taken, round * end + end / 2 + 29);
        }
    }
}

static void the_first_has_room_below(void **state)
{
    ln_counter counter = {0};
    (void)state;
    const uint32_t taken = ln_counter_take(&counter, 12, 2);
    assert_true(taken > 4096);
    assert_int_equal(ln_counter_take(&counter, 12, 4090), taken - 8);
    assert_int_equal(ln_counter_take(&counter, 12, 3), taken + 1);
}

static void one_of_32_bits_stays(void **state)
{
    ln_counter counter = {0};
    (void)state;
    assert_int_equal(ln_counter_take(&counter, 32, UINT32_MAX), UINT32_MAX);
    assert_int_equal(ln_counter_take(&counter, 32, 0), 0);
    assert_int_equal(ln_counter_take(&counter, 32, 70000), 70000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_stay_over_every_end),
        cmocka_unit_test(the_first_has_room_below),
        cmocka_unit_test(one_of_32_bits_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
