#include <limitnet/link.h>

#include "link/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void random_numbers_are_those_of_splitmix64(void **state)
{
    (void)state;
    static const uint64_t published[] = {
        UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),  UINT64_C(9817491932198370423),
        UINT64_C(4593380528125082431), UINT64_C(16408922859458223821),
    };
    uint64_t seed = 1234567;
    for (size_t i = 0; i < sizeof published / sizeof *published; i++)
        assert_true(ln_random(&seed) == published[i]);
}

static void loses_the_share_that_was_asked_for(void **state)
{
    (void)state;
    static const uint32_t shares[] = {0, 1000, 100000, 300000, 700000, 1000000};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        ln_loss channel;
        uint32_t lost = 0, packets = 100000;
        assert_int_equal(ln_loss_init(&channel, shares[i], 42), LN_OK);
        for (uint32_t n = 0; n < packets; n++)
            lost += (uint32_t)ln_loss_next(&channel);
        /* Five standard deviations of 100,000 throws are at most 0.8 %. */
        assert_in_range(lost + 800, shares[i] / 10, shares[i] / 10 + 1600);
        if (shares[i] == 0 || shares[i] == 1000000)
            assert_int_equal(lost, shares[i] / 10);
    }
}

static void a_worse_link_loses_the_same_packets_and_more(void **state)
{
    (void)state;
    ln_loss good, bad;
    int more = 0;
    ln_loss_init(&good, 200000, 7);
    ln_loss_init(&bad, 500000, 7);
    for (int i = 0; i < 1000; i++) {
        int lost = ln_loss_next(&good), lost_too = ln_loss_next(&bad);
        assert_true(lost_too || !lost);
        more += lost_too - lost;
    }
    assert_true(more > 0);
}

static void wrong_use_is_refused(void **state)
{
    (void)state;
    ln_loss channel;
    assert_int_equal(ln_loss_init(&channel, 1000001, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_loss_init(NULL, 0, 0), LN_ERR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_numbers_are_those_of_splitmix64),
        cmocka_unit_test(loses_the_share_that_was_asked_for),
        cmocka_unit_test(a_worse_link_loses_the_same_packets_and_more),
        cmocka_unit_test(wrong_use_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
