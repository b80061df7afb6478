/* What was received, shown in a picture: against ln_image_known, pixel by pixel. */
#include "service/pictures/render_mark.h"

#include "core/support_core.h"

#define MODEL "tests/models/random-cifar.lnm"
#define STRIPE 120 /* of stripes at least: pixels are black before, and less than that where pale */

typedef struct fixture {
    picture picture;
    ln_receiver *receiver;
    uint8_t *rgb;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    uint64_t seed = 5;
    *state = f;
    picture_open_file(&f->picture, MODEL);
    picture_fill(&f->picture, &seed);
    const ln_receiver_config config = {
        .model = &f->picture.model, .max_images = 8, .max_waiting_bytes = 1000};
    assert_int_equal(ln_receiver_open(&f->receiver, &config, NULL), LN_OK);
    f->rgb = malloc((size_t)f->picture.model.width * f->picture.model.height * 3);
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    ln_receiver_close(f->receiver);
    picture_close(&f->picture);
    free(f->rgb);
    free(f);
    return 0;
}

/* A picture of which so many packets have come, of small ones. */
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
    return id ? ln_receiver_image(f->receiver, id) : NULL;
}

static void mark(fixture *f, const ln_image *image)
{
    memset(f->rgb, 0, (size_t)f->picture.model.width * f->picture.model.height * 3);
    ln_render_mark(image, &f->picture.model, f->rgb);
}

/* What is known of a pixel, found the slow way. */
typedef struct pixel {
    unsigned known, total, detail;
} pixel;

static pixel know(const fixture *f, const ln_image *image, unsigned x, unsigned y)
{
    const ln_model *m = &f->picture.model;
    unsigned finest = 0;
    pixel p = {0};
    for (unsigned c = 0; c < m->channels; c++)
        if (ln_model_places(m, c) > finest)
            finest = ln_model_places(m, c);
    for (unsigned c = 0; c < m->channels; c++) {
        const ln_layer *stage = &m->stage[m->channel[c].stage];
        const unsigned place = y * stage->height / m->height * stage->width + x * stage->width / m->width;
        const unsigned known = ln_image_known(image, c, place);
        p.known += known;
        p.total += m->channel[c].planes;
        p.detail += ln_model_places(m, c) == finest ? known : 0;
    }
    return p;
}

static int is_hatched(const fixture *f, unsigned x, unsigned y)
{
    return f->rgb[3 * (y * f->picture.model.width + x)] >= STRIPE;
}

static void each_pixel(fixture *f, const ln_image *image)
{
    const ln_model *m = &f->picture.model;
    unsigned stripes = 0, bare = 0, paler[257] = {0};
    mark(f, image);
    for (unsigned y = 0; y < m->height; y++)
        for (unsigned x = 0; x < m->width; x++) {
            const pixel p = know(f, image, x, y);
            const uint8_t *rgb = &f->rgb[3 * (y * m->width + x)];
            assert_true(rgb[0] == rgb[1] && rgb[1] == rgb[2]);
            stripes += (unsigned)is_hatched(f, x, y);
            bare += !p.detail;
            if (p.detail)
                assert_false(is_hatched(f, x, y));
            if (p.known == p.total)
                assert_int_equal(rgb[0], 0);
            if (!p.detail)
                continue;
            /* The same share is the same pale, a smaller one is paler. */
            const unsigned share = 256 * p.known / p.total;
            assert_true(!paler[share] || paler[share] == rgb[0] + 1u);
            paler[share] = rgb[0] + 1u;
        }
    unsigned last = UINT8_MAX + 1;
    for (unsigned share = 0; share <= 256; share++) {
        assert_true(paler[share] <= last);
        last = paler[share] ? paler[share] : last;
    }
    if (bare)
        assert_in_range(stripes, bare / 8, bare / 2);
    else
        assert_int_equal(stripes, 0);
}

static void marks_are_what_is_known(void **state)
{
    fixture *f = *state;
    for (unsigned packets = 1; packets < 30; packets += 4)
        each_pixel(f, receive(f, packets, packets));
}

static void a_whole_picture_is_not_marked(void **state)
{
    fixture *f = *state;
    const size_t size = (size_t)f->picture.model.width * f->picture.model.height * 3;
    mark(f, receive(f, 1000, 100000));
    for (size_t i = 0; i < size; i++)
        assert_int_equal(f->rgb[i], 0);
}

static void nothing_is_hatched_all_over(void **state)
{
    fixture *f = *state;
    each_pixel(f, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(marks_are_what_is_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_whole_picture_is_not_marked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_hatched_all_over, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
