/* Links in bursts, against the statistics that they are made of. */
#include <limitnet/link.h>

#include "link/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PACKETS 200000

static const ln_burst_link *measured(const char *name)
{
    const ln_burst_link *link = ln_burst_links;
    while (link->name && strcmp(link->name, name) != 0)
        link++;
    assert_non_null(link->name);
    return link;
}

static void links_lose_what_was_measured_in_bursts_as_long(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double loss, burst;
    } published[] = {{"eynard-indoor", .317, 1.7},
                     {"eynard-indoor-single", .397, 1.85},
                     {"eynard-indoor-later", .463, 2.2},
                     {"eynard-indoor-weak", .711, 5.0},
                     {"mobile", .124, 3.2},
                     {"building", .518, 8.0}};
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        const ln_burst_link *link = measured(published[i].name);
        ln_burst burst;
        unsigned lost = 0, bursts = 0;
        int before = 0;
        assert_int_equal(ln_burst_init(&burst, link, 3 + i, 0), LN_OK);
        for (uint32_t n = 0; n < PACKETS; n++) {
            int now = ln_burst_next(&burst, n);
            lost += (unsigned)now;
            bursts += (unsigned)(now && !before);
            before = now;
        }
        assert_true(fabs((double)lost / PACKETS - published[i].loss) < .015);
        assert_true(fabs((double)lost / bursts - published[i].burst) < .1 * published[i].burst);
        assert_true(fabs(ln_burst_loss(link) / 1e6 - published[i].loss) < .01);
    }
}

/* Share lost in each of many runs of 24 packets: spells spread it; the mean falls a little. */
static void spells(uint32_t spell_ms, uint32_t swing, double *mean, double *deviation)
{
    const ln_burst_link link = {"", 200000, 400000, spell_ms, swing};
    ln_burst burst;
    double sum = 0, squares = 0;
    unsigned runs = 4000;
    uint32_t now = UINT32_MAX - 1000000;
    assert_int_equal(ln_burst_init(&burst, &link, 5, now), LN_OK);
    for (unsigned run = 0; run < runs; run++) {
        unsigned lost = 0;
        for (unsigned n = 0; n < 24; n++, now += 60000)
            lost += (unsigned)ln_burst_next(&burst, now);
        sum += lost / 24.0;
        squares += lost / 24.0 * (lost / 24.0);
    }
    *mean = sum / runs;
    *deviation = sqrt(squares / runs - *mean * *mean);
}

static void spells_spread_losses(void **state)
{
    (void)state;
    double plain, plain_deviation, mean, deviation;
    spells(0, 0, &plain, &plain_deviation);
    spells(6 * 3600000, 800000, &mean, &deviation);
    assert_true(fabs(plain - .25) < .01 && mean < plain && mean > plain - .05);
    assert_true(deviation > 1.25 * plain_deviation);
}

static void the_same_seed_is_the_same_link(void **state)
{
    (void)state;
    const ln_burst_link link = {"", 200000, 400000, 3600000, 500000};
    ln_burst a, b;
    ln_burst_init(&a, &link, 9, 0);
    ln_burst_init(&b, &link, 9, 0);
    for (uint32_t n = 0; n < 1000; n++)
        assert_int_equal(ln_burst_next(&a, n * 50000), ln_burst_next(&b, n * 50000));
}

static void exponential_numbers_have_their_distribution(void **state)
{
    (void)state;
    uint64_t seed = 1;
    double sum = 0;
    unsigned above = 0, far = 0;
    for (unsigned n = 0; n < PACKETS; n++) {
        uint32_t x = ln_random_exponential(&seed, 10000);
        sum += x;
        above += x > 10000;
        far += x > 30000;
    }
    assert_true(fabs(sum / PACKETS / 10000 - 1) < .01);
    assert_true(fabs((double)above / PACKETS - exp(-1)) < .005 &&
                fabs((double)far / PACKETS - exp(-3)) < .003);
    assert_int_equal(ln_random_exponential(&seed, 0), 0);
}

static void bandwidth_has_a_gamma_distribution_of_shape_2(void **state)
{
    (void)state;
    uint64_t seed = 1;
    double sum = 0;
    unsigned above = 0;
    for (unsigned n = 0; n < PACKETS; n++) {
        uint32_t x = ln_gamma_bandwidth(&seed, 1000);
        sum += x;
        above += x > 2000;
    }
    assert_true(fabs(sum / PACKETS / 1000 - 1) < .01);
    assert_true(fabs((double)above / PACKETS - 5 * exp(-4)) < .004); /* (1 + t) e^-t at t = 4 */
}

static void wrong_use_is_refused(void **state)
{
    (void)state;
    ln_burst burst;
    assert_int_equal(ln_burst_init(NULL, ln_burst_links, 0, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_burst_init(&burst, NULL, 0, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_burst_init(&burst, &(ln_burst_link){"", 1000001, 0, 0, 0}, 0, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_burst_init(&burst, &(ln_burst_link){"", 0, 1000001, 0, 0}, 0, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_burst_init(&burst, &(ln_burst_link){"", 0, 0, 0, 1000001}, 0, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_burst_next(NULL, 0), 0);
    assert_int_equal(ln_burst_loss(NULL), 0);
    assert_int_equal(ln_burst_loss(&(ln_burst_link){"", 1, 1000000, 0, 0}), 1000000);
    assert_int_equal(ln_gamma_bandwidth(NULL, 5), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_lose_what_was_measured_in_bursts_as_long),
        cmocka_unit_test(spells_spread_losses),
        cmocka_unit_test(the_same_seed_is_the_same_link),
        cmocka_unit_test(exponential_numbers_have_their_distribution),
        cmocka_unit_test(bandwidth_has_a_gamma_distribution_of_shape_2),
        cmocka_unit_test(wrong_use_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
