/* A picture taken with a camera that runs on this machine. */
#ifndef LN_HOST_SHOT_H
#define LN_HOST_SHOT_H

#include "cloud/error.h"

#include <limitnet/cloud.h>
#include <limitnet/device.h>

typedef struct ln_shot {
    ln_camera *camera; /* ready to send */
    void *memory;      /* of the camera and of its protection */
} ln_shot;

/* Encodes a picture of the model's size as picture number 0.
 *   shot         the caller's to release with ln_shot_free; empty after an error
 *   model        must outlive the shot
 *   protection   percent of the bytes that go to repair packets, 0..LN_MOST_PROTECTION
 *   check        1: packets end with a check
 * Errors: LN_ERR_MEMORY, and those of the camera (a picture of another size, or too much protection). */
ln_status ln_shot_take(ln_shot *shot, const ln_model *model, const ln_picture *picture, unsigned protection,
                       int check, ln_error *error);

/* Starts the packets from the beginning. */
void ln_shot_rewind(const ln_shot *shot, unsigned protection);

/* Takes the same picture again under another number, 0..LN_PICTURES - 1, and starts its packets from the
 * beginning: without the network, whose result is the same. `protection` is as in ln_shot_take. */
void ln_shot_repeat(const ln_shot *shot, unsigned number, unsigned protection);

/* Releases a shot and leaves it empty. An empty shot is allowed. */
void ln_shot_free(ln_shot *shot);

#endif
