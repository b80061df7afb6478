/* JPEG 2000, a codestream without JP2 boxes: OpenJPEG, 9-7 wavelet, no chroma subsampling.
 *
 * Cut: one stream of quality layers, each of which makes it 1.5 times as long. Fitted: one layer, kept within
 * the wanted size by OpenJPEG's rate control.
 *
 * Bare: without the main header, the tile's header (SOC to SOD) and EOC. */
#include "codecs/file_codec.h"

#include "cloud/error.h"

#include <math.h>
#include <openjpeg.h>
#include <stdlib.h>
#include <string.h>

#define QUALITIES 400
#define LAYERS 11
#define FIRST_LAYER 240 /* bytes at the end of the first layer; the last layer ends at about 14,000 */
#define LAYER_GROWTH 1.5
#define RESOLUTIONS 6
#define LEAST_TOP 2 /* pixels along the coarsest resolution's shorter side */

/* ---- Memory as a file ------------------------------------------------------------------------ */

typedef struct memory {
    uint8_t *bytes;
    size_t size, at, room;
} memory;

static OPJ_SIZE_T read_bytes(void *to, OPJ_SIZE_T count, void *context)
{
    memory *m = context;
    size_t left = m->size - m->at;
    if (!left)
        return (OPJ_SIZE_T)-1;
    if (count > left)
        count = left;
    memcpy(to, m->bytes + m->at, count);
    m->at += count;
    return count;
}

static OPJ_SIZE_T write_bytes(void *from, OPJ_SIZE_T count, void *context)
{
    memory *m = context;
    if (m->room - m->at < count) {
        size_t room = 2 * (m->at + count);
        uint8_t *bytes = realloc(m->bytes, room);
        if (!bytes)
            return (OPJ_SIZE_T)-1;
        m->bytes = bytes;
        m->room = room;
    }
    memcpy(m->bytes + m->at, from, count);
    m->at += count;
    if (m->at > m->size)
        m->size = m->at;
    return count;
}

static OPJ_BOOL seek(OPJ_OFF_T at, void *context)
{
    memory *m = context;
    if (at < 0 || (size_t)at > m->size)
        return OPJ_FALSE;
    m->at = (size_t)at;
    return OPJ_TRUE;
}

static OPJ_OFF_T skip(OPJ_OFF_T count, void *context)
{
    memory *m = context;
    return seek((OPJ_OFF_T)m->at + count, m) ? count : -1;
}

static opj_stream_t *open_stream(memory *m, OPJ_BOOL input)
{
    opj_stream_t *stream = opj_stream_default_create(input);
    if (!stream)
        return NULL;
    opj_stream_set_user_data(stream, m, NULL);
    opj_stream_set_user_data_length(stream, m->size);
    opj_stream_set_read_function(stream, read_bytes);
    opj_stream_set_write_function(stream, write_bytes);
    opj_stream_set_skip_function(stream, skip);
    opj_stream_set_seek_function(stream, seek);
    return stream;
}

/* ---- Encoding -------------------------------------------------------------------------------- */

static opj_image_t *to_image(const ln_picture *picture)
{
    opj_image_cmptparm_t component = {
        .dx = 1, .dy = 1, .w = picture->width, .h = picture->height, .prec = 8, .bpp = 8};
    opj_image_cmptparm_t components[3] = {component, component, component};
    opj_image_t *image = opj_image_create(3, components, OPJ_CLRSPC_SRGB);
    if (!image)
        return NULL;
    image->x1 = picture->width;
    image->y1 = picture->height;
    for (size_t i = 0; i < (size_t)picture->width * picture->height; i++)
        for (size_t c = 0; c < 3; c++)
            image->comps[c].data[i] = picture->rgb[3 * i + c];
    return image;
}

static void set_parameters(opj_cparameters_t *parameters, const ln_picture *picture)
{
    static char no_comment[] = "";
    unsigned least = picture->width < picture->height ? picture->width : picture->height;
    opj_set_default_encoder_parameters(parameters);
    parameters->cp_comment = no_comment;
    parameters->irreversible = 1;
    parameters->tcp_mct = 1;
    parameters->numresolution = 1;
    while (parameters->numresolution < RESOLUTIONS && least >> parameters->numresolution >= LEAST_TOP)
        parameters->numresolution++;
    parameters->cp_disto_alloc = 1;
}

/* OpenJPEG takes the size of a layer as a compression ratio. */
static float ratio_of(const ln_picture *picture, double bytes)
{
    return (float)((double)picture->width * picture->height * 3 / bytes);
}

static int write_codestream(opj_cparameters_t *parameters, opj_image_t *image, memory *m)
{
    opj_codec_t *codec = opj_create_compress(OPJ_CODEC_J2K);
    opj_stream_t *stream = open_stream(m, OPJ_FALSE);
    int good = codec && stream && opj_setup_encoder(codec, parameters, image) &&
               opj_start_compress(codec, image, stream) && opj_encode(codec, stream) &&
               opj_end_compress(codec, stream);
    if (stream)
        opj_stream_destroy(stream);
    if (codec)
        opj_destroy_codec(codec);
    return good;
}

static ln_status write_layers(const ln_picture *picture, opj_cparameters_t *parameters, ln_coded *coded,
                              ln_error *error)
{
    memory m = {0};
    opj_image_t *image = to_image(picture);
    if (!image)
        return ln_fail_memory(error);
    ln_status status = LN_OK;
    if (!write_codestream(parameters, image, &m))
        status = ln_fail(error, LN_ERR_IO, "OpenJPEG cannot encode this picture");
    else
        *coded = (ln_coded){m.bytes, m.size};
    if (status != LN_OK)
        free(m.bytes);
    opj_image_destroy(image);
    return status;
}

static ln_status encode(const ln_picture *picture, int quality, int bare, ln_coded *coded, ln_error *error)
{
    (void)bare;
    opj_cparameters_t parameters;
    set_parameters(&parameters, picture);
    parameters.tcp_numlayers = 1;
    parameters.tcp_rates[0] = ratio_of(picture, 150 * pow(1.012, quality)); /* up to 17,500 bytes */
    return write_layers(picture, &parameters, coded, error);
}

static ln_status encode_stream(const ln_picture *picture, int bare, ln_coded *coded, ln_error *error)
{
    (void)bare;
    opj_cparameters_t parameters;
    set_parameters(&parameters, picture);
    parameters.tcp_numlayers = LAYERS;
    for (int i = 0; i < LAYERS; i++)
        parameters.tcp_rates[i] = ratio_of(picture, FIRST_LAYER * pow(LAYER_GROWTH, i));
    return write_layers(picture, &parameters, coded, error);
}

/* ---- Decoding -------------------------------------------------------------------------------- */

static uint8_t byte_of(OPJ_INT32 value)
{
    return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

static ln_status to_picture(const opj_image_t *image, ln_picture *picture, ln_error *error)
{
    int good = image->numcomps == 3;
    for (size_t c = 0; c < 3 && good; c++)
        good = image->comps[c].data && image->comps[c].w == image->comps[0].w &&
               image->comps[c].h == image->comps[0].h;
    if (!good)
        return ln_fail(error, LN_ERR_IO, "OpenJPEG shows nothing of this file yet");
    ln_status status = ln_picture_make(picture, image->comps[0].w, image->comps[0].h, error);
    for (size_t i = 0; status == LN_OK && i < (size_t)picture->width * picture->height; i++)
        for (size_t c = 0; c < 3; c++)
            picture->rgb[3 * i + c] = byte_of(image->comps[c].data[i]);
    return status;
}

static opj_image_t *read_codestream(memory *m)
{
    opj_dparameters_t parameters;
    opj_image_t *image = NULL;
    opj_set_default_decoder_parameters(&parameters);
    opj_codec_t *codec = opj_create_decompress(OPJ_CODEC_J2K);
    opj_stream_t *stream = open_stream(m, OPJ_TRUE);
    int good = codec && stream && opj_setup_decoder(codec, &parameters) &&
               opj_decoder_set_strict_mode(codec, OPJ_FALSE) && opj_read_header(stream, codec, &image) &&
               opj_decode(codec, stream, image);
    if (stream)
        opj_stream_destroy(stream);
    if (codec)
        opj_destroy_codec(codec);
    if (!good && image)
        opj_image_destroy(image);
    return good ? image : NULL;
}

static ln_status decode(const uint8_t *bytes, size_t size, ln_picture *picture, ln_error *error)
{
    *picture = (ln_picture){0};
    ln_coded copy;
    ln_status status = ln_coded_copy(&copy, bytes, size, error);
    if (status != LN_OK)
        return status;
    memory m = {.bytes = copy.bytes, .size = size};
    opj_image_t *image = read_codestream(&m);
    status = image ? to_picture(image, picture, error)
                   : ln_fail(error, LN_ERR_IO, "OpenJPEG cannot decode this file");
    if (image)
        opj_image_destroy(image);
    free(copy.bytes);
    return status;
}

/* ---- Constant bytes -------------------------------------------------------------------------- */

static size_t constant(const ln_coded *coded, ln_span *spans)
{
    static const uint8_t start_of_data[] = {0xff, 0x93};
    size_t at = 0;
    while (at + 2 < coded->size && memcmp(coded->bytes + at, start_of_data, 2) != 0)
        at++;
    spans[0] = (ln_span){0, at + 2};
    spans[1] = (ln_span){coded->size - 2, coded->size};
    return 2;
}

static const ln_format format = {.qualities = QUALITIES,
                                 .encode = encode,
                                 .encode_stream = encode_stream,
                                 .decode = decode,
                                 .constant = constant};

static const ln_file_kind file = {.format = &format};

const ln_codec_kind ln_codec_jpeg2000 = {
    .name = "jpeg2000", .ways = LN_WAY_CUT | LN_WAY_FIT, LN_FILE_CODEC, .file = &file};
