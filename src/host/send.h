/* Sends a picture as a camera would. */
#ifndef LN_HOST_SEND_H
#define LN_HOST_SEND_H

#include <limitnet/cloud.h>
#include <limitnet/device.h>

typedef struct ln_sending {
    uint64_t mtu;        /* largest packet, ln_least_mtu..LN_MAX_PAYLOAD bytes */
    uint64_t max_bytes;  /* of all packets together, at least LN_MIN_PAYLOAD */
    uint64_t protection; /* percent of the bytes that go to repair packets, 0..LN_MOST_PROTECTION */
    int check;           /* 1: packets end with a check of two bytes */
    int crop;            /* 1: the picture keeps its aspect */
} ln_sending;

#define LN_PROTECTION_OF_LOSS UINT64_MAX /* ln_suit_loss chooses */

#define LN_SENDING_DEFAULT                                                                                   \
    {                                                                                                        \
        51, UINT64_MAX, LN_PROTECTION_OF_LOSS, 0, 0                                                          \
    }

/* Chooses the protection if it is LN_PROTECTION_OF_LOSS. The link's loss is given in parts of a million. */
void ln_suit_loss(ln_sending *how, uint32_t loss);

/* The smallest mtu for these settings, bytes. */
unsigned ln_least_mtu(const ln_sending *how);

/* Makes a copy of the model's size.
 *   crop     1: the largest part around the centre that has the model's aspect; 0: the whole picture,
 *            stretched
 *   fitted   the caller's to release with ln_picture_free; empty after an error
 * Errors: those of ln_picture_resize. */
ln_status ln_fit_picture(const ln_model *model, const ln_picture *picture, int crop, ln_picture *fitted,
                         ln_error *error);

/* Fits a picture to the model and encodes it as picture number 0, most important packets first.
 *   stream   the caller's to release with ln_stream_free; empty after an error
 * Errors: those of ln_fit_picture, and LN_ERR_MEMORY. */
ln_status ln_send_picture(const ln_model *model, const ln_picture *picture, const ln_sending *how,
                          ln_stream *stream, ln_error *error);

#endif
