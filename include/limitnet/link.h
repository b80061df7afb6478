/* LimitNet link: what a radio link allows and costs, and models of links that lose packets. C99 without
 * allocation, floating point or globals; the same results on every machine. The rules of core.h hold here
 * too: a ledger or a link is for one thread at a time. */
#ifndef LIMITNET_LINK_H
#define LIMITNET_LINK_H

#include <limitnet/core.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* ---- Airtime --------------------------------------------------------------------------------- */

/* How a frame goes on air. */
typedef enum ln_modulation {
    LN_LORA, /* Semtech's chirps; the formula of the SX1276's data sheet, 4.1.1.7, that of the SX1261 for SF5
                and 6 */
    LN_FSK,  /* LoRaWAN's: 5 bytes of preamble, 3 of sync word, 1 of length, 2 of check */
    LN_SIGFOX, /* 14 bytes around the payload, each frame three times */
    LN_STREAM  /* anything that carries `bits_per_second`: NB-IoT, satellites */
} ln_modulation;

/* A data rate of a network. */
typedef struct ln_data_rate {
    uint8_t modulation;       /* an ln_modulation */
    uint8_t spreading_factor; /* LoRa: 5..12 */
    uint8_t coding_rate;      /* LoRa: 5..8, for 4/5 to 4/8 */
    uint8_t overhead;         /* bytes that the network adds to a payload: 13 in LoRaWAN */
    uint16_t bandwidth;       /* LoRa: kHz */
    uint16_t payload;         /* largest payload without MAC commands, bytes; 0: not for uplinks */
    uint16_t payload_relayed; /* the same behind a repeater */
    uint32_t bits_per_second; /* the other modulations */
} ln_data_rate;

/* Microseconds that a payload is on air once, rounded up: preamble, network's overhead, and Sigfox's three
 * copies included. A LoRa frame has 8 symbols of preamble, a header and a check, and the low data rate
 * optimisation where a symbol takes more than 16 ms. LoRaWAN may send a frame several times (NbTrans): then
 * each counts. 0 for a null rate, and for one whose fields are out of range. */
uint32_t ln_airtime(const ln_data_rate *rate, size_t payload);

/* ---- Networks -------------------------------------------------------------------------------- */

#define LN_MAX_DATA_RATES 14 /* of a network */
#define LN_MAX_BANDS 6       /* of a network */
#define LN_WHOLE_SHARE 10000 /* of a duty cycle: no limit */

/* A part of the spectrum with a duty cycle of its own. */
typedef struct ln_band {
    uint32_t low, high; /* kHz */
    uint16_t share;     /* of each hour that a device may send, in parts of LN_WHOLE_SHARE */
} ln_band;

/* What a network allows to its devices' uplinks: LoRaWAN Regional Parameters RP002-1.0.3 and, for bands, ETSI
 * EN 300 220-2 (table B.1). */
typedef struct ln_network {
    const char *name;                     /* lower case */
    uint8_t data_rates;                   /* how many of `rate` there are */
    uint8_t bands;                        /* how many of `band` there are */
    uint16_t dwell;                       /* longest frame, milliseconds; 0: no limit */
    uint16_t messages;                    /* a day, by contract; 0: no limit */
    ln_data_rate rate[LN_MAX_DATA_RATES]; /* by LoRaWAN's number of the data rate */
    ln_band band[LN_MAX_BANDS];           /* from low to high */
} ln_network;

/* Finds a network by name, whatever the case: eu868, us915, as923, au915 (LoRaWAN), sigfox-eu, sigfox-us,
 * nb-iot or satellite (short burst data, 340 bytes a message). Null if there is none. Static storage. */
const ln_network *ln_network_find(const char *name);

/* All networks, with a null at the end. */
extern const ln_network *const ln_networks[];

/* ---- Ledger ---------------------------------------------------------------------------------- */

#define LN_LEDGER_SLOTS 61 /* sixty in a window, and one that leaves it */

/* Keeps a limit of airtime in every window of some length, as in "1 % of every hour" or "30 s of every day":
 * in each that slides over time, not only in those that begin on the hour. (A bucket of credit does not: it
 * lets up to twice the limit through in some hours.) So that the ledger stays small, a frame counts for up to
 * a sixtieth of the window longer than it must. One ledger serves one transmitter: its frames do not overlap.
 * The fields are private. */
typedef struct ln_ledger {
    uint64_t sum_us;   /* of all slots */
    uint32_t slot_ms;  /* length of a slot */
    uint32_t limit_us; /* in a window */
    uint32_t now_ms;   /* of the last call */
    uint32_t start_ms; /* of the newest slot; while a frame is on air, perhaps in the future */
    uint32_t sent_us[LN_LEDGER_SLOTS]; /* by the slot in which a frame ends */
    uint8_t newest;                    /* slot */
} ln_ledger;

#define LN_NEVER UINT32_MAX /* a wait without an end */

/* Makes an empty ledger. There is nothing to release.
 *   window_ms   60,000 (a minute) to 604,800,000 (a week)
 *   limit_us    airtime in each window, microseconds, up to 4,000,000,000
 *   now_ms      the time. Here and below: milliseconds since some moment, such as the processor's start, of a
 *               clock that never runs ahead. It may wrap round, if a function of the ledger is called every
 *               24 days. Where it goes back or begins anew, no time has passed for the ledger. So a ledger
 *               that was stored (it is plain numbers) goes on after a restart
 * Errors: LN_ERR_ARGUMENT. */
ln_status ln_ledger_init(ln_ledger *ledger, uint32_t window_ms, uint32_t limit_us, uint32_t now_ms);

/* Milliseconds until a frame of this airtime may begin, if nothing else is sent before: 0 is now. LN_NEVER if
 * it takes more than the limit. */
uint32_t ln_ledger_wait(ln_ledger *ledger, uint32_t now_ms, uint32_t airtime_us);

/* Records a frame that begins now, whether it was allowed or not: what was sent counts. */
void ln_ledger_charge(ln_ledger *ledger, uint32_t now_ms, uint32_t airtime_us);

/* Airtime that is left now, microseconds. */
uint32_t ln_ledger_left(ln_ledger *ledger, uint32_t now_ms);

/* ---- Loss ------------------------------------------------------------------------------------ */

/* A link that loses each packet with the same probability, independently of the others. The fields are
 * private. */
typedef struct ln_loss {
    uint64_t state;       /* private */
    uint32_t per_million; /* private */
} ln_loss;

/* Makes a link. There is nothing to release.
 *   link          receives the link; empty after an error
 *   per_million   how many of a million packets are lost on average, 0..1,000,000 (300,000 is 30 %)
 *   seed          links of the same seed lose the same packets, and a link that loses more also loses those
 *                 that a link that loses less does
 * Errors: LN_ERR_ARGUMENT. */
ln_status ln_loss_init(ln_loss *link, uint32_t per_million, uint64_t seed);

/* Whether the next packet is lost: 1 or 0. Call it once for each packet, in the order of sending. */
int ln_loss_next(ln_loss *link);

/* A link that loses packets in bursts: in Gilbert's chain (Bell System Technical Journal 39, 1960) it depends
 * on the packet before whether one is lost. Links in the field also have good and bad hours, so that a
 * two-state chain is too kind to codes: on top, spells take turns, whose lengths are exponential. In a foul
 * spell losses begin more often, in a fair one less; the mean loss falls a little. */
typedef struct ln_burst_link {
    const char *name;        /* of a measured link; others need none */
    uint32_t after_received; /* probability of losing the packet behind one that arrived, of a million */
    uint32_t after_lost;     /* and behind a lost one */
    uint32_t spell_ms;       /* mean length of a spell; 0: none */
    uint32_t swing; /* by how much of itself `after_received` is higher in foul spells and lower in fair
                       ones, of a million */
} ln_burst_link;

/* Links measured in the field, without spells, with a null name at the end. Computed from gaps in the frame
 * counters of logs that CampusIoT publishes (CampusIoT/datasets on GitHub, commit 14a8a91e); gaps of more
 * than 50 frames are left out. */
extern const ln_burst_link ln_burst_links[];

/* A link in bursts. The fields are private. */
typedef struct ln_burst {
    ln_burst_link link;    /* private */
    uint64_t state;        /* private */
    uint32_t spell_end_ms; /* private */
    uint8_t lost;          /* private */
    uint8_t foul;          /* private */
} ln_burst;

/* Makes a link. There is nothing to release.
 *   seed     links of the same seed lose the same packets
 *   now_ms   the time; here and below it goes on, and may wrap round
 * Errors: LN_ERR_ARGUMENT. */
ln_status ln_burst_init(ln_burst *burst, const ln_burst_link *link, uint64_t seed, uint32_t now_ms);

/* Whether a packet that is sent now is lost: 1 or 0. */
int ln_burst_next(ln_burst *burst, uint32_t now_ms);

/* Share of packets that the chain loses in the long run without spells, of a million. */
uint32_t ln_burst_loss(const ln_burst_link *link);

/* ---- Loss that a receiver sees --------------------------------------------------------------- */

#define LN_METER_FRAMES 64 /* that a loss meter looks back on */

/* The loss of a device's latest frames, by the frame counter that its network gives (fCnt of LoRaWAN): it
 * tells what was lost without a byte in any packet. The fields are private. An empty meter is all zero. */
typedef struct ln_loss_meter {
    uint64_t came;   /* bit n: frame `newest` - n did */
    uint32_t newest; /* counter */
    uint8_t frames;  /* how many of the bits count */
} ln_loss_meter;

/* Takes a frame that came, in any order and any number of times. A counter that lies LN_METER_FRAMES or more
 * below the newest one is that of a device that began anew; one far above tells that many were lost. */
void ln_loss_meter_add(ln_loss_meter *meter, uint32_t counter);

/* Share lost of the last LN_METER_FRAMES frames, or of those since the first, in 1/256, rounded down; 0 for
 * an empty meter. Never 256: the newest frame came. */
unsigned ln_loss_meter_loss(const ln_loss_meter *meter);

/* How many frames that is, lost ones included: LN_METER_FRAMES, or fewer since the first; 0 for an empty
 * meter. */
unsigned ln_loss_meter_frames(const ln_loss_meter *meter);

/* ---- Bandwidth ------------------------------------------------------------------------------- */

/* A bandwidth drawn from a gamma distribution of shape 2, in the unit of `mean`: low values are likely, and a
 * few are several times the mean. The paper's link has a gamma-distributed bandwidth and prints no
 * parameters; the shape is this project's choice. state   seed; any value; goes on with each call */
uint32_t ln_gamma_bandwidth(uint64_t *state, uint32_t mean);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
