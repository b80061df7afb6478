/* Frames of every size and format against a direct computation, pixel by pixel. */
#include "device/support_device.h"

static const unsigned pixel_bytes[] = {3, 2, 2, 2, 2, 1, 3, 4, 4};
#define FORMATS (sizeof pixel_bytes / sizeof *pixel_bytes)

typedef struct frame {
    ln_pixel_format format;
    unsigned width, height;
    size_t row;
    uint8_t *pixels;
} frame;

static frame frame_make(uint64_t *seed, ln_pixel_format format, unsigned width, unsigned height)
{
    frame f = {format, width, height, (size_t)width * pixel_bytes[format], NULL};
    unsigned extreme = random_below(seed, 2);

    f.pixels = malloc(f.row * height);
    for (size_t i = 0; i < f.row * height; i++)
        f.pixels[i] = (uint8_t)(extreme ? 255 * random_below(seed, 2) : random_below(seed, 256));
    return f;
}

static int wide(int bits, int value)
{
    return value << (8 - bits) | value >> (2 * bits - 8);
}

/* A channel of a pixel as the frame has it: red, green, blue, or Y, U, V. */
static int channel_at(const frame *f, unsigned x, unsigned y, unsigned channel)
{
    const uint8_t *p = f->pixels + y * f->row;
    int rgb565;

    switch (f->format) {
    case LN_PIXELS_RGB888:
        return p[3 * x + channel];
    case LN_PIXELS_BGR888:
        return p[3 * x + 2 - channel];
    case LN_PIXELS_RGBA8888:
        return p[4 * x + channel];
    case LN_PIXELS_BGRA8888:
        return p[4 * x + 2 - channel];
    case LN_PIXELS_YUYV:
        return channel == 0 ? p[2 * x] : p[x / 2 * 4 + 2 * channel - 1];
    case LN_PIXELS_UYVY:
        return channel == 0 ? p[2 * x + 1] : p[x / 2 * 4 + 2 * channel - 2];
    case LN_PIXELS_GREY:
        return p[x];
    default:
        rgb565 =
            f->format == LN_PIXELS_RGB565 ? p[2 * x] + 256 * p[2 * x + 1] : p[2 * x + 1] + 256 * p[2 * x];
        return channel == 0   ? wide(5, rgb565 >> 11)
               : channel == 1 ? wide(6, rgb565 >> 5 & 63)
                              : wide(5, rgb565 & 31);
    }
}

/* Marks that pixel `p` of n and pixel `q` of m have in common on a ruler of n x m. */
static int64_t common(int n, int p, int m, int q)
{
    int from = p * m > q * n ? p * m : q * n;
    int to = (p + 1) * m < (q + 1) * n ? (p + 1) * m : (q + 1) * n;

    return to > from ? to - from : 0;
}

static int mean_at(const frame *f, const ln_model *m, unsigned x, unsigned y, unsigned channel)
{
    int64_t sum = 0, area = (int64_t)f->width * f->height;

    for (unsigned q = y * f->height / m->height; q < f->height && q * m->height < (y + 1) * f->height; q++)
        for (unsigned p = x * f->width / m->width; p < f->width && p * m->width < (x + 1) * f->width; p++)
            sum += common((int)f->width, (int)p, m->width, (int)x) *
                   common((int)f->height, (int)q, m->height, (int)y) * channel_at(f, p, q, channel);
    return (int)((sum + area / 2) / area);
}

/* Rounded to the nearest, halves up, and limited to a byte. */
static uint8_t byte_near(double number)
{
    return (uint8_t)clamped((int64_t)floor(number + 0.5), 0, 255);
}

static uint8_t *reference_picture(const frame *f, const ln_model *m)
{
    uint8_t *rgb = malloc(3u * m->width * m->height), *at = rgb;

    for (unsigned y = 0; y < m->height; y++) {
        for (unsigned x = 0; x < m->width; x++, at += 3) {
            int c[3];

            for (unsigned i = 0; i < 3; i++)
                c[i] = mean_at(f, m, x, y, i);
            if (f->format == LN_PIXELS_YUYV || f->format == LN_PIXELS_UYVY) {
                double u = c[1] - 128, v = c[2] - 128;

                at[0] = byte_near(c[0] + 359 * v / 256);
                at[1] = (uint8_t)clamped(c[0] - (int64_t)floor((88 * u + 183 * v) / 256 + 0.5), 0, 255);
                at[2] = byte_near(c[0] + 454 * u / 256);
            } else {
                for (unsigned i = 0; i < 3; i++)
                    at[i] = (uint8_t)c[i];
            }
        }
    }
    return rgb;
}

/* A model and two cameras: one behind a scaler, one that gets the reference's picture. */
typedef struct bench {
    uint8_t *file;
    ln_model m;
    camera scaled, direct;
    void *block;
    ln_scaler *s;
} bench;

static void bench_open(bench *b, const char *path)
{
    size_t size;

    b->file = read_whole(path, &size);
    assert_int_equal(ln_model_open(&b->m, b->file, size), LN_OK);
    b->scaled = camera_make(&b->m);
    b->direct = camera_make(&b->m);
    b->block = malloc(ln_scaler_size(&b->m) + 4);
}

static void bench_close(bench *b)
{
    free(b->block);
    camera_free(&b->scaled);
    camera_free(&b->direct);
    free(b->file);
}

static void make_scaler(bench *b, const frame *f)
{
    assert_int_equal(ln_scaler_init(&b->s, &b->m, f->format, f->width, f->height, (uint8_t *)b->block + 4,
                                    ln_scaler_size(&b->m)),
                     LN_OK);
}

static void check_same(const bench *b)
{
    for (unsigned k = 0; k < b->m.channels; k++)
        for (unsigned i = 0; i < ln_model_places(&b->m, k); i++)
            assert_int_equal(ln_camera_value(b->scaled.c, k, i), ln_camera_value(b->direct.c, k, i));
}

/* One row, two, three, ... at a time. */
static void push_frame(bench *b, const frame *f)
{
    unsigned rows = 1;

    for (unsigned y = 0; y < f->height; y += rows, rows++) {
        uint8_t *exact;

        if (rows > f->height - y)
            rows = f->height - y;
        exact = malloc(rows * f->row);
        memcpy(exact, f->pixels + y * f->row, rows * f->row);
        assert_int_equal(ln_scaler_push_rows(b->s, exact, rows * f->row, rows), LN_OK);
        free(exact);
    }
}

static void check_frame(bench *b, const frame *f)
{
    uint8_t *rgb = reference_picture(f, &b->m);

    make_scaler(b, f);
    assert_int_equal(ln_scaler_begin(b->s, b->scaled.c, 3), LN_OK);
    push_frame(b, f);
    assert_int_equal(ln_camera_finish(b->scaled.c), LN_OK);
    encode_picture(b->direct.c, &b->m, rgb, 3);
    check_same(b);
    free(rgb);
}

static void test_formats(void **state)
{
    static const unsigned sizes[][2] = {{160, 120}, {640, 480}, {320, 240}, {162, 477}};
    uint64_t seed = 11;
    bench b;

    (void)state;
    bench_open(&b, "tests/models/random-wide.lnm"); /* 50 x 30 */
    for (unsigned format = 0; format < FORMATS; format++) {
        for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            frame f = frame_make(&seed, (ln_pixel_format)format, sizes[i][0], sizes[i][1]);

            check_frame(&b, &f);
            free(f.pixels);
        }
    }
    bench_close(&b);
}

/* A picture that is larger than the frame, as large, smaller by a little, and smaller; frames that are larger
 * in one direction only. */
static void test_sizes(void **state)
{
    static const unsigned sizes[][2] = {{161, 121}, {224, 224}, {225, 223},
                                        {319, 240}, {160, 480}, {640, 480}};
    uint64_t seed = 12;
    bench b;

    (void)state;
    bench_open(&b, "tests/models/random-pyramid.lnm");
    for (unsigned format = 0; format < FORMATS; format++) {
        unsigned paired = format == LN_PIXELS_YUYV || format == LN_PIXELS_UYVY;

        for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            unsigned width = sizes[i][0] + (paired && sizes[i][0] % 2 != 0);
            frame f = frame_make(&seed, (ln_pixel_format)format, width, sizes[i][1]);

            check_frame(&b, &f);
            free(f.pixels);
        }
    }
    bench_close(&b);
}

static void test_wrong_arguments(void **state)
{
    uint64_t seed = 13;
    bench b, other;
    frame f = frame_make(&seed, LN_PIXELS_YUYV, 160, 120);
    size_t size;

    (void)state;
    bench_open(&b, "tests/models/tiny.lnm");
    bench_open(&other, "tests/models/random-wide.lnm");
    size = ln_scaler_size(&b.m);
    assert_int_equal(ln_scaler_size(NULL), 0);
    assert_int_equal(ln_scaler_init(NULL, &b.m, f.format, 160, 120, b.block, size), LN_ERR_ARGUMENT);
    assert_int_equal(ln_scaler_init(&b.s, NULL, f.format, 160, 120, b.block, size), LN_ERR_ARGUMENT);
    assert_int_equal(ln_scaler_init(&b.s, &b.m, f.format, 160, 120, NULL, size), LN_ERR_ARGUMENT);
    assert_int_equal(ln_scaler_init(&b.s, &b.m, f.format, 160, 120, (uint8_t *)b.block + 1, size),
                     LN_ERR_ARGUMENT);
    assert_int_equal(ln_scaler_init(&b.s, &b.m, f.format, 159, 120, b.block, size), LN_ERR_ARGUMENT);
    assert_int_equal(ln_scaler_init(&b.s, &b.m, f.format, 161, 120, b.block, size), LN_ERR_ARGUMENT);
    assert_int_equal(ln_scaler_init(&b.s, &b.m, f.format, 642, 120, b.block, size), LN_ERR_ARGUMENT);
    assert_int_equal(ln_scaler_init(&b.s, &b.m, f.format, 160, 119, b.block, size), LN_ERR_ARGUMENT);
    assert_int_equal(ln_scaler_init(&b.s, &b.m, f.format, 160, 481, b.block, size), LN_ERR_ARGUMENT);
    assert_int_equal(ln_scaler_init(&b.s, &b.m, (ln_pixel_format)FORMATS, 160, 120, b.block, size),
                     LN_ERR_ARGUMENT);
    assert_int_equal(ln_scaler_init(&b.s, &b.m, f.format, 160, 120, b.block, size - 1), LN_ERR_SPACE);
    make_scaler(&b, &f);
    assert_int_equal(ln_scaler_begin(NULL, b.scaled.c, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_scaler_begin(b.s, NULL, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_scaler_begin(b.s, other.scaled.c, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_scaler_begin(b.s, b.scaled.c, LN_PICTURES), LN_ERR_ARGUMENT);
    assert_int_equal(ln_scaler_push_rows(NULL, f.pixels, f.row, 1), LN_ERR_ARGUMENT);
    free(f.pixels);
    bench_close(&other);
    bench_close(&b);
}

/* Wrong calls in the middle of a picture change nothing of it. */
static void test_wrong_order(void **state)
{
    uint64_t seed = 14;
    bench b;
    frame f = frame_make(&seed, LN_PIXELS_GREY, 160, 120);
    uint8_t *rgb;
    size_t whole = f.row * f.height;

    (void)state;
    bench_open(&b, "tests/models/random-wide.lnm");
    make_scaler(&b, &f);
    assert_int_equal(ln_scaler_push_rows(b.s, f.pixels, f.row, 1), LN_ERR_STATE);
    assert_int_equal(ln_scaler_begin(b.s, b.scaled.c, 1), LN_OK);
    assert_int_equal(ln_scaler_push_rows(b.s, f.pixels, 50 * f.row, 50), LN_OK);
    assert_int_equal(ln_scaler_push_rows(b.s, NULL, f.row, 1), LN_ERR_ARGUMENT);
    assert_int_equal(ln_scaler_push_rows(b.s, f.pixels, f.row - 1, 1), LN_ERR_ARGUMENT);
    assert_int_equal(ln_scaler_push_rows(b.s, f.pixels, f.row, 2), LN_ERR_ARGUMENT);
    assert_int_equal(ln_scaler_push_rows(b.s, f.pixels, whole, f.height), LN_ERR_STATE);
    assert_int_equal(ln_camera_finish(b.scaled.c), LN_ERR_STATE);
    assert_int_equal(ln_scaler_push_rows(b.s, f.pixels + 50 * f.row, 70 * f.row, 70), LN_OK);
    assert_int_equal(ln_scaler_push_rows(b.s, f.pixels, f.row, 1), LN_ERR_STATE);
    assert_int_equal(ln_camera_finish(b.scaled.c), LN_OK);
    assert_int_equal(ln_scaler_push_rows(b.s, f.pixels, f.row, 1), LN_ERR_STATE);
    rgb = reference_picture(&f, &b.m);
    encode_picture(b.direct.c, &b.m, rgb, 1);
    check_same(&b);

    /* A camera that others use as well is noticed; a new picture puts all in order. */
    assert_int_equal(ln_scaler_begin(b.s, b.scaled.c, 1), LN_OK);
    assert_int_equal(ln_camera_push_rows(b.scaled.c, rgb, 3u * b.m.width, 1), LN_OK);
    assert_int_equal(ln_scaler_push_rows(b.s, f.pixels, f.row, 1), LN_ERR_STATE);
    check_frame(&b, &f);
    free(rgb);
    free(f.pixels);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_wrong_arguments),
        cmocka_unit_test(test_wrong_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
