/* The photographs that cameras take: files in a folder, in turn. */
#ifndef LN_SIM_PHOTOS_H
#define LN_SIM_PHOTOS_H

#include "host/shot.h"
#include "sim/outcomes.h"
#include "sim/scenario.h"

/* A memory with a photograph that waits to be taken again. */
typedef struct ln_idle_shot ln_idle_shot;

typedef struct ln_photo {
    char *path;
    unsigned label; /* the right class */
    int labelled;   /* 1: from a file of labels; 0: what the vision model sees in the original */
    int seen;       /* 1: the original was looked at */
    ln_class original;
    ln_idle_shot *idle;
    ln_packets packets; /* of another codec than this project's, once the photograph was taken */
} ln_photo;

typedef struct ln_photos {
    ln_photo *items;
    size_t count;
    size_t left_out; /* files of the folder that are no pictures */
    size_t idle;     /* memories that wait */
    unsigned share;  /* of repair packets, percent */
    int repeats;     /* 1: without memory for repair packets */
    size_t payload;  /* of a frame */
    ln_sim_outcomes *outcomes;
} ln_photos;

/* Finds the photographs of a scenario.
 *   photos     the caller's to ln_photos_close; empty after an error
 *   outcomes   must outlive the photographs
 * Errors: LN_ERR_IO (no folder, no picture, wrong labels), LN_ERR_MEMORY. */
ln_status ln_photos_open(ln_photos *photos, const ln_scenario *scenario, ln_sim_outcomes *outcomes,
                         ln_error *error);
void ln_photos_close(ln_photos *photos);

/* Takes a photograph with a camera, ready to send.
 *   number   on the link, 0..LN_PICTURES - 1
 *   shot     the caller's to give back with ln_photos_return; empty after an error
 * Errors: those of ln_picture_read and ln_shot_take. */
ln_status ln_photos_take(ln_photos *photos, size_t photo, unsigned number, ln_shot *shot, ln_error *error);

/* Makes the packets of a photograph with another codec than this project's, unless they were made.
 * Errors: those of ln_picture_read and of the codec's `pack`. */
ln_status ln_photos_pack(ln_photos *photos, size_t photo, ln_error *error);

/* Takes a shot back, to save the work when the photograph is taken again. An empty shot is allowed. */
void ln_photos_return(ln_photos *photos, size_t photo, ln_shot *shot);

#endif
