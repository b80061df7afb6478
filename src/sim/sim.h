/* A simulation: cameras that take pictures, send them over a radio link, and a service that looks at what
 * arrives. Cameras, senders, ledgers, links, receiver and vision model are the real ones; only the clock and
 * the radio are simulated. */
#ifndef LN_SIM_SIM_H
#define LN_SIM_SIM_H

#include "sim/busiest.h"
#include "sim/channel.h"
#include "sim/events.h"
#include "sim/photos.h"
#include "sim/strip.h"

#include <stdio.h>

#define LN_NOTHING SIZE_MAX /* no shot */

/* A picture that a camera took. Times are microseconds since the simulation began; 0 for what never came. */
typedef struct ln_sim_shot {
    size_t camera, photo;
    unsigned number; /* on the link */
    int urgent;
    int right;   /* at the deadline */
    int stopped; /* the service told the camera that it is sure */
    uint64_t taken_us, first_us, right_us, alarm_us;
    uint32_t sent, arrived;             /* packets; copies that the network repeats count once */
    uint32_t sent_bytes, arrived_bytes; /* of these */

    uint64_t image;          /* in the receiver */
    uint8_t *packet_arrived; /* with another codec: of each packet, 1 or 0; null: none, or closed */
    size_t next_time;        /* of the scenario's times: the first one that is not settled */
    int is_new;              /* something came since `answer` */
    int closed;              /* the deadline is over */
    ln_class answer;
} ln_sim_shot;

/* What became of a frame. */
typedef enum ln_fate {
    LN_FATE_ARRIVED,
    LN_FATE_AGAIN, /* a copy of it had arrived */
    LN_FATE_LATE,  /* behind the deadline */
    LN_FATE_LOST,  /* by the link */
    LN_FATE_COLLIDED,
    LN_FATE_DEAF, /* the gateway was sending */
    LN_FATES
} ln_fate;

/* A frame on air. */
typedef struct ln_frame {
    size_t shot; /* LN_NOTHING: an empty frame */
    uint8_t packet[LN_MAX_PAYLOAD];
    size_t size, commands; /* bytes of the packet, and of the network's commands */
    size_t number;         /* of the packet, with another codec */
    ln_data_rate rate;
    unsigned rate_number, channel, copies; /* copies that are still to be sent */
    unsigned copy;
    uint32_t counter, airtime_us;
    uint64_t start_us, end_us;
    int collided, deaf, arrived;
} ln_frame;

/* What the service has to tell a camera. */
typedef struct ln_sim_reply {
    int waits;         /* for the next uplink */
    uint64_t since_us; /* when it was ready */
    size_t shot;
    uint8_t bytes[LN_FEEDBACK_BYTES];
} ln_sim_reply;

/* What a camera has to send with another codec. */
typedef struct ln_outbox {
    size_t shot;         /* LN_NOTHING: nothing */
    size_t next;         /* packet */
    uint32_t airtime_us; /* that is left; UINT32_MAX: no limit */
} ln_outbox;

typedef struct ln_sim_camera {
    ln_sender sender;
    ln_outbox outbox;
    ln_ledger hour, day, messages;
    ln_sim_channel channel;
    uint64_t random, bandwidth_random;
    ln_shot memory[LN_SENDER_PICTURES];
    size_t holds[LN_SENDER_PICTURES]; /* the shot in each memory */
    uint64_t shots;
    int32_t power; /* at the gateway, thousandths of a dB */

    /* The radio. */
    int busy;                 /* on air, or listening behind that */
    uint64_t wake_us;         /* when to ask the sender again; other wakes are out of date */
    size_t turn;              /* of the data rates */
    uint32_t bits_per_second; /* that were drawn */
    int commands;             /* of the next frame, bytes; -1: not drawn yet */
    uint32_t counter;         /* of the next frame */
    ln_frame frame;

    /* What the service knows and says. */
    ln_sim_reply answer, on_the_way;
    ln_loss_meter meter; /* of the camera's frames */
    uint64_t last_hint_us;

    /* Tallies. */
    uint64_t frames, sent_us, heard_us, answers;
    ln_busiest busiest_hour, busiest_day;
} ln_sim_camera;

/* What a simulation needs beside its scenario; all of it may be null. */
typedef struct ln_sim_setup {
    const ln_sim_codecs *codecs; /* that scenarios may name beside this project's */
    FILE *log;                   /* receives a line of CSV for each frame */
    FILE *uplinks;               /* receives an event of the network for each frame that the gateway hears */

    /* Is told the simulated time, often. */
    void (*progress)(void *context, uint64_t now_us);
    void *context;
} ln_sim_setup;

typedef struct ln_sim {
    const ln_scenario *scenario;
    ln_sim_outcomes outcomes;
    ln_photos photos;
    ln_receiver *receiver;
    ln_events events;
    ln_sim_camera *camera;
    ln_sim_shot *shot;
    size_t shots, shot_room;
    size_t *on_air, on_airs; /* cameras */
    uint64_t deaf_until_us, end_us;
    FILE *log; /* of frames; null: none */
    FILE *uplinks;
    ln_strip strip;

    /* Tallies. */
    uint64_t frames[LN_FATES];
    uint64_t right[LN_SIM_TIMES + 1],
        bytes[LN_SIM_TIMES + 1]; /* at each time: pictures, bytes that arrived */
    uint64_t refused;            /* packets that the receiver did not take */
} ln_sim;

/* Runs a scenario.
 *   sim        the caller's to ln_sim_close; empty after an error
 *   scenario   must outlive the simulation; with a vision model
 *   setup      read during the call only
 * Errors: LN_ERR_IO (a file is missing or wrong), LN_ERR_MEMORY, those of the networks, of the codec and of
 * ln_sim_uplink_check. */
ln_status ln_sim_run(ln_sim *sim, const ln_scenario *scenario, const ln_sim_setup *setup, ln_error *error);
void ln_sim_close(ln_sim *sim);

/* ---- For the parts of the room --------------------------------------------------------------- */

/* Makes a camera; nothing is added to the events. */
void ln_sim_camera_init(ln_sim *sim, size_t camera);
void ln_sim_camera_free(ln_sim *sim, size_t camera);

/* A camera takes a picture. */
ln_status ln_sim_take(ln_sim *sim, size_t camera, uint64_t now_us, ln_error *error);

/* A camera asks its sender what to do. */
ln_status ln_sim_ask(ln_sim *sim, size_t camera, uint64_t now_us, ln_error *error);

/* The camera's frame goes on air; its packet, rate and copies are set. */
ln_status ln_sim_send(ln_sim *sim, size_t camera, uint64_t now_us, ln_error *error);

/* The camera's frame ends. */
ln_status ln_sim_sent(ln_sim *sim, size_t camera, uint64_t now_us, ln_error *error);

/* The gateway begins to answer a camera, and the camera has heard it. */
ln_status ln_sim_answer(ln_sim *sim, size_t camera, uint64_t now_us, ln_error *error);
void ln_sim_heard(ln_sim *sim, size_t camera);

/* A frame of this camera has arrived. */
ln_status ln_sim_arrive(ln_sim *sim, size_t camera, uint64_t now_us, ln_error *error);

/* A picture's deadline is over. */
ln_status ln_sim_close_shot(ln_sim *sim, size_t shot, ln_error *error);

/* With another codec: a camera has taken a shot; stops sending it; what is next, as ln_sender_next; and the
 * service receives the camera's frame. */
ln_status ln_sim_peer_take(ln_sim *sim, size_t camera, size_t shot, ln_error *error);
void ln_sim_peer_stop(ln_sim *sim, size_t camera, size_t shot);
ln_step ln_sim_peer_next(ln_sim *sim, size_t camera, const ln_offer *offer, ln_frame *frame,
                         uint32_t *wait_ms);
ln_status ln_sim_peer_receive(ln_sim *sim, size_t camera, ln_sim_shot *shot, ln_error *error);

/* Names of fates, as in the log. */
extern const char *const ln_fate_names[LN_FATES];

#endif
