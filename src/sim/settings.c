#include "sim/settings.h"

#define MILLION 1000000u
#define SECOND UINT64_C(1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define AT(member) offsetof(ln_scenario, member)
#define NUMBER_OF(section, name, member, quantity, least, most)                                              \
    LN_NUMBER_KEY(section, name, ln_scenario, member, quantity, least, most)
#define LIST_OF(section, name, member, count, quantity, least, most, items)                                  \
    LN_NUMBERS_KEY(section, name, ln_scenario, member, count, quantity, least, most, items)
#define CHOICE_OF(section, name, member, words) LN_CHOICE_KEY(section, name, ln_scenario, member, words)
#define TEXT_OF(section, name, kind, member) LN_TEXT_KEY(section, name, LN_KEY_##kind, ln_scenario, member)

static const ln_key settings[] = {
    NUMBER_OF("scenario", "duration", duration, LN_TIME, SECOND, 366 * DAY),
    NUMBER_OF("scenario", "seed", seed, LN_COUNT, 0, UINT64_MAX),
    LIST_OF("scenario", "times", time, times, LN_TIME, 1, 20 * DAY, LN_SIM_TIMES),
    TEXT_OF("pictures", "folder", PATH, folder),
    TEXT_OF("pictures", "labels", PATH, labels),
    TEXT_OF("pictures", "vision", PATH, vision),
    NUMBER_OF("camera", "count", count, LN_COUNT, 1, 10000),
    TEXT_OF("camera", "codec", CODEC, codec),
    TEXT_OF("camera", "model", NAME, model),
    NUMBER_OF("camera", "interval", interval, LN_TIME, 100, 20 * DAY),
    CHOICE_OF("camera", "trigger", trigger, " timer motion"),
    NUMBER_OF("camera", "deadline", deadline, LN_TIME, 100, 20 * DAY),
    CHOICE_OF("camera", "queue", queue, " newest fair priority"),
    {"camera", "protection", LN_KEY_EITHER, AT(protection), 0, LN_COUNT, 0, LN_MOST_PROTECTION, " auto none",
     0},
    NUMBER_OF("camera", "expected loss", expected_loss, LN_PART, 0, MILLION),
    {"camera", "airtime a picture", LN_KEY_EITHER, AT(airtime), 0, LN_TIME, 1, HOUR, " fair all", 0},
    CHOICE_OF("camera", "order", order, " importance index"),
    CHOICE_OF("camera", "retransmission", retransmission, " no yes"),
    NUMBER_OF("camera", "spacing", spacing, LN_TIME, 1, HOUR),
    NUMBER_OF("camera", "pictures kept", kept, LN_COUNT, 1, LN_SENDER_PICTURES),
    NUMBER_OF("camera", "urgent", urgent, LN_PART, 0, MILLION),
    TEXT_OF("network", "name", NAME, network_name),
    LIST_OF("network", "data rate", turn, turns, LN_COUNT, 0, LN_MAX_DATA_RATES - 1, LN_SIM_TURNS),
    NUMBER_OF("network", "band", band_khz, LN_MHZ, 1, 3000000),
    NUMBER_OF("network", "repeats", repeats, LN_COUNT, 1, 15),
    NUMBER_OF("network", "airtime a day", daily_airtime, LN_TIME, 1, HOUR),
    NUMBER_OF("network", "mac commands", commands, LN_PART, 0, MILLION),
    NUMBER_OF("network", "payload", payload, LN_COUNT, LN_MIN_PAYLOAD, LN_MAX_PAYLOAD),
    NUMBER_OF("network", "rate", bits_per_second, LN_RATE, 10, 100000000),
    NUMBER_OF("link", "loss", loss, LN_PART, 0, MILLION),
    NUMBER_OF("link", "burst length", burst_length, LN_TIME, 1, DAY),
    TEXT_OF("link", "burst", NAME, burst_name),
    NUMBER_OF("link", "spells", spells, LN_TIME, 1, 20 * DAY),
    NUMBER_OF("link", "swing", swing, LN_PART, 0, MILLION),
    TEXT_OF("link", "trace", PATH, trace),
    NUMBER_OF("link", "gamma", gamma, LN_RATE, 10, 100000000),
    NUMBER_OF("gateway", "channels", channels, LN_COUNT, 1, 64),
    NUMBER_OF("gateway", "capture", capture, LN_DB, 0, 60),
    NUMBER_OF("gateway", "spread", spread, LN_DB, 0, 100),
    CHOICE_OF("gateway", "deaf", deaf, " no yes"),
    NUMBER_OF("feedback", "hints a day", hints, LN_COUNT, 1, 1000),
    NUMBER_OF("feedback", "stop", stop, LN_PART, 0, MILLION),
    NUMBER_OF("feedback", "loss", feedback_loss, LN_PART, 0, MILLION),
    NUMBER_OF("feedback", "expiry", expiry, LN_TIME, SECOND, 7 * DAY),
    NUMBER_OF("energy", "sending", sending, LN_POWER, 0, 100 * MILLION),
    NUMBER_OF("energy", "receiving", receiving, LN_POWER, 0, 100 * MILLION),
    NUMBER_OF("energy", "sleeping", sleeping, LN_POWER, 0, 100 * MILLION),
    NUMBER_OF("energy", "encoding", encoding, LN_ENERGY, 0, 100 * MILLION),
    LIST_OF("alarm", "classes", alarm, alarms, LN_COUNT, 0, UINT32_MAX, LN_SIM_CLASSES),
    NUMBER_OF("alarm", "score", alarm_score, LN_PART, 0, MILLION),
};

#define COUNT (sizeof settings / sizeof *settings)

_Static_assert(COUNT <= LN_KEYS, "line_of has a place for each setting");

void ln_settings_default(ln_scenario *scenario)
{
    *scenario = (ln_scenario){
        .seed = 1,
        .count = 1,
        .protection = LN_SIM_AUTO,
        .expected_loss = LN_SIM_UNSET,
        .airtime = LN_SIM_AUTO,
        .kept = 2,
        .repeats = 1,
        .capture = LN_SIM_UNSET,
        .stop = LN_SIM_UNSET,
        .expiry = 10 * 60 * SECOND,
        .sending = 400000,
        .receiving = 40000,
        .sleeping = 10,
        .encoding = 15000,
        .alarm_score = MILLION / 2,
    };
}

void ln_settings_begin(ln_reading *reading)
{
    reading->keys =
        (ln_keys){.list = settings, .count = COUNT, .manual = "docs/SIM.md", .object = reading->scenario};
}
