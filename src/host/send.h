/* The camera's part: a picture file becomes packets. */
#ifndef LN_HOST_SEND_H
#define LN_HOST_SEND_H

#include <limitnet/cloud.h>
#include <limitnet/device.h>

typedef struct ln_sending {
    uint64_t mtu;        /* bytes of a packet at most, ln_least_mtu..LN_MAX_PAYLOAD */
    uint64_t max_bytes;  /* of all packets together, at least LN_MIN_PAYLOAD */
    uint64_t protection; /* percent of the packets that are repair packets, 0..LN_MOST_PROTECTION */
    int check;           /* packets end with a check of two bytes */
    int crop;            /* keep the picture's aspect */
} ln_sending;

#define LN_PROTECTION_OF_LOSS UINT64_MAX /* what ln_suit_loss finds good */

#define LN_SENDING_DEFAULT                                                                                   \
    {                                                                                                        \
        51, UINT64_MAX, LN_PROTECTION_OF_LOSS, 0, 0                                                          \
    }

/* Sets a protection that was not asked for: a third more than the loss, in parts of a million, that the link
 * will have. */
void ln_suit_loss(ln_sending *how, uint32_t loss);

/* The smallest mtu for these settings, bytes. */
unsigned ln_least_mtu(const ln_sending *how);

/* Reads a picture and makes it as large as the model wants it: squeezed, or with its aspect kept.
 * *picture is the caller's to ln_picture_free; empty after an error. */
ln_status ln_read_fitted(const ln_model *model, const char *path, int crop, ln_picture *picture,
                         ln_error *error);

/* Reads a picture, fits it to the model and encodes it, most important first, as picture number 0.
 * *stream is the caller's to ln_stream_free; empty after an error. */
ln_status ln_send_file(const ln_model *model, const char *path, const ln_sending *how, ln_stream *stream,
                       ln_error *error);

#endif
