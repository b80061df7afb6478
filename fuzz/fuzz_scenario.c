/* Any bytes as a scenario of limitnet sim, with a trace of packets behind a line "%%". What is accepted is
 * within what docs/SIM.md says; what is refused leaves nothing. */
#include "fuzz_error.h"

#include "sim/scenario.h"

#include <stdlib.h>
#include <string.h>

#define MILLION 1000000u
#define DAY UINT64_C(86400000)

static void check_times(const ln_scenario *s)
{
    REQUIRE(s->duration >= 1000 && s->duration <= 366 * DAY && s->interval >= 100 && s->interval <= 20 * DAY);
    REQUIRE(s->deadline >= 100 && s->deadline <= 20 * DAY && s->deadline / s->interval <= 1000);
    REQUIRE(s->times >= 1 && s->times <= LN_SIM_TIMES + 1 && s->time[s->times - 1] == s->deadline);
    for (size_t i = 1; i < s->times; i++)
        REQUIRE(s->time[i - 1] < s->time[i]);
}

static void check_network(const ln_scenario *s)
{
    REQUIRE(s->turns >= 1 && s->turns <= LN_SIM_TURNS && s->band < s->network.bands);
    for (size_t i = 0; i < s->turns; i++) {
        REQUIRE(s->turn[i] < s->network.data_rates && s->network.rate[s->turn[i]].payload > 0);
        REQUIRE(s->gamma || ln_airtime(&s->network.rate[s->turn[i]], LN_MIN_PAYLOAD) > 0);
    }
    REQUIRE(s->repeats >= 1 && s->repeats <= 15 && s->loss <= MILLION && s->commands <= MILLION);
    REQUIRE(s->burst_length <= DAY && !(s->burst_length && (s->trace || s->burst_name)));
    REQUIRE((s->trace == NULL) == (s->arrivals == 0));
    for (size_t i = 0; i < s->arrivals; i++)
        REQUIRE(s->arrives[i] <= 1);
}

static void check_cameras(const ln_scenario *s)
{
    REQUIRE(s->folder && s->count >= 1 && s->count <= 10000 && s->kept >= 1 && s->kept <= LN_SENDER_PICTURES);
    REQUIRE(s->queue <= LN_QUEUE_PRIORITY && s->urgent <= MILLION && s->expected_loss <= MILLION * 230 / 256);
    REQUIRE(s->airtime_us > 0 && s->spacing <= DAY / 24 && s->alarms <= LN_SIM_CLASSES && s->channels <= 64);
    REQUIRE(ln_scenario_is_eager(s) || s->alarms == 0);
}

/* With another codec, all packets of a picture have the same payload. */
static void check_codec(const ln_scenario *s)
{
    REQUIRE(s->order <= LN_ORDER_INDEX && s->retransmission <= 1);
    if (ln_scenario_has_peer(s))
        REQUIRE(s->turns == 1 && s->commands == 0 && s->order == LN_ORDER_IMPORTANCE && !s->model);
    else
        REQUIRE(!s->retransmission);
    for (size_t i = 0; i < s->turns; i++)
        REQUIRE(ln_scenario_payload(s, i) > 0 && ln_scenario_payload(s, i) <= LN_MAX_PAYLOAD);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ln_scenario empty;
    fuzz_part rest = {data, size};
    const fuzz_part scenario = fuzz_take(&rest);
    fuzz_write("trace.csv", rest.bytes, rest.size);
    setenv("FOLDER", "photos", 1);
    ln_scenario s;
    ln_error error = FUZZ_UNTOUCHED;
    ln_status status =
        ln_scenario_read(&s, fuzz_write("scenario.conf", scenario.bytes, scenario.size), &error);
    fuzz_check_error(status, &error);
    if (status != LN_OK) {
        REQUIRE(memcmp(&s, &empty, sizeof s) == 0);
        return 0;
    }
    check_times(&s);
    check_network(&s);
    check_cameras(&s);
    check_codec(&s);
    ln_scenario_free(&s);
    return 0;
}
