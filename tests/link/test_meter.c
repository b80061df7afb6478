/* The loss that a receiver sees, against a list of all frames. */
#include <limitnet/link.h>

#include "link/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define FRAMES 3000

static void it_counts_what_did_not_come(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        uint64_t random = seed;
        uint32_t first =
            seed % 3 == 0 ? UINT32_MAX - 100 : (uint32_t)ln_random(&random); /* it may wrap round */
        uint32_t loss = (uint32_t)(ln_random(&random) % 900000);
        static uint8_t came[FRAMES];
        ln_loss_meter meter = {0};
        uint32_t newest = 0, oldest = FRAMES;
        memset(came, 0, sizeof came);
        for (uint32_t n = 0; n < FRAMES; n++) {
            if (ln_random_happens(&random, loss))
                continue;
            /* Now and then a frame comes late, or again. */
            uint32_t late =
                n > 20 && ln_random(&random) % 5 == 0 ? n - (uint32_t)(ln_random(&random) % 20) : n;
            for (int twice = 0; twice < 2; twice++) {
                uint32_t frame = twice ? n : late;
                came[frame] = 1;
                oldest = frame < oldest ? frame : oldest;
                newest = frame > newest ? frame : newest;
                ln_loss_meter_add(&meter, first + frame);
            }
            uint32_t from = newest + 1 > LN_METER_FRAMES ? newest + 1 - LN_METER_FRAMES : 0;
            from = from > oldest ? from : oldest;
            unsigned lost = 0;
            for (uint32_t i = from; i <= newest; i++)
                lost += !came[i];
            assert_int_equal(ln_loss_meter_loss(&meter), 256 * lost / (newest + 1 - from));
            assert_int_equal(ln_loss_meter_frames(&meter), newest + 1 - from);
        }
    }
}

static void a_gap_is_loss_and_a_lower_counter_a_new_beginning(void **state)
{
    (void)state;
    ln_loss_meter meter = {0};
    assert_int_equal(ln_loss_meter_loss(&meter), 0);
    assert_int_equal(ln_loss_meter_frames(&meter), 0);
    ln_loss_meter_add(&meter, 5);
    assert_int_equal(ln_loss_meter_loss(&meter), 0);
    ln_loss_meter_add(&meter, 8);
    assert_int_equal(ln_loss_meter_loss(&meter), 128);
    ln_loss_meter_add(&meter, 1000000);
    assert_int_equal(ln_loss_meter_loss(&meter), 252);
    ln_loss_meter_add(&meter, 0);
    assert_int_equal(ln_loss_meter_loss(&meter), 0);
    ln_loss_meter_add(&meter, 1);
    assert_int_equal(ln_loss_meter_loss(&meter), 0);
    ln_loss_meter_add(NULL, 1);
    assert_int_equal(ln_loss_meter_loss(NULL), 0);
    assert_int_equal(ln_loss_meter_frames(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_counts_what_did_not_come),
        cmocka_unit_test(a_gap_is_loss_and_a_lower_counter_a_new_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
