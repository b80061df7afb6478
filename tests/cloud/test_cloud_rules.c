/* The rules of core.h, for cloud.h: after an error a handle is null and a struct empty, a null pointer is an
 * error or changes nothing, and an ln_error says what a function returned. */
#include "core/support_core.h"

#include <limitnet/cloud.h>

#define MODEL "tests/models/random-cifar.lnm"
#define DECODER "tests/onnx/random-cifar-decoder.onnx"
#define CLASSIFIER "tests/onnx/mean.onnx"
#define PICTURE "tests/pictures/cat.jpg"

static ln_error error;

/* A call that fails and says why. */
#define FAILS(expected, call)                                                                                \
    do {                                                                                                     \
        memset(&error, 0, sizeof error);                                                                     \
        assert_int_equal(call, expected);                                                                    \
        assert_int_equal(error.status, expected);                                                            \
        assert_true(strlen(error.text) > 0);                                                                 \
    } while (0)

static void assert_picture_empty(ln_picture *picture)
{
    assert_true(picture->width == 0 && picture->height == 0 && !picture->rgb);
    memset(picture, 0xaa, sizeof *picture);
}

static void pictures(void **state)
{
    (void)state;
    static const uint8_t garbage[] = "no picture";
    static uint8_t pixels[3];
    ln_picture p, whole = {1, 1, pixels}, none = {0};
    memset(&p, 0xaa, sizeof p);
    FAILS(LN_ERR_ARGUMENT, ln_picture_make(NULL, 1, 1, &error));
    FAILS(LN_ERR_ARGUMENT, ln_picture_make(&p, 0, 1, &error));
    assert_picture_empty(&p);
    FAILS(LN_ERR_ARGUMENT, ln_picture_make(&p, LN_PICTURE_MAX_SIDE, LN_PICTURE_MAX_SIDE, &error));
    assert_picture_empty(&p);
    assert_int_equal(ln_picture_make(&p, 0, 1, NULL), LN_ERR_ARGUMENT);
    assert_picture_empty(&p);

    FAILS(LN_ERR_ARGUMENT, ln_picture_decode(NULL, garbage, sizeof garbage, "x", &error));
    FAILS(LN_ERR_ARGUMENT, ln_picture_decode(&p, NULL, 0, "x", &error));
    assert_picture_empty(&p);
    FAILS(LN_ERR_ARGUMENT, ln_picture_decode(&p, garbage, sizeof garbage, NULL, &error));
    assert_picture_empty(&p);
    FAILS(LN_ERR_IO, ln_picture_decode(&p, garbage, sizeof garbage, "x", &error));
    assert_picture_empty(&p);
    FAILS(LN_ERR_ARGUMENT, ln_picture_decode_as_stored(NULL, garbage, sizeof garbage, "x", &error));
    FAILS(LN_ERR_ARGUMENT, ln_picture_decode_as_stored(&p, NULL, 0, "x", &error));
    assert_picture_empty(&p);
    FAILS(LN_ERR_ARGUMENT, ln_picture_read_as_stored(NULL, PICTURE, &error));
    FAILS(LN_ERR_IO, ln_picture_read_as_stored(&p, "none.png", &error));
    assert_picture_empty(&p);
    FAILS(LN_ERR_ARGUMENT, ln_picture_read(NULL, PICTURE, &error));
    FAILS(LN_ERR_ARGUMENT, ln_picture_read(&p, NULL, &error));
    assert_picture_empty(&p);
    FAILS(LN_ERR_IO, ln_picture_read(&p, "none.png", &error));
    assert_picture_empty(&p);
    FAILS(LN_ERR_IO, ln_picture_read(&p, "tests/pictures/odd/one-pixel.png", &error));
    assert_picture_empty(&p);

    FAILS(LN_ERR_ARGUMENT, ln_picture_resize(NULL, 8, 8, LN_FIT_CROP, &p, &error));
    assert_picture_empty(&p);
    FAILS(LN_ERR_ARGUMENT, ln_picture_resize(&none, 8, 8, LN_FIT_CROP, &p, &error));
    assert_picture_empty(&p);
    FAILS(LN_ERR_ARGUMENT, ln_picture_resize(&whole, 0, 8, LN_FIT_CROP, &p, &error));
    assert_picture_empty(&p);
    FAILS(LN_ERR_ARGUMENT, ln_picture_resize(&whole, 8, 8, LN_FIT_CROP, NULL, &error));

    FAILS(LN_ERR_ARGUMENT, ln_picture_write_png(NULL, "x.png", &error));
    FAILS(LN_ERR_ARGUMENT, ln_picture_write_png(&none, "x.png", &error));
    FAILS(LN_ERR_ARGUMENT, ln_picture_write_png(&whole, NULL, &error));
    FAILS(LN_ERR_IO, ln_picture_write_png(&whole, "none/x.png", &error));
    ln_picture_free(&none);
    ln_picture_free(NULL);
}

static void assert_stream_empty(ln_stream *stream)
{
    assert_true(!stream->bytes && !stream->size && !stream->capacity && !stream->packets &&
                !stream->packet_bytes && !stream->cut && !stream->checksum);
    memset(stream, 0xaa, sizeof *stream);
}

static void streams(void **state)
{
    (void)state;
    uint8_t packet[LN_MAX_PAYLOAD + 1] = {0};
    size_t at = 0, size;
    ln_stream stream;
    memset(&stream, 0xaa, sizeof stream);
    FAILS(LN_ERR_ARGUMENT, ln_stream_read(NULL, "x.lnp", &error));
    FAILS(LN_ERR_ARGUMENT, ln_stream_read(&stream, NULL, &error));
    assert_stream_empty(&stream);
    FAILS(LN_ERR_IO, ln_stream_read(&stream, "none.lnp", &error));
    assert_stream_empty(&stream);
    FAILS(LN_ERR_IO, ln_stream_read(&stream, PICTURE, &error));
    assert_stream_empty(&stream);

    stream = (ln_stream){0};
    FAILS(LN_ERR_ARGUMENT, ln_stream_add(NULL, packet, 5, &error));
    FAILS(LN_ERR_ARGUMENT, ln_stream_add(&stream, NULL, 5, &error));
    FAILS(LN_ERR_ARGUMENT, ln_stream_add(&stream, packet, 4, &error));
    FAILS(LN_ERR_ARGUMENT, ln_stream_add(&stream, packet, LN_MAX_PAYLOAD + 1, &error));
    assert_null(ln_stream_next(&stream, &at, &size));
    assert_int_equal(ln_stream_add(&stream, packet, 5, &error), LN_OK);
    FAILS(LN_ERR_ARGUMENT, ln_stream_write(NULL, "x.lnp", &error));
    FAILS(LN_ERR_ARGUMENT, ln_stream_write(&stream, NULL, &error));
    FAILS(LN_ERR_IO, ln_stream_write(&stream, "none/x.lnp", &error));
    FAILS(LN_ERR_ARGUMENT, ln_stream_check(NULL, NULL, NULL, &error));
    assert_null(ln_stream_next(NULL, &at, &size));
    assert_null(ln_stream_next(&stream, NULL, &size));
    assert_null(ln_stream_next(&stream, &at, NULL));
    assert_non_null(ln_stream_next(&stream, &at, &size));
    assert_int_equal(size, 5);
    ln_stream_free(&stream);
    ln_stream_free(&stream);
    ln_stream_free(NULL);
}

static void assert_bundle_empty(ln_bundle *bundle)
{
    assert_true(!bundle->bytes && !bundle->encoder_path && !bundle->decoder_path && !bundle->eyes_path &&
                !bundle->vision_path && !bundle->model.bytes && !bundle->model.channels &&
                !bundle->model.name[0]);
    memset(bundle, 0xaa, sizeof *bundle);
}

static void bundles(void **state)
{
    (void)state;
    ln_bundle bundle;
    memset(&bundle, 0xaa, sizeof bundle);
    FAILS(LN_ERR_ARGUMENT, ln_bundle_open(NULL, MODEL, &error));
    FAILS(LN_ERR_IO, ln_bundle_open(&bundle, "no/such/model", &error));
    assert_bundle_empty(&bundle);
    FAILS(LN_ERR_IO, ln_bundle_open(&bundle, "no-such-model", &error));
    assert_bundle_empty(&bundle);
    FAILS(LN_ERR_IO, ln_bundle_open(&bundle, "tests/models", &error)); /* a folder without a model */
    assert_bundle_empty(&bundle);
    FAILS(LN_ERR_MODEL, ln_bundle_open(&bundle, PICTURE, &error));
    assert_bundle_empty(&bundle);
    FAILS(LN_ERR_ARGUMENT, ln_bundle_find(NULL, 1, &error));
    FAILS(LN_ERR_IO, ln_bundle_find(&bundle, 1, &error));
    assert_bundle_empty(&bundle);
    assert_int_equal(ln_bundle_open(&bundle, MODEL, &error), LN_OK);
    assert_string_equal(bundle.eyes_path, bundle.decoder_path);
    ln_bundle_close(&bundle);
    ln_bundle_close(&bundle);
    ln_bundle_close(NULL);
}

static void receivers(void **state)
{
    (void)state;
    picture p;
    picture_open_file(&p, MODEL);
    ln_receiver_config good = {.model = &p.model, .max_images = 1}, none = good, many = good, roomy = good,
                       greedy = good;
    none.max_images = 0;
    many.max_images = ((size_t)1 << 20) + 1;
    roomy.max_waiting_bytes = ((size_t)1 << 24) + 1;
    greedy.max_images_per_device = 2;
    const ln_receiver_config without = {.max_images = 1};
    const ln_receiver_config *const wrong[] = {&none, &many, &roomy, &greedy, &without, NULL};
    ln_receiver *receiver;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        receiver = (void *)&p;
        FAILS(LN_ERR_ARGUMENT, ln_receiver_open(&receiver, wrong[i], &error));
        assert_null(receiver);
    }
    assert_int_equal(ln_receiver_open(&receiver, &none, NULL), LN_ERR_ARGUMENT);
    FAILS(LN_ERR_ARGUMENT, ln_receiver_open(NULL, &good, &error));

    uint8_t packet[LN_MAX_PAYLOAD] = {0};
    ln_receiver_info info;
    assert_int_equal(ln_receiver_open(&receiver, &good, &error), LN_OK);
    assert_int_equal(ln_receiver_push(NULL, &(ln_arrival){.device = 0}, packet, 9, NULL), LN_ERR_ARGUMENT);
    assert_int_equal(ln_receiver_push(receiver, &(ln_arrival){.device = 0}, NULL, 9, NULL), LN_ERR_ARGUMENT);
    assert_int_equal(ln_receiver_push(receiver, NULL, packet, 9, NULL), LN_ERR_ARGUMENT);
    assert_int_equal(ln_receiver_close_image(receiver, 1), 0);
    assert_int_equal(ln_receiver_close_image(NULL, 1), 0);
    assert_null(ln_receiver_image(NULL, 1));
    ln_receiver_get_info(receiver, NULL);
    memset(&info, 0xaa, sizeof info);
    ln_receiver_get_info(NULL, &info);
    assert_true(!info.images && !info.image_bytes && !info.opened && !info.refused.packets);
    ln_receiver_expire(NULL, 0);
    ln_receiver_close(receiver);
    ln_receiver_close(NULL);
    picture_close(&p);
}

static void images(void **state)
{
    (void)state;
    picture p;
    uint64_t seed = 3, id;
    uint8_t packet[LN_MAX_PAYLOAD];
    size_t size;
    unsigned next;
    picture_open_file(&p, MODEL);
    picture_fill(&p, &seed);
    ln_receiver_config config = {.model = &p.model, .max_images = 1};
    ln_receiver *receiver;
    assert_int_equal(ln_receiver_open(&receiver, &config, &error), LN_OK);
    assert_int_equal(ln_packet_write(p.order, picture_map(&p), picture_values, &p, 0, 0, 0, LN_MAX_PAYLOAD,
                                     packet, &size, &next),
                     LN_OK);
    assert_int_equal(ln_receiver_push(receiver, &(ln_arrival){.device = 0}, packet, size, &id), LN_OK);
    const ln_image *image = ln_receiver_image(receiver, id);
    assert_non_null(image);

    unsigned known = 0;
    for (unsigned c = 0; c < p.model.channels; c++) {
        unsigned places = ln_model_places(&p.model, c);
        for (unsigned place = 0; place < places; place++)
            known += ln_image_known(image, c, place);
        assert_int_equal(ln_image_known(image, c, places), 0);
        assert_int_equal(ln_image_value(image, c, places), 0);
    }
    assert_true(known > 0);
    assert_int_equal(ln_image_known(image, p.model.channels, 0), 0);
    assert_int_equal(ln_image_value(image, p.model.channels, 0), 0);
    assert_int_equal(ln_image_known(NULL, 0, 0), 0);
    assert_int_equal(ln_image_value(NULL, 0, 0), 0);
    assert_null(ln_image_map(NULL));
    assert_null(ln_image_model(NULL));
    ln_image_get_info(image, NULL);
    ln_image_info info;
    memset(&info, 0xaa, sizeof info);
    ln_image_get_info(NULL, &info);
    assert_true(!info.id && !info.symbols && !info.traffic.accepted.packets);
    ln_receiver_close(receiver);
    picture_close(&p);
}

static void decoders(void **state)
{
    (void)state;
    picture p;
    picture_open_file(&p, MODEL);
    ln_decoder *decoder = (void *)&p;
    FAILS(LN_ERR_ARGUMENT, ln_decoder_open(NULL, &p.model, DECODER, 0, &error));
    FAILS(LN_ERR_ARGUMENT, ln_decoder_open(&decoder, NULL, DECODER, 0, &error));
    assert_null(decoder);
    decoder = (void *)&p;
    FAILS(LN_ERR_ARGUMENT, ln_decoder_open(&decoder, &p.model, NULL, 0, &error));
    assert_null(decoder);
    decoder = (void *)&p;
    FAILS(LN_ERR_IO, ln_decoder_open(&decoder, &p.model, "none.onnx", 0, &error));
    assert_null(decoder);
    decoder = (void *)&p;
    FAILS(LN_ERR_MISMATCH, ln_decoder_open(&decoder, &p.model, CLASSIFIER, 0, &error));
    assert_null(decoder);

    const ln_image *nothing = NULL;
    uint8_t *rgb = malloc(3u * p.model.width * p.model.height);
    assert_int_equal(ln_decoder_open(&decoder, &p.model, DECODER, 0, &error), LN_OK);
    FAILS(LN_ERR_ARGUMENT, ln_decoder_run(NULL, &nothing, 1, rgb, &error));
    FAILS(LN_ERR_ARGUMENT, ln_decoder_run(decoder, NULL, 1, rgb, &error));
    FAILS(LN_ERR_ARGUMENT, ln_decoder_run(decoder, &nothing, 1, NULL, &error));
    FAILS(LN_ERR_ARGUMENT, ln_decoder_run(decoder, &nothing, 0, rgb, &error));
    memset(&error, 0xaa, sizeof error);
    assert_int_equal(ln_decoder_run(decoder, &nothing, 1, rgb, &error), LN_OK);
    assert_int_equal((unsigned char)error.text[0], 0xaa); /* left alone */
    ln_decoder_close(decoder);
    ln_decoder_close(NULL);
    free(rgb);
    picture_close(&p);
}

static void settings(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {{"task", "guess"},    {"width", "0"},     {"channels", "YUV"},
                                           {"layout", "CHWN"},   {"mean", "1 2"},    {"divisor", "0"},
                                           {"boxes", "metres"},  {"score", "2"},     {"overlap", "x"},
                                           {"colour", "purple"}, {"height", "8 px"}, {"labels", NULL}};
    ln_vision_config config, before;
    memset(&config, 0, sizeof config);
    memset(&before, 0, sizeof before);
    ln_vision_config_default(&config);
    config.channels = LN_CHANNELS_BGR;
    config.channels_last = config.boxes_as_shares = 1;
    config.task = LN_TASK_DETECT;
    memcpy(&before, &config, sizeof before);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        FAILS(LN_ERR_ARGUMENT, ln_vision_config_set(&config, wrong[i][0], wrong[i][1], "test", &error));
        assert_memory_equal(&config, &before, sizeof before);
    }
    FAILS(LN_ERR_ARGUMENT, ln_vision_config_set(NULL, "task", "detect", "test", &error));
    FAILS(LN_ERR_ARGUMENT, ln_vision_config_set(&config, NULL, "detect", "test", &error));
    FAILS(LN_ERR_ARGUMENT, ln_vision_config_set(&config, "task", "detect", NULL, &error));
    FAILS(LN_ERR_ARGUMENT, ln_vision_config_read(NULL, CLASSIFIER, &error));
    FAILS(LN_ERR_ARGUMENT, ln_vision_config_read(&config, NULL, &error));
    FAILS(LN_ERR_IO, ln_vision_config_read(&config, "none.onnx", &error));
    assert_memory_equal(&config, &before, sizeof before);
    ln_vision_config_default(NULL);
}

static void visions(void **state)
{
    (void)state;
    ln_vision_config config;
    ln_vision_config_default(&config);
    config.width = 24;
    config.height = 16;
    ln_vision *vision = (void *)&config;
    FAILS(LN_ERR_ARGUMENT, ln_vision_open(NULL, CLASSIFIER, &config, 1, &error));
    FAILS(LN_ERR_ARGUMENT, ln_vision_open(&vision, NULL, &config, 1, &error));
    assert_null(vision);
    vision = (void *)&config;
    FAILS(LN_ERR_IO, ln_vision_open(&vision, "none.onnx", &config, 1, &error));
    assert_null(vision);
    vision = (void *)&config;
    FAILS(LN_ERR_IO, ln_vision_open(&vision, CLASSIFIER, NULL, 1, &error)); /* it has no sidecar file */
    assert_null(vision);

    assert_int_equal(ln_vision_open(&vision, CLASSIFIER, &config, 1, &error), LN_OK);
    ln_picture p, none = {0};
    ln_class best;
    ln_object *objects = calloc(LN_MAX_OBJECTS, sizeof *objects);
    size_t found;
    assert_int_equal(ln_picture_make(&p, 16, 16, &error), LN_OK);
    assert_int_equal(ln_vision_classify(vision, &p, 1, LN_FIT_CROP, 1, &best, &error), LN_OK);
    FAILS(LN_ERR_ARGUMENT, ln_vision_classify(NULL, &p, 1, LN_FIT_CROP, 1, &best, &error));
    FAILS(LN_ERR_ARGUMENT, ln_vision_classify(vision, NULL, 1, LN_FIT_CROP, 1, &best, &error));
    FAILS(LN_ERR_ARGUMENT, ln_vision_classify(vision, &p, 1, LN_FIT_CROP, 1, NULL, &error));
    FAILS(LN_ERR_ARGUMENT, ln_vision_classify(vision, &none, 1, LN_FIT_CROP, 1, &best, &error));
    FAILS(LN_ERR_ARGUMENT, ln_vision_classify(vision, &p, 1, LN_FIT_CROP, 0, &best, &error));
    FAILS(LN_ERR_ARGUMENT, ln_vision_detect(vision, &p, 1, NULL, objects, &found, &error));
    FAILS(LN_ERR_ARGUMENT, ln_vision_detect(NULL, &p, 1, NULL, objects, &found, &error));
    FAILS(LN_ERR_ARGUMENT, ln_vision_detect(vision, &p, 1, NULL, NULL, &found, &error));
    FAILS(LN_ERR_ARGUMENT, ln_vision_detect(vision, &p, 1, NULL, objects, NULL, &error));
    assert_int_equal(ln_vision_task(NULL), LN_TASK_CLASSIFY);
    assert_int_equal(ln_vision_classes(NULL), 0);
    assert_string_equal(ln_vision_label(NULL, 0), "");
    assert_string_equal(ln_vision_label(vision, 1000000), "");
    ln_vision_close(vision);
    ln_vision_close(NULL);
    ln_picture_free(&p);
    free(objects);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures),  cmocka_unit_test(streams), cmocka_unit_test(bundles),
        cmocka_unit_test(receivers), cmocka_unit_test(images),  cmocka_unit_test(decoders),
        cmocka_unit_test(settings),  cmocka_unit_test(visions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
