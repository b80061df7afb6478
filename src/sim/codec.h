/* Codecs that this room does not know. Whoever runs a simulation may hand in a table of functions, and
 * scenarios may then name codecs other than this project's. */
#ifndef LN_SIM_CODEC_H
#define LN_SIM_CODEC_H

#include "sim/packets.h"

#include <limitnet/cloud.h>

typedef struct ln_sim_codec {
    unsigned width, height; /* of the pictures that it takes and shows */
    int in_order;           /* 1: what is behind the first packet that is missing is worth nothing */
    void *state;
} ln_sim_codec;

typedef struct ln_sim_codecs {
    /* Opens a codec by its name, which outlives it. `close` is called after an error, too.
     * Errors: LN_ERR_ARGUMENT (there is no such codec, or it cannot be sent in packets), LN_ERR_IO, ... */
    ln_status (*open)(ln_sim_codec *codec, const char *name, ln_error *error);
    void (*close)(ln_sim_codec *codec);

    /* Makes the packets of a picture of the codec's size. They must not change from one picture to the next:
     * each photograph is encoded once.
     *   packets   are none, with `payload` set; the caller's to free, after an error, too */
    ln_status (*pack)(const ln_sim_codec *codec, const ln_picture *picture, ln_packets *packets,
                      ln_error *error);

    /* Shows a picture from those of its packets that arrived, in the order in which they were sent; there may
     * be none.
     *   rgb   of the codec's size, grey; stays so where nothing can be shown yet */
    ln_status (*show)(const ln_sim_codec *codec, const ln_packets *arrived, uint8_t *rgb, ln_error *error);
} ln_sim_codecs;

#endif
