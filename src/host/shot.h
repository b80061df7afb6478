/* A picture taken by a camera that runs on this machine. */
#ifndef LN_HOST_SHOT_H
#define LN_HOST_SHOT_H

#include "cloud/error.h"

#include <limitnet/cloud.h>
#include <limitnet/device.h>

typedef struct ln_shot {
    ln_camera *camera; /* ready to send */
    void *memory;      /* the camera's and its protection's */
} ln_shot;

/* Encodes a picture of the model's size, read during the call only, as picture number 0.
 *   model        must outlive the shot
 *   protection   percent of the packets that are repair packets, 0..LN_MOST_PROTECTION
 *   check        1: packets end with a check
 *   shot         the caller's to ln_shot_free; empty after an error */
ln_status ln_shot_take(ln_shot *shot, const ln_model *model, const ln_picture *picture, unsigned protection,
                       int check, ln_error *error);

/* Starts its packets from the beginning. */
void ln_shot_rewind(const ln_shot *shot, unsigned protection);

/* Allowed on an empty shot. */
void ln_shot_free(ln_shot *shot);

#endif
