/* Airtime and payloads against values that others published. */
#include <limitnet/link.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A LoRa frame of so many bytes, without a network around it. */
static uint32_t lora(unsigned sf, unsigned khz, unsigned coding_rate, size_t bytes)
{
    const ln_data_rate rate = {LN_LORA, (uint8_t)sf, (uint8_t)coding_rate, 0, (uint16_t)khz, 255, 255, 0};
    return ln_airtime(&rate, bytes);
}

typedef struct frame {
    unsigned sf, khz, coding_rate;
    size_t bytes;
    uint32_t microseconds;
} frame;

static void lora_frames_take_what_others_say(void **state)
{
    (void)state;
    static const frame published[] = {
        /* The Things Stack, pkg/toa */
        {7, 125, 5, 10, 41216},
        {8, 125, 5, 10, 72192},
        {9, 125, 5, 10, 144384},
        {10, 125, 5, 10, 288768},
        {11, 125, 5, 10, 577536},
        {12, 125, 5, 10, 991232},
        {7, 250, 5, 10, 20608},
        {7, 500, 5, 10, 10304},
        {7, 125, 6, 10, 45312},
        {7, 125, 7, 10, 49408},
        {7, 125, 8, 10, 53504},
        {7, 125, 5, 13, 46336},
        {7, 125, 5, 15, 46336},
        {7, 125, 5, 16, 51456},
        {7, 125, 5, 19, 51456},
        /* avbentem/airtime-calculator */
        {7, 125, 5, 25, 61696},
        {8, 125, 5, 14, 82432},
        {8, 125, 5, 15, 92672},
        {8, 125, 5, 25, 113152},
        {11, 125, 5, 16, 659456},
        {11, 125, 5, 25, 823296},
        /* micropython-lib, from Semtech's calculator for the SX1261 */
        {12, 500, 5, 1, 206848},
        {8, 125, 6, 253, 827904},
        /* Semtech's spreadsheet */
        {9, 125, 5, 13, 164864},
        {7, 125, 5, 37, 82176},
        {8, 125, 5, 37, 143872},
        {9, 125, 5, 37, 267264},
        {10, 125, 5, 37, 493568},
        {11, 125, 5, 37, 1069056},
        {12, 125, 5, 37, 1974272},
    };
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        const frame *f = &published[i];
        assert_int_equal(lora(f->sf, f->khz, f->coding_rate, f->bytes), f->microseconds);
    }
}

/* Airtime at the largest payload, in milliseconds, which some round and others round up. */
static void data_rates_carry_and_take_what_the_regions_say(void **state)
{
    (void)state;
    static const struct {
        const char *network;
        unsigned number, payload, milliseconds;
    } published[] = {
        {"EU868", 0, 51, 2794}, {"EU868", 1, 51, 1561}, {"EU868", 2, 51, 698},  {"EU868", 3, 115, 677},
        {"EU868", 4, 242, 707}, {"EU868", 5, 242, 400}, {"EU868", 6, 242, 200}, {"EU868", 7, 242, 43},
        {"US915", 0, 11, 371},  {"US915", 1, 53, 390},  {"US915", 2, 125, 400}, {"US915", 3, 242, 400},
        {"US915", 4, 242, 177}, {"AU915", 2, 11, 371},  {"AS923", 5, 242, 400}, {"sigfox-eu", 0, 12, 6240},
    };
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        const ln_network *network = ln_network_find(published[i].network);
        assert_non_null(network);
        const ln_data_rate *rate = &network->rate[published[i].number];
        assert_int_equal(rate->payload, published[i].payload);
        uint32_t airtime = ln_airtime(rate, rate->payload), due = 1000 * published[i].milliseconds;
        assert_in_range(airtime, due - 999, due + 999);
    }
    const ln_data_rate *fsk = &ln_network_find("eu868")->rate[7];
    assert_int_equal(ln_airtime(fsk, 200 - 13), 33760); /* The Things Stack */
    assert_int_equal(ln_airtime(fsk, 242), 42560);
}

static void no_frame_is_longer_than_the_dwell_time(void **state)
{
    (void)state;
    for (size_t i = 0; ln_networks[i]; i++)
        for (size_t n = 0; n < ln_networks[i]->data_rates; n++) {
            const ln_data_rate *rate = &ln_networks[i]->rate[n];
            assert_true(rate->payload_relayed <= rate->payload);
            if (ln_networks[i]->dwell > 0 && rate->modulation != LN_SIGFOX)
                assert_true(ln_airtime(rate, rate->payload) <= 1000u * ln_networks[i]->dwell);
        }
}

static void wrong_rates_take_no_time(void **state)
{
    (void)state;
    assert_int_equal(ln_airtime(NULL, 10), 0);
    assert_int_equal(lora(4, 125, 5, 10), 0);
    assert_int_equal(lora(13, 125, 5, 10), 0);
    assert_int_equal(lora(7, 0, 5, 10), 0);
    assert_int_equal(lora(7, 125, 4, 10), 0);
    assert_int_equal(lora(7, 125, 9, 10), 0);
    assert_int_equal(lora(7, 125, 5, 70000), 0);
    assert_int_equal(ln_airtime(&(ln_data_rate){LN_FSK, 0, 0, 0, 0, 1, 1, 0}, 10), 0);
    assert_int_equal(ln_airtime(&(ln_data_rate){9, 0, 0, 0, 0, 1, 1, 9}, 10), 0);
    assert_null(ln_network_find("eu86"));
    assert_null(ln_network_find("eu8680"));
    assert_null(ln_network_find(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lora_frames_take_what_others_say),
        cmocka_unit_test(data_rates_carry_and_take_what_the_regions_say),
        cmocka_unit_test(no_frame_is_longer_than_the_dwell_time),
        cmocka_unit_test(wrong_rates_take_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
