/* No codec: the picture as the camera has it. The upper bound for every codec. */
#include "codecs/codec.h"

#include "cloud/error.h"

#include <stdlib.h>
#include <string.h>

#define SIDE 224
#define BYTES ((size_t)SIDE * SIDE * 3)

static ln_status open_original(ln_codec *codec, const char *variant, const ln_codec_settings *settings,
                               ln_error *error)
{
    (void)settings;
    codec->width = codec->height = SIDE;
    if (variant)
        return ln_fail(error, LN_ERR_ARGUMENT, "the codec original has no variant '%s'", variant);
    return LN_OK;
}

static void close_original(ln_codec *codec)
{
    (void)codec;
}

static ln_status encode(ln_codec *codec, const ln_picture *picture, size_t number, void **stream,
                        ln_error *error)
{
    (void)codec, (void)number;
    *stream = malloc(BYTES);
    if (!*stream)
        return ln_fail_memory(error);
    memcpy(*stream, picture->rgb, BYTES);
    return LN_OK;
}

static ln_status receive(ln_codec *codec, ln_delivery *deliveries, size_t count, uint8_t *rgb,
                         ln_error *error)
{
    (void)codec, (void)error;
    for (size_t i = 0; i < count; i++) {
        memcpy(rgb + i * BYTES, deliveries[i].stream, BYTES);
        deliveries[i].bytes = BYTES;
    }
    return LN_OK;
}

const ln_codec_kind ln_codec_original = {
    .name = "original",
    .ways = LN_WAY_NONE,
    .open = open_original,
    .close = close_original,
    .encode = encode,
    .forget = free,
    .receive = receive,
};
