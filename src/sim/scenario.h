/* A scenario: what is simulated. docs/SIM.md describes its file. */
#ifndef LN_SIM_SCENARIO_H
#define LN_SIM_SCENARIO_H

#include <limitnet/cloud.h>
#include <limitnet/device.h>
#include <limitnet/link.h>

#define LN_SIM_TIMES 64   /* points of the curve of accuracy */
#define LN_SIM_TURNS 16   /* data rates that take turns */
#define LN_SIM_CLASSES 64 /* of an alarm */

#define LN_SIM_AUTO UINT64_MAX       /* protection follows the loss; airtime is a fair part of the budgets */
#define LN_SIM_NONE (UINT64_MAX - 1) /* no protection: packets are repeated instead; all airtime there is */
#define LN_SIM_UNSET UINT64_MAX      /* of a number that has no default */

enum { LN_TRIGGER_TIMER, LN_TRIGGER_MOTION };
enum { LN_ORDER_IMPORTANCE, LN_ORDER_INDEX };

typedef struct ln_scenario {
    /* [scenario] Times are in milliseconds, shares in parts of a million. */
    uint64_t duration, seed;
    uint64_t time[LN_SIM_TIMES + 1]; /* since the shot, rising; the last one is the deadline */
    uint64_t times;

    /* [pictures] Paths are from the current folder. */
    char *folder, *labels, *vision;
    int usual_vision; /* 1: nobody chose `vision`: a model's own looks at pictures of few bytes */

    /* [camera] */
    uint64_t count, interval, trigger, deadline, queue, protection, expected_loss, airtime, spacing, kept,
        urgent;
    uint64_t order, retransmission;
    uint32_t airtime_us; /* of a picture; UINT32_MAX: no limit */
    char *model;
    char *codec; /* null: limitnet */

    /* [network] */
    char *network_name;
    ln_network network;
    uint64_t turn[LN_SIM_TURNS], turns; /* data rates */
    uint64_t band_khz, band;            /* the frequency, and the number of its band */
    uint64_t repeats, daily_airtime, commands, payload, bits_per_second;

    /* [link] */
    uint64_t loss, burst_length, spells, swing, gamma;
    char *burst_name, *trace;
    ln_burst_link burst;
    uint8_t *arrives; /* of the trace: 1 for a packet that arrives */
    size_t arrivals;

    /* [gateway] */
    uint64_t channels, capture, spread, deaf;

    /* [feedback] */
    uint64_t hints, stop, feedback_loss, expiry;

    /* [energy] Microwatts and microjoules. */
    uint64_t sending, receiving, sleeping, encoding;

    /* [alarm] */
    uint64_t alarm[LN_SIM_CLASSES], alarms, alarm_score;
} ln_scenario;

/* Reads a scenario and checks it.
 *   scenario   the caller's to ln_scenario_free; empty after an error
 * Errors: LN_ERR_IO, with file and line (missing file, unknown key, value out of range), LN_ERR_MEMORY. */
ln_status ln_scenario_read(ln_scenario *scenario, const char *path, ln_error *error);

/* Releases a scenario and leaves it empty. An empty one is allowed. */
void ln_scenario_free(ln_scenario *scenario);

/* Whether cameras send with another codec than this project's. */
int ln_scenario_has_peer(const ln_scenario *scenario);

/* The most bytes of a packet in a frame of a turn of the data rates. */
size_t ln_scenario_payload(const ln_scenario *scenario, size_t turn);

/* Whether what a picture shows matters after each packet, not only at the times of the curve. */
int ln_scenario_is_eager(const ln_scenario *scenario);

#endif
