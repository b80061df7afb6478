/* Random scenarios, until twenty have run: each is refused with one line, or runs to its end with totals that
 * add up and budgets that hold. */
#include "sim/support_sim.h"

#include "link/random.h"

#define RUNS 20

static uint64_t state_of_dice;

static unsigned dice(unsigned sides)
{
    return (unsigned)(ln_random(&state_of_dice) % sides);
}

static const char *pick(const char *const *words, size_t count)
{
    return words[dice((unsigned)count)];
}

#define PICK(...)                                                                                            \
    pick((const char *const[]){__VA_ARGS__}, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *))

/* A line of each list, or an empty line. */
static void random_camera(char *text, size_t room)
{
    snprintf(text, room, "count = %u\ninterval = %u %s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n", 1 + dice(5),
             1 + dice(40), PICK("s", "s", "min", "min"), PICK("", "trigger = motion"),
             PICK("", "deadline = 2 min", "deadline = 3 s"),
             PICK("", "queue = fair", "queue = priority\nurgent = 0.3"),
             PICK("", "protection = none", "protection = 30", "protection = 80"),
             PICK("", "airtime a picture = all", "airtime a picture = 1 s", "airtime a picture = 1 ms",
                  "spacing = 7 s"),
             PICK("", "pictures kept = 1", "pictures kept = 8", "expected loss = 1"),
             PICK("", "order = index"));
}

static void random_rest(char *text, size_t room)
{
    snprintf(
        text, room,
        "[scenario]\nduration = %u min\nseed = %u\n[network]\n%s\n%s\n%s\n[link]\n%s\n[gateway]\n%s\n%s\n"
        "[feedback]\n%s\n%s\n[alarm]\n%s\n",
        1 + dice(20), dice(1000),
        PICK("name = eu868\ndata rate = 5", "name = eu868\ndata rate = 0",
             "name = eu868\ndata rate = 7, 2, 6", "name = us915\ndata rate = 0",
             "name = as923\ndata rate = 2, 5", "name = sigfox-eu", "name = sigfox-us", "name = nb-iot",
             "name = satellite", "name = au915\ndata rate = 2",
             "name = stream\npayload = 11\nrate = 10 bit/s", "name = stream\npayload = 255\nrate = 1 kbit/s"),
        PICK("", "repeats = 3", "repeats = 15"), PICK("", "mac commands = 1", "airtime a day = 2 s"),
        PICK("", "loss = 0.5", "loss = 1", "loss = 1\nburst length = 1 min",
             "loss = 0.2\nburst length = 1 ms", "burst = building\nspells = 1 min\nswing = 1",
             "gamma = 300 bit/s"),
        PICK("", "channels = 1", "channels = 3\ncapture = 0 dB\nspread = 3 dB"), PICK("", "deaf = yes"),
        PICK("", "stop = 0", "stop = 0.4", "stop = 1"), PICK("", "hints a day = 1000", ""),
        PICK("", "classes = 0, 1\nscore = 0.3"));
}

static void assert_holds(const ln_sim *sim, const ln_scenario *s)
{
    ln_sim_totals t;
    uint64_t fates = 0, arrived = sim->frames[LN_FATE_ARRIVED];
    assert_int_equal(ln_sim_sum(sim, &t, NULL), LN_OK);
    for (size_t i = 0; i < LN_FATES; i++)
        fates += sim->frames[i];
    assert_int_equal(fates, t.frames);
    assert_true(t.arrived <= arrived && t.arrived <= t.sent && t.sent <= t.frames);
    assert_true(t.right <= t.pictures && sim->right[s->times - 1] == t.right);
    assert_int_equal(sim->refused, 0);
    assert_int_equal(sim->on_airs, 0);
    if (ln_sim_hour_limit(s))
        assert_true(t.most_hour_us <= ln_sim_hour_limit(s));
    if (ln_sim_day_limit(s))
        assert_true(t.most_day_us <= ln_sim_day_limit(s));
    for (size_t i = 0; i < sim->shots; i++) {
        const ln_sim_shot *shot = &sim->shot[i];
        assert_true(shot->closed && shot->arrived <= shot->sent && shot->next_time == s->times);
        assert_true(!shot->first_us || shot->first_us <= shot->taken_us + s->deadline * 1000);
    }
}

static void random_scenarios_run_or_are_refused(void **state)
{
    unsigned ran = 0, refused = 0;
    (void)state;
    while (ran < RUNS) {
        char camera[1024], rest[2048];
        ln_scenario scenario;
        ln_sim sim;
        ln_error error = {0};
        state_of_dice = 1 + ran + refused;
        random_camera(camera, sizeof camera);
        random_rest(rest, sizeof rest);
        if (read_scenario(&scenario, &error, camera, rest) != LN_OK) {
            assert_true(strstr(error.text, "a.conf:") && !strchr(error.text, '\n'));
            refused++;
            continue;
        }
        if (ln_sim_run(&sim, &scenario, &(ln_sim_setup){0}, &error) != LN_OK)
            fail_msg("scenario %u: %s", ran + refused, error.text);
        assert_holds(&sim, &scenario);
        end_scenario(&sim, &scenario);
        ran++;
    }
    print_message("%u ran, %u were refused\n", ran, refused);
    assert_true(refused > 0);
}

/* Bytes that are no scenario. */
static void garbage_is_refused(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 2000; n++) {
        char rest[600];
        ln_scenario scenario;
        ln_error error = {0};
        static const char letters[] = "[]=;#, \t\n0.9abs:$/{}\"\\camera interval count";
        size_t length = dice(sizeof rest - 1);
        state_of_dice = n;
        for (size_t i = 0; i < length; i++)
            rest[i] = dice(50) ? letters[dice(sizeof letters - 1)] : (char)(1 + dice(255));
        rest[length] = 0;
        assert_int_not_equal(read_scenario(&scenario, &error, "interval = 1 s", rest), LN_OK);
        assert_true(strchr(error.text, '\n') == NULL && strlen(error.text) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_scenarios_run_or_are_refused),
        cmocka_unit_test(garbage_is_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
