#include "codecs/sim_codecs.h"

#include "codecs/codec.h"

#include <stdlib.h>

static ln_status open_codec(ln_sim_codec *sim, const char *name, ln_error *error)
{
    const ln_codec_settings settings = {.mtu = {LN_MIN_PAYLOAD}}; /* nothing of them concerns packets */
    ln_codec *codec = sim->state = calloc(1, sizeof *codec);
    if (!codec)
        return ln_fail_memory(error);
    ln_status status = ln_codec_open(codec, name, &settings, error);
    if (status != LN_OK)
        return status;
    if (codec->packets == LN_PACKETS_NONE)
        return ln_fail(
            error, LN_ERR_ARGUMENT,
            "[camera] codec: '%s' cannot be sent packet by packet: give limitnet, pjpeg, jpeg2000, or a "
            "learned peer that shows a picture of what has come",
            name);
    sim->width = codec->width;
    sim->height = codec->height;
    sim->in_order = codec->packets == LN_PACKETS_IN_ORDER;
    return LN_OK;
}

static void close_codec(ln_sim_codec *sim)
{
    if (sim->state)
        ln_codec_close(sim->state);
    free(sim->state);
    *sim = (ln_sim_codec){0};
}

static ln_status pack(const ln_sim_codec *sim, const ln_picture *picture, ln_packets *packets,
                      ln_error *error)
{
    ln_codec *codec = sim->state;
    return codec->kind->pack(codec, picture, packets, error);
}

static ln_status show(const ln_sim_codec *sim, const ln_packets *arrived, uint8_t *rgb, ln_error *error)
{
    ln_codec *codec = sim->state;
    return codec->kind->show(codec, arrived, rgb, error);
}

const ln_sim_codecs ln_lab_sim_codecs = {open_codec, close_codec, pack, show};
