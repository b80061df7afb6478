/* The ledger against a plain list of all frames, in every window that slides over them. */
#include <limitnet/link.h>

#include "link/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MOST 20000

typedef struct frame {
    uint64_t begin, end; /* microseconds */
} frame;

/* The most that is on air in any window. It is reached in one that ends with some frame. */
static uint64_t busiest(const frame *frames, size_t count, uint64_t window)
{
    uint64_t most = 0, sum = 0;
    for (size_t i = 0, oldest = 0; i < count; i++) {
        sum += frames[i].end - frames[i].begin;
        uint64_t from = frames[i].end > window ? frames[i].end - window : 0;
        for (; frames[oldest].end <= from; oldest++)
            sum -= frames[oldest].end - frames[oldest].begin;
        uint64_t before = frames[oldest].begin < from ? from - frames[oldest].begin : 0;
        most = sum - before > most ? sum - before : most;
    }
    return most;
}

/* Sends frames of random airtime as soon as the ledger lets it, with idle times now and then. Returns their
 * number. */
static size_t send(ln_ledger *ledger, frame *frames, uint64_t seed, uint32_t start_ms, uint32_t longest_us,
                   uint32_t idle_ms, uint64_t until_us)
{
    size_t count = 0;
    uint64_t now = 0; /* microseconds since start_ms */
    while (now < until_us && count < MOST) {
        uint32_t clock = start_ms + (uint32_t)((now + 999) / 1000);
        now = (now + 999) / 1000 * 1000;
        uint32_t airtime = 1 + (uint32_t)(ln_random(&seed) % longest_us);
        uint32_t wait = ln_ledger_wait(ledger, clock, airtime);
        assert_true(wait != LN_NEVER);
        if (wait > 0) {
            now += 1000 * (uint64_t)wait;
            continue;
        }
        ln_ledger_charge(ledger, clock, airtime);
        frames[count++] = (frame){now, now + airtime};
        now += airtime;
        if (idle_ms > 0 && ln_random(&seed) % 8 == 0)
            now += 1000 * (ln_random(&seed) % idle_ms);
    }
    return count;
}

static void no_window_holds_more_than_the_limit_and_little_is_wasted(void **state)
{
    (void)state;
    static frame frames[MOST];
    static const struct {
        uint32_t window_ms, limit_us, longest_us, idle_ms;
    } cases[] = {
        {3600000, 36000000, 400000, 0},       /* EU868, SF7 */
        {3600000, 36000000, 2800000, 600000}, /* EU868, SF12, now and then silent */
        {3600000, 3600000, 1500000, 0},       /* a band of 0.1 % */
        {86400000, 30000000, 700000, 0},      /* fair use */
        {60000, 600000, 20000, 10000},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (uint64_t seed = 1; seed <= 5; seed++) {
            ln_ledger ledger;
            uint32_t start = UINT32_MAX - 3 * cases[c].window_ms / 2; /* the clock wraps round */
            uint64_t window = 1000 * (uint64_t)cases[c].window_ms, whole = 12 * window;
            assert_int_equal(ln_ledger_init(&ledger, cases[c].window_ms, cases[c].limit_us, start), LN_OK);
            size_t count = send(&ledger, frames, seed, start, cases[c].longest_us, cases[c].idle_ms, whole);
            assert_true(busiest(frames, count, window) <= cases[c].limit_us);
            uint64_t sent = 0;
            for (size_t i = 0; i < count; i++)
                sent += frames[i].end - frames[i].begin;
            if (cases[c].idle_ms == 0)
                assert_true(sent > (12 * (uint64_t)cases[c].limit_us - 12 * (uint64_t)cases[c].longest_us) *
                                       95 / 100);
        }
}

static void waiting_as_long_as_it_says_is_enough_and_no_less_is(void **state)
{
    (void)state;
    ln_ledger ledger;
    ln_ledger_init(&ledger, 3600000, 1000000, 5000);
    assert_int_equal(ln_ledger_wait(&ledger, 5000, 1000000), 0);
    assert_int_equal(ln_ledger_wait(&ledger, 5000, 1000001), LN_NEVER);
    ln_ledger_charge(&ledger, 5000, 600000);
    assert_int_equal(ln_ledger_left(&ledger, 6000), 400000);
    assert_int_equal(ln_ledger_wait(&ledger, 6000, 400000), 0);
    uint32_t wait = ln_ledger_wait(&ledger, 6000, 400001);
    assert_in_range(wait, 3600000 - 1000, 3600000 + 60000);
    assert_true(ln_ledger_wait(&ledger, 6000 + wait - 1, 400001) > 0);
    assert_int_equal(ln_ledger_wait(&ledger, 6000 + wait, 400001), 0);
    assert_int_equal(ln_ledger_left(&ledger, 6000 + wait), 1000000);
}

static void a_clock_that_goes_back_frees_nothing(void **state)
{
    (void)state;
    ln_ledger ledger;
    ln_ledger_init(&ledger, 60000, 1000, 100000);
    ln_ledger_charge(&ledger, 100000, 1000);
    assert_int_equal(ln_ledger_left(&ledger, 30000), 0);
    assert_true(ln_ledger_wait(&ledger, 30000, 1) >= 60000);
    ln_ledger_charge(&ledger, 30000, 500);               /* what was sent counts, allowed or not */
    assert_int_equal(ln_ledger_left(&ledger, 89000), 0); /* no time had passed at 30000 */
    assert_int_equal(ln_ledger_left(&ledger, 100000), 1000);
}

static void it_forgets_after_a_long_sleep(void **state)
{
    (void)state;
    ln_ledger ledger;
    ln_ledger_init(&ledger, 60000, 1000, 0);
    ln_ledger_charge(&ledger, 0, 1000);
    assert_int_equal(ln_ledger_left(&ledger, 20u * 86400000u), 1000);
}

static void wrong_use_is_refused(void **state)
{
    (void)state;
    ln_ledger ledger;
    assert_int_equal(ln_ledger_init(NULL, 60000, 1, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_ledger_init(&ledger, 59999, 1, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_ledger_init(&ledger, 604800001, 1, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_ledger_init(&ledger, 60000, 4000000001u, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_ledger_left(&ledger, 0), 0); /* empty after an error: nothing is allowed */
    assert_int_equal(ln_ledger_wait(&ledger, 0, 1), LN_NEVER);
    ln_ledger_charge(&ledger, 0, 1);
    assert_int_equal(ln_ledger_wait(NULL, 0, 1), LN_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_window_holds_more_than_the_limit_and_little_is_wasted),
        cmocka_unit_test(waiting_as_long_as_it_says_is_enough_and_no_less_is),
        cmocka_unit_test(a_clock_that_goes_back_frees_nothing),
        cmocka_unit_test(it_forgets_after_a_long_sleep),
        cmocka_unit_test(wrong_use_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
