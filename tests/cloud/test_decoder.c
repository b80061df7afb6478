/* What the decoder network is fed with. The network here makes a picture that is a known function of its
 * inputs (tests/make_decoder.py). */
#include "core/support_core.h"

#include <limitnet/cloud.h>

#include <math.h>

#define MODEL "tests/models/random-cifar.lnm"
#define DECODER "tests/onnx/random-cifar-decoder.onnx" /* made by tests/make_decoder.py */
#define IMAGES 3

/* Pictures of which much, little, and nothing was received. */
typedef struct fixture {
    picture picture;
    ln_receiver *receiver;
    const ln_image *image[IMAGES];
} fixture;

static const ln_image *receive(fixture *f, uint64_t device, unsigned packets)
{
    picture *p = &f->picture;
    uint64_t id = 0;
    unsigned rank = 0;
    for (unsigned i = 0; i < packets && rank < p->model.symbols; i++) {
        uint8_t packet[LN_MAX_PAYLOAD];
        size_t size;
        assert_int_equal(ln_packet_write(p->order, picture_map(p), picture_values, p, 0, 0, rank, 40, packet,
                                         &size, &rank),
                         LN_OK);
        ln_receiver_push(f->receiver, &(ln_arrival){.device = device}, packet, size, &id);
    }
    return ln_receiver_image(f->receiver, id);
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    *state = f;
    uint64_t seed = 5;
    picture_open_file(&f->picture, MODEL);
    picture_fill(&f->picture, &seed);
    ln_receiver_config config = {.model = &f->picture.model, .max_images = 2, .max_waiting_bytes = 1000};
    assert_int_equal(ln_receiver_open(&f->receiver, &config, NULL), LN_OK);
    f->image[0] = receive(f, 0, 1000);
    f->image[1] = receive(f, 1, 1);
    f->image[2] = NULL;
    assert_non_null(ln_image_map(f->image[0]));
    assert_null(ln_image_map(f->image[1]));
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    ln_receiver_close(f->receiver);
    picture_close(&f->picture);
    free(f);
    return 0;
}

static ln_decoder *open_decoder(const ln_model *model, const char *path)
{
    ln_decoder *decoder;
    ln_error error;
    if (ln_decoder_open(&decoder, model, path, 0, &error) != LN_OK)
        fail_msg("%s", error.text);
    return decoder;
}

/* The place of a grid of n that the network enlarges to position p of `size`. */
static unsigned nearest(unsigned p, unsigned n, unsigned size)
{
    return (unsigned)((float)p / (((float)size + 0.5f) / (float)n));
}

/* The network's red and blue at a pixel, from what the receiver says. */
static void expect(const ln_model *model, const ln_image *image, unsigned y, unsigned x, double *red,
                   double *blue)
{
    unsigned stages = 0;
    *red = *blue = 0;
    for (unsigned s = 0; s < model->stages; s++) {
        const ln_layer *grid = &model->stage[s];
        unsigned channels = grid->outputs - grid->pass;
        stages += channels > 0;
        for (unsigned c = grid->first_channel; image && c < grid->first_channel + channels; c++) {
            unsigned place =
                nearest(y, grid->height, model->height) * grid->width + nearest(x, grid->width, model->width);
            *red += ln_image_value(image, c, place) / 256.0 / channels;
            *blue += (double)ln_image_known(image, c, place) / model->channel[c].planes / channels;
        }
    }
    *blue /= stages;
    if (image && ln_image_map(image))
        *red += ln_image_map(image)[nearest(y, 8, model->height) * 8 + nearest(x, 8, model->width)] /
                (model->map_levels - 1.0);
    *red = 0.5 + 0.02 * *red;
}

static int byte_of(double share)
{
    return (int)lrint(255 * fmin(1, fmax(0, share)));
}

static void check_picture(const ln_model *model, const ln_image *image, const uint8_t *rgb)
{
    for (unsigned y = 0; y < model->height; y++)
        for (unsigned x = 0; x < model->width; x++, rgb += 3) {
            double red, blue;
            expect(model, image, y, x, &red, &blue);
            assert_in_range(rgb[0] + 1, byte_of(red), byte_of(red) + 2);
            assert_in_range(rgb[1] + 1, byte_of(1 - red), byte_of(1 - red) + 2);
            assert_in_range(rgb[2] + 1, byte_of(blue), byte_of(blue) + 2);
        }
}

static void the_network_sees_what_was_received(void **state)
{
    fixture *f = *state;
    const ln_model *model = &f->picture.model;
    size_t bytes = 3u * model->width * model->height;
    uint8_t *batch = malloc(IMAGES * bytes), *single = malloc(bytes);
    ln_decoder *decoder = open_decoder(model, DECODER);
    ln_error error;
    assert_int_equal(ln_decoder_run(decoder, f->image, IMAGES, batch, &error), LN_OK);
    for (unsigned i = 0; i < IMAGES; i++) {
        check_picture(model, f->image[i], batch + i * bytes);
        assert_int_equal(ln_decoder_run(decoder, &f->image[i], 1, single, &error), LN_OK);
        assert_memory_equal(single, batch + i * bytes, bytes);
    }
    assert_memory_not_equal(batch, batch + bytes, bytes);
    assert_memory_not_equal(batch + bytes, batch + 2 * bytes, bytes);
    ln_decoder_close(decoder);
    free(batch);
    free(single);
}

static void what_does_not_fit_is_refused(void **state)
{
    fixture *f = *state;
    uint8_t *rgb = malloc(3u * f->picture.model.width * f->picture.model.height);
    picture other;
    ln_decoder *decoder;
    ln_error error;
    picture_open_file(&other, "tests/models/random-wide.lnm");
    assert_int_equal(ln_decoder_open(&decoder, &other.model, DECODER, 0, &error), LN_ERR_MISMATCH);
    assert_null(decoder);
    assert_non_null(strstr(error.text, "the decoder of another model (checksum "));
    assert_int_equal(ln_decoder_open(&decoder, &other.model, "none.onnx", 0, &error), LN_ERR_IO);

    decoder = open_decoder(&f->picture.model, DECODER);
    assert_int_equal(ln_decoder_run(decoder, f->image, 0, rgb, &error), LN_ERR_ARGUMENT);
    ln_receiver_config config = {.model = &other.model, .max_images = 1};
    ln_receiver *receiver = f->receiver;
    assert_int_equal(ln_receiver_open(&f->receiver, &config, NULL), LN_OK);
    uint64_t seed = 1, id;
    uint8_t packet[LN_MAX_PAYLOAD];
    size_t size;
    unsigned next;
    picture_fill(&other, &seed);
    assert_int_equal(ln_packet_write(other.order, picture_map(&other), picture_values, &other, 0, 0, 0, 200,
                                     packet, &size, &next),
                     LN_OK);
    ln_receiver_push(f->receiver, &(ln_arrival){.device = 0}, packet, size, &id);
    const ln_image *foreign = ln_receiver_image(f->receiver, id);
    assert_non_null(foreign);
    assert_int_equal(ln_decoder_run(decoder, &foreign, 1, rgb, &error), LN_ERR_MISMATCH);
    ln_receiver_close(f->receiver);
    f->receiver = receiver;
    ln_decoder_close(decoder);
    ln_decoder_close(NULL);
    picture_close(&other);
    free(rgb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_network_sees_what_was_received),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
