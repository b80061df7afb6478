#include "sim/scenario_check.h"

#include "cloud/error.h"
#include "sim/trace.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_TIMES 24
#define MOST_OPEN 1000 /* pictures of a camera whose deadline is ahead */
#define MOST_PICTURES 10000000u
#define DAY UINT64_C(86400000)
#define MILLION 1000000u
#define MOST_LOSS (MILLION * 230 / 256) /* that a sender expects */

static ln_status fail(const ln_reading *r, const char *section, const char *name, const char *what)
{
    return ln_fail(r->error, LN_ERR_IO, "%s:%zu: %s: %s", r->path, ln_keys_line(&r->keys, section, name),
                   name, what);
}

/* ---- What goes together ---------------------------------------------------------------------- */

static ln_status check_given(const ln_reading *r)
{
    static const char *const needed[][2] = {
        {"scenario", "duration"}, {"pictures", "folder"}, {"camera", "interval"}, {"network", "name"}};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!ln_keys_given(&r->keys, needed[i][0], needed[i][1]))
            return ln_fail(r->error, LN_ERR_IO, "%s: [%s] needs a '%s'", r->path, needed[i][0], needed[i][1]);
    return r->scenario->folder ? LN_OK : fail(r, "pictures", "folder", "is empty");
}

/* Settings that mean nothing without another one. */
static ln_status check_pairs(const ln_reading *r)
{
    static const char *const pairs[][3] = {
        {"link", "spells", "burst"},        {"link", "swing", "spells"},      {"link", "spells", "swing"},
        {"gateway", "capture", "channels"}, {"gateway", "spread", "capture"}, {"alarm", "score", "classes"},
        {"link", "burst length", "loss"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char what[64];
        snprintf(what, sizeof what, "means nothing without '%s'", pairs[i][2]);
        if (ln_keys_given(&r->keys, pairs[i][0], pairs[i][1]) &&
            !ln_keys_given(&r->keys, pairs[i][0], pairs[i][2]))
            return fail(r, pairs[i][0], pairs[i][1], what);
    }
    int answers =
        ln_keys_given(&r->keys, "feedback", "stop") || ln_keys_given(&r->keys, "feedback", "hints a day");
    const char *idle = ln_keys_given(&r->keys, "feedback", "loss") ? "loss" : "expiry";
    if (!answers && ln_keys_given(&r->keys, "feedback", idle))
        return fail(r, "feedback", idle, "means nothing without 'stop' or 'hints a day'");
    return LN_OK;
}

/* ---- Codec ----------------------------------------------------------------------------------- */

/* A peer has neither our sender nor our model, and its packets are made for one payload. */
static ln_status check_peer(const ln_reading *r)
{
    static const char *const ours[] = {"model",      "order",         "queue",
                                       "protection", "expected loss", "pictures kept"};
    static const char size[] = "changes the payload inside a picture, and only limitnet's packets can follow";
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (ln_keys_given(&r->keys, "camera", ours[i]))
            return fail(r, "camera", ours[i], "means something for the codec limitnet only: leave it out");
    if (r->scenario->turns > 1)
        return fail(r, "network", "data rate", size);
    return r->scenario->commands ? fail(r, "network", "mac commands", size) : LN_OK;
}

static ln_status check_codec(const ln_reading *r)
{
    if (ln_scenario_has_peer(r->scenario))
        return check_peer(r);
    return r->scenario->retransmission
               ? fail(r, "camera", "retransmission", "the codec limitnet sends no packet again: leave it out")
               : LN_OK;
}

/* ---- Times ----------------------------------------------------------------------------------- */

static ln_status check_times(const ln_reading *r)
{
    ln_scenario *s = r->scenario;
    if (s->deadline == 0)
        s->deadline = s->interval;
    if (s->deadline / s->interval > MOST_OPEN)
        return fail(r, "camera", "deadline", "is more than 1000 times the interval: shorten it");
    if (s->duration / s->interval * s->count > MOST_PICTURES)
        return fail(r, "scenario", "duration", "gives more than ten million pictures: shorten it");
    for (size_t i = 0; i < s->times; i++)
        if (s->time[i] > s->deadline || (i > 0 && s->time[i] <= s->time[i - 1]))
            return fail(r, "scenario", "times", "must rise, up to the deadline");
    for (size_t i = 1; !ln_keys_given(&r->keys, "scenario", "times") && i <= DEFAULT_TIMES; i++)
        s->time[s->times++] = s->deadline * i / DEFAULT_TIMES;
    if (s->time[s->times - 1] != s->deadline)
        s->time[s->times++] = s->deadline;
    return LN_OK;
}

/* ---- Network --------------------------------------------------------------------------------- */

static ln_status find_network(const ln_reading *r)
{
    ln_scenario *s = r->scenario;
    const ln_network *found = ln_network_find(s->network_name);
    int own = s->network_name && strcmp(s->network_name, "stream") == 0;
    if (!own && !found)
        return fail(r, "network", "name",
                    "give eu868, us915, as923, au915, sigfox-eu, sigfox-us, nb-iot, satellite or stream");
    if (own != ln_keys_given(&r->keys, "network", "payload") ||
        own != ln_keys_given(&r->keys, "network", "rate"))
        return fail(r, "network", "name",
                    "stream needs 'payload' and 'rate', and other networks have their own");
    if (found) {
        s->network = *found;
        return LN_OK;
    }
    s->network = (ln_network){.name = "stream", .data_rates = 1, .bands = 1};
    s->network.rate[0] = (ln_data_rate){.modulation = LN_STREAM,
                                        .payload = (uint16_t)s->payload,
                                        .payload_relayed = (uint16_t)s->payload,
                                        .bits_per_second = (uint32_t)s->bits_per_second};
    s->network.band[0] = (ln_band){0, UINT32_MAX, LN_WHOLE_SHARE};
    return LN_OK;
}

static ln_status check_rates(const ln_reading *r)
{
    ln_scenario *s = r->scenario;
    if (s->turns == 0 && s->network.data_rates > 1)
        return fail(r, "network", "name", "has several data rates: give 'data rate', such as 5");
    if (s->turns == 0)
        s->turns = 1;
    for (size_t i = 0; i < s->turns; i++) {
        uint64_t n = s->turn[i];
        if (n >= s->network.data_rates || s->network.rate[n].payload == 0)
            return fail(r, "network", "data rate", "the network has no such data rate for uplinks");
        if (s->gamma && s->network.rate[n].modulation != LN_STREAM)
            return fail(r, "link", "gamma", "needs the network nb-iot, satellite or stream");
    }
    return LN_OK;
}

static int is_in(const ln_band *band, uint64_t khz)
{
    return khz >= band->low && khz <= band->high;
}

/* Without a frequency, that of LoRaWAN's first channel in Europe, or the first band. */
static ln_status find_band(const ln_reading *r)
{
    ln_scenario *s = r->scenario;
    uint64_t khz = s->band_khz ? s->band_khz : 868100;
    for (s->band = 0; s->band < s->network.bands; s->band++)
        if (is_in(&s->network.band[s->band], khz))
            return LN_OK;
    s->band = 0;
    return s->band_khz ? fail(r, "network", "band", "the network has no band at this frequency") : LN_OK;
}

/* What a picture may take, so that the next one finds as much: the part of each budget that is free in an
 * interval, but at least a frame. */
static uint64_t fair_airtime(const ln_scenario *s)
{
    uint64_t frame = 0, share = s->network.band[s->band].share, fair = UINT32_MAX, part;
    for (size_t i = 0; i < s->turns; i++) {
        const ln_data_rate *rate = &s->network.rate[s->turn[i]];
        uint64_t one = ln_airtime(rate, ln_scenario_payload(s, i)) * s->repeats;
        frame = one > frame ? one : frame;
    }
    if (share < LN_WHOLE_SHARE && (part = share * s->interval / 10) < fair)
        fair = part;
    if (s->daily_airtime && (part = s->daily_airtime * s->interval / (DAY / 1000)) < fair)
        fair = part;
    if (s->network.messages && (part = s->network.messages * s->interval / DAY * frame) < fair)
        fair = part;
    return fair > frame ? fair : frame;
}

static ln_status check_airtime(const ln_reading *r)
{
    ln_scenario *s = r->scenario;
    s->airtime_us = s->airtime == LN_SIM_NONE   ? UINT32_MAX
                    : s->airtime == LN_SIM_AUTO ? (uint32_t)fair_airtime(s)
                                                : (uint32_t)(s->airtime * 1000);
    return LN_OK;
}

/* ---- Link ------------------------------------------------------------------------------------ */

static ln_status find_burst(const ln_reading *r)
{
    ln_scenario *s = r->scenario;
    const ln_burst_link *link = ln_burst_links;
    while (link->name && strcmp(link->name, s->burst_name) != 0)
        link++;
    s->burst = *link;
    s->burst.spell_ms = (uint32_t)s->spells;
    s->burst.swing = (uint32_t)s->swing;
    return link->name
               ? LN_OK
               : fail(r, "link", "burst",
                      "give eynard-indoor, eynard-indoor-single, eynard-indoor-later, eynard-indoor-weak, "
                      "mobile or building");
}

static ln_status check_link(const ln_reading *r)
{
    ln_scenario *s = r->scenario;
    if (ln_keys_given(&r->keys, "link", "loss") + (s->burst_name != NULL) + (s->trace != NULL) > 1)
        return fail(r, "link", s->trace ? "trace" : "burst", "give only one of loss, burst and trace");
    ln_status status = LN_OK;
    if (s->burst_name)
        status = find_burst(r);
    else if (s->trace)
        status = ln_trace_read(s, r->error);
    if (status != LN_OK)
        return status;
    uint64_t mean = s->burst_name ? ln_burst_loss(&s->burst) : s->trace ? ln_trace_loss(s) : s->loss;
    if (s->expected_loss == LN_SIM_UNSET)
        s->expected_loss = mean;
    if (s->expected_loss > MOST_LOSS)
        s->expected_loss = MOST_LOSS;
    return LN_OK;
}

ln_status ln_scenario_check(ln_reading *r)
{
    static ln_status (*const checks[])(const ln_reading *) = {check_given, check_pairs,   check_codec,
                                                              check_times, find_network,  check_rates,
                                                              find_band,   check_airtime, check_link};
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        ln_status status = checks[i](r);
        if (status != LN_OK)
            return status;
    }
    return LN_OK;
}
