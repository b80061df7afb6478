/* The pictures of a device, found again from its frames.
 *
 * The frames of pictures that are open go to those pictures again (ln_receiver_restore), so a decision that
 * was stored stays, whatever has been forgotten or closed before. Then the receiver decides about the new
 * frames, one after the other, as one receiver would that had seen all. All of this depends only on the
 * frames, their order and their times, and not on how they came in parts, with one exception: when no frame
 * comes any more, the clock ends a picture. */
#ifndef LN_SERVICE_WORKER_RECEPTION_H
#define LN_SERVICE_WORKER_RECEPTION_H

#include "service/worker/answer.h"
#include "service/sources/counter.h"
#include "service/store/store.h"

typedef struct ln_reception_config {
    const ln_model *model;
    ln_decoder *decoder; /* shows pictures that end on the way */
    uint64_t idle_ms, late_ms, deadline_ms;
} ln_reception_config;

/* A picture. */
typedef struct ln_shown {
    ln_picture_row row; /* as it is to be stored, but for what a look adds */
    uint64_t image;     /* in the receiver; 0: closed */
    uint32_t symbols;   /* known to whoever looks at it now */
    uint64_t shown_ms;  /* when the newest packet came of those that show, and how many had come */
    uint32_t shown_packets;
    uint64_t shown_bytes; /* of the packets that show something */
    int is_new;           /* it is not in the store */
    int was_final;        /* its answer was final before */
    int came;             /* new frames came to it */
    int changed;          /* it is to be stored */
    int waits;            /* it shows something new, and is to be looked at */
    int complete;         /* nothing can come to it */
    int ended;            /* it became final on the way or by the clock */
    uint8_t *rgb;         /* as it was when it ended on the way; null: the receiver still has it so */

    /* What a look adds. */
    int looked;       /* 1: with success */
    int refused;      /* 1: the networks did not take it */
    ln_answer answer; /* of this look */
    char *text;       /* memory of the row's new answer */
} ln_shown;

typedef struct ln_reception {
    const ln_reception_config *config;
    ln_work *work;
    ln_receiver *receiver;
    ln_counter counter; /* of the frames so far */
    ln_shown *pictures; /* rising ids */
    size_t count, room;
    int64_t *picture_of; /* of each frame of the work */
    size_t ends;         /* pictures that wait and ended on the way */
    int is_part;         /* 1: newer frames are left for later */
    ln_status status;    /* LN_ERR_MEMORY: memory was short on the way */
    ln_error why;        /* if a picture that ended on the way was refused */
} ln_reception;

/* Finds the pictures.
 *   reception   the caller's to ln_reception_free, also after an error
 *   work        must outlive it; its version is lowered if frames are left for later
 *   now_ms      Unix time
 * Errors: LN_ERR_MEMORY. */
ln_status ln_reception_run(ln_reception *reception, const ln_reception_config *config, ln_work *work,
                           uint64_t now_ms, ln_error *error);
void ln_reception_free(ln_reception *reception);

/* A receiver for one device, and a frame for it.
 *   counter   goes through all frames that the receiver gets, in their order */
ln_status ln_reception_open(ln_receiver **receiver, const ln_reception_config *config, void *reception,
                            ln_error *error);
ln_arrival ln_reception_arrival(ln_counter *counter, const ln_frame_row *frame);

#endif
