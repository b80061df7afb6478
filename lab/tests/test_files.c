/* The codecs that send files, with the real libraries, on real pictures. */
#include "codecs/file_codec.h"
#include "codecs/ladder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SIDE 224
#define BYTES ((size_t)SIDE * SIDE * 3)

static const ln_codec_kind *const kinds[] = {
    &ln_codec_jpeg,     &ln_codec_pjpeg, &ln_codec_webp,        &ln_codec_avif,
    &ln_codec_jpeg2000, &ln_codec_jxl,   &ln_codec_shrink_webp, &ln_codec_shrink_jpeg,
};
#define KINDS (sizeof kinds / sizeof *kinds)

static ln_picture read_picture(const char *path, unsigned side)
{
    ln_picture original, picture;
    ln_error error;
    if (ln_picture_read(&original, path, &error) != LN_OK)
        fail_msg("%s", error.text);
    assert_int_equal(ln_picture_resize(&original, side, side, LN_FIT_STRETCH, &picture, NULL), LN_OK);
    ln_picture_free(&original);
    return picture;
}

static double error_of(const uint8_t *a, const uint8_t *b, size_t bytes)
{
    double sum = 0;
    for (size_t i = 0; i < bytes; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum / (double)bytes;
}

#define MTU 242

static void open_lossy(ln_codec *codec, const char *name, uint32_t loss)
{
    ln_codec_settings settings = {.mtu = {MTU}, .loss = loss, .seed = 1};
    ln_error error;
    if (ln_codec_open(codec, name, &settings, &error) != LN_OK)
        fail_msg("%s", error.text);
}

static void open_codec(ln_codec *codec, const char *name)
{
    open_lossy(codec, name, 0);
}

/* ---- Budgets --------------------------------------------------------------------------------- */

static const size_t budgets[] = {11, 2000, 6000};
#define BUDGETS (sizeof budgets / sizeof *budgets)

/* 11 bytes show nothing, unless the header does not count; more bytes show more and more. */
static void assert_budgets(const char *name, ln_way way, const ln_picture *picture)
{
    ln_codec codec;
    ln_delivery deliveries[BUDGETS];
    void *stream;
    ln_error error;
    open_codec(&codec, name);
    uint8_t *rgb = malloc(BUDGETS * BYTES);
    assert_int_equal(codec.kind->encode(&codec, picture, 0, &stream, NULL), LN_OK);
    for (size_t i = 0; i < BUDGETS; i++)
        deliveries[i] = (ln_delivery){.stream = stream, .way = way, .budget = budgets[i]};
    if (codec.kind->receive(&codec, deliveries, BUDGETS, rgb, &error) != LN_OK)
        fail_msg("%s: %s", name, error.text);
    assert_int_equal(deliveries[0].nothing, !(codec.bare && way == LN_WAY_CUT));
    assert_int_equal(deliveries[0].bytes, way == LN_WAY_CUT ? 11 : 0);
    double before = 10000;
    for (size_t i = 1; i < BUDGETS; i++) {
        assert_int_equal(deliveries[i].nothing, 0);
        assert_true(deliveries[i].bytes <= budgets[i] && deliveries[i].bytes > budgets[i] * 8 / 10);
        double now = error_of(rgb + i * BYTES, picture->rgb, BYTES);
        assert_true(now < before);
        before = now;
    }
    assert_true(before < 150); /* 26 dB */
    codec.kind->forget(stream);
    free(rgb);
    ln_codec_close(&codec);
}

static void budgets_are_kept(void **state)
{
    (void)state;
    ln_picture picture = read_picture("tests/pictures/cat.jpg", SIDE);
    for (size_t i = 0; i < KINDS; i++) {
        assert_budgets(kinds[i]->name, LN_WAY_FIT, &picture);
        if (kinds[i]->ways & LN_WAY_CUT)
            assert_budgets(kinds[i]->name, LN_WAY_CUT, &picture);
    }
    assert_budgets("avif-bare", LN_WAY_FIT, &picture);
    assert_budgets("jpeg2000-bare", LN_WAY_CUT, &picture);
    ln_picture_free(&picture);
}

/* ---- Losses ---------------------------------------------------------------------------------- */

static void receive_one(const char *name, uint32_t loss, size_t number, ln_delivery *delivery, uint8_t *rgb,
                        const ln_picture *picture)
{
    ln_codec codec;
    open_lossy(&codec, name, loss);
    assert_int_equal(codec.kind->encode(&codec, picture, number, &delivery->stream, NULL), LN_OK);
    assert_int_equal(codec.kind->receive(&codec, delivery, 1, rgb, NULL), LN_OK);
    codec.kind->forget(delivery->stream);
    ln_codec_close(&codec);
}

/* A file that is cut shows its part before the first lost packet: the same as at a smaller budget. */
static void a_gap_ends_a_cut_file(void **state)
{
    (void)state;
    ln_picture picture = read_picture("tests/pictures/cat.jpg", SIDE);
    uint8_t *lossy = malloc(BYTES), *whole = malloc(BYTES);
    for (size_t number = 0; number < 8; number++) {
        ln_delivery delivery = {.way = LN_WAY_CUT, .budget = 4000};
        receive_one("pjpeg", 200000, number, &delivery, lossy, &picture);
        assert_int_equal(delivery.bytes, 4000);
        size_t packets = 0, same = 0;
        for (; packets * MTU < 4000 && !same; packets++) {
            ln_delivery prefix = {.way = LN_WAY_CUT, .budget = (packets + 1) * MTU};
            receive_one("pjpeg", 0, number, &prefix, whole, &picture);
            same = prefix.nothing == delivery.nothing && (delivery.nothing || !memcmp(lossy, whole, BYTES));
        }
        assert_true(same);
    }
    free(lossy);
    free(whole);
    ln_picture_free(&picture);
}

/* Each of eight pictures takes about three packets. At 30 % loss some pictures arrive and some do not; at 100
 * % none arrives. */
static void a_fitted_file_is_needed_whole(void **state)
{
    (void)state;
    ln_picture picture = read_picture("tests/pictures/cat.jpg", SIDE);
    uint8_t *rgb = malloc(BYTES);
    size_t arrived = 0;
    for (size_t number = 0; number < 8; number++) {
        ln_delivery delivery = {.way = LN_WAY_FIT, .budget = 700};
        receive_one("shrink+webp", 300000, number, &delivery, rgb, &picture);
        assert_true(delivery.bytes > 2 * MTU);
        arrived += !delivery.nothing;
        receive_one("shrink+webp", 1000000, number, &delivery, rgb, &picture);
        assert_true(delivery.nothing);
    }
    assert_in_range(arrived, 1, 7);
    free(rgb);
    ln_picture_free(&picture);
}

/* The file of the next quality would be too large. */
static void the_largest_file_that_fits_is_found(void **state)
{
    (void)state;
    const ln_format *format = ln_codec_webp.file->format;
    ln_ladder ladder;
    const ln_coded *coded;
    size_t counted;
    assert_int_equal(ln_ladder_open(&ladder, format, 1, read_picture("tests/pictures/coffee.webp", 96), NULL),
                     LN_OK);
    assert_int_equal(ln_ladder_fit(&ladder, 1500, &coded, &counted, NULL), LN_OK);
    ln_coded better = {0};
    int quality = (int)(coded - ladder.rungs);
    assert_int_equal(counted, coded->size - 27);
    assert_true(counted <= 1500);
    assert_int_equal(format->encode(&ladder.picture, quality + 1, 1, &better, NULL), LN_OK);
    assert_true(ln_coded_counted(format, &better, 1) > 1500);
    free(better.bytes);
    assert_int_equal(ln_ladder_fit(&ladder, SIZE_MAX, &coded, &counted, NULL), LN_OK);
    assert_ptr_equal(coded, &ladder.rungs[format->qualities - 1]);
    assert_int_equal(ln_ladder_fit(&ladder, 10, &coded, &counted, NULL), LN_OK);
    assert_null(coded);
    ln_ladder_close(&ladder);
}

/* ---- Cuts ------------------------------------------------------------------------------------ */

/* Any beginning of a file shows something or is refused; from the first that shows something, all do. */
static void assert_cuts(const ln_format *format, size_t latest_beginning)
{
    ln_picture picture = read_picture("tests/pictures/cat.jpg", SIDE), decoded;
    ln_coded coded;
    int shown = 0;
    assert_int_equal(format->encode_stream(&picture, 0, &coded, NULL), LN_OK);
    for (size_t size = 0; size <= coded.size; size += size < 700 ? 1 : 211) {
        uint8_t *beginning = malloc(size); /* of exactly this size, for the sanitizers */
        memcpy(beginning, coded.bytes, size);
        ln_status status = format->decode(beginning, size, &decoded, NULL);
        assert_true(status == LN_OK || (status == LN_ERR_IO && !shown && size <= latest_beginning));
        shown |= status == LN_OK;
        ln_picture_free(&decoded);
        free(beginning);
    }
    assert_int_equal(format->decode(coded.bytes, coded.size, &decoded, NULL), LN_OK);
    assert_true(error_of(decoded.rgb, picture.rgb, BYTES) < 100);
    ln_picture_free(&decoded);
    ln_picture_free(&picture);
    free(coded.bytes);
}

static void cuts_show_what_is_there(void **state)
{
    (void)state;
    assert_cuts(ln_codec_pjpeg.file->format, 300);
    assert_cuts(ln_codec_jpeg2000.file->format, 200);
}

/* ---- Bytes that do not count ----------------------------------------------------------------- */

static void cuts_count_around_spans(void **state)
{
    (void)state;
    const ln_format *format =
        ln_codec_webp.file->format; /* 20 constant bytes, 3 that count, 7 constant bytes */
    uint8_t bytes[100] = {0};
    ln_coded coded = {bytes, sizeof bytes};
    size_t counted;
    assert_int_equal(ln_coded_counted(format, &coded, 0), 100);
    assert_int_equal(ln_coded_counted(format, &coded, 1), 73);
    assert_int_equal(ln_coded_cut(format, &coded, 1, 2, &counted), 22);
    assert_int_equal(counted, 2);
    assert_int_equal(ln_coded_cut(format, &coded, 1, 3, &counted), 30);
    assert_int_equal(ln_coded_cut(format, &coded, 1, 4, &counted), 31);
    assert_int_equal(counted, 4);
    assert_int_equal(ln_coded_cut(format, &coded, 1, 73, &counted), 100);
    assert_int_equal(ln_coded_cut(format, &coded, 1, 1000, &counted), 100);
    assert_int_equal(counted, 73);
    assert_int_equal(ln_coded_cut(format, &coded, 0, 20, &counted), 20);
}

/* How many bytes of the spans differ between two pictures and qualities; only lengths may. */
static size_t differing(const ln_format *format, size_t *constant)
{
    ln_picture cat = read_picture("tests/pictures/cat.jpg", SIDE);
    ln_picture coffee = read_picture("tests/pictures/coffee.webp", SIDE);
    ln_coded a = {0}, b = {0};
    ln_span first[LN_MOST_SPANS], second[LN_MOST_SPANS];
    assert_int_equal(format->encode(&cat, format->qualities / 4, 1, &a, NULL), LN_OK);
    assert_int_equal(format->encode(&coffee, format->qualities / 2, 1, &b, NULL), LN_OK);
    size_t count = format->constant(&a, first), different = 0;
    assert_int_equal(format->constant(&b, second), count);
    *constant = 0;
    for (size_t i = 0; i < count; i++) {
        size_t size = first[i].end - first[i].begin;
        assert_int_equal(second[i].end - second[i].begin, size);
        for (size_t k = 0; k < size; k++)
            different += a.bytes[first[i].begin + k] != b.bytes[second[i].begin + k];
        *constant += size;
    }
    free(a.bytes);
    free(b.bytes);
    ln_picture_free(&cat);
    ln_picture_free(&coffee);
    return different;
}

static void only_constant_bytes_are_left_out(void **state)
{
    (void)state;
    size_t constant;
    assert_int_equal(differing(ln_codec_jxl.file->format, &constant), 0);
    assert_int_equal(constant, 4);
    assert_in_range(differing(ln_codec_webp.file->format, &constant), 1, 8); /* two lengths */
    assert_int_equal(constant, 27);
    assert_in_range(differing(ln_codec_jpeg2000.file->format, &constant), 1, 4); /* the tile's length */
    assert_in_range(constant, 100, 160);
    assert_in_range(differing(ln_codec_avif.file->format, &constant), 1, 8); /* lengths of the data */
    assert_in_range(constant, 250, 320);
}

/* One byte of a JPEG's quantisation tables counts, as they follow from the quality. Small pictures get the
 * standard's Huffman tables, which then do not count. */
static void headers_of_jpeg_are_left_out(void **state)
{
    (void)state;
    const size_t fixed = 2 + 18 + 2 * 69 + 19 + 14 + 2; /* SOI, APP0, DQT, SOF, SOS, EOI */
    const size_t tables = 2 * 33 + 2 * 183;             /* DC and AC */
    const ln_format *format = ln_codec_jpeg.file->format;
    for (unsigned side = 32; side <= SIDE; side += SIDE - 32) {
        ln_picture picture = read_picture("tests/pictures/cat.jpg", side);
        ln_coded coded = {0};
        assert_int_equal(format->encode(&picture, 90, 1, &coded, NULL), LN_OK);
        assert_int_equal(ln_coded_counted(format, &coded, 1),
                         coded.size - fixed + 1 - (side == 32 ? tables : 0));
        free(coded.bytes);
        ln_picture_free(&picture);
    }
}

/* ---- Sizes of pictures ----------------------------------------------------------------------- */

static void small_pictures_keep_their_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        ln_codec codec;
        char name[64] = "";
        uint8_t rgb[32 * 32 * 3];
        void *stream;
        int shrinks = kinds[i]->file->shrink != NULL;
        open_codec(&codec, strcat(strcat(name, kinds[i]->name), ":32"));
        assert_int_equal(codec.width, shrinks ? 224 : 32);
        assert_int_equal(codec.height, codec.width);
        if (!shrinks) {
            ln_picture picture = read_picture("tests/pictures/cat.jpg", 32);
            assert_int_equal(codec.kind->encode(&codec, &picture, 0, &stream, NULL), LN_OK);
            ln_delivery delivery = {.stream = stream, .way = LN_WAY_FIT, .budget = 5000};
            assert_int_equal(codec.kind->receive(&codec, &delivery, 1, rgb, NULL), LN_OK);
            assert_int_equal(delivery.nothing, 0);
            assert_true(error_of(rgb, picture.rgb, sizeof rgb) < 100);
            codec.kind->forget(stream);
            ln_picture_free(&picture);
        }
        ln_codec_close(&codec);
    }
}

/* No file of 224x224 fits into 310 bytes, so the next smaller side of the list is used. */
static void what_does_not_fit_is_shrunk_further(void **state)
{
    (void)state;
    static const ln_shrink sides[] = {{0, 24}, {300, 224}};
    const ln_file_kind file = {ln_codec_webp.file->format, sides, 2};
    const ln_codec_kind kind = {.name = "test", .ways = LN_WAY_FIT, LN_FILE_CODEC, .file = &file};
    ln_codec codec = {.name = "test", .kind = &kind};
    ln_picture picture = read_picture("tests/pictures/rocket.png", SIDE);
    uint8_t *rgb = malloc(2 * BYTES);
    void *stream;
    const ln_codec_settings settings = {.mtu = {MTU}};
    assert_int_equal(kind.open(&codec, NULL, &settings, NULL), LN_OK);
    assert_int_equal(kind.encode(&codec, &picture, 0, &stream, NULL), LN_OK);
    ln_delivery deliveries[] = {{.stream = stream, .way = LN_WAY_FIT, .budget = 310},
                                {.stream = stream, .way = LN_WAY_FIT, .budget = 8000}};
    assert_int_equal(kind.receive(&codec, deliveries, 2, rgb, NULL), LN_OK);
    assert_true(!deliveries[0].nothing && deliveries[0].bytes <= 310);
    assert_true(deliveries[1].bytes > 4000);
    kind.forget(stream);
    kind.close(&codec);
    free(rgb);
    ln_picture_free(&picture);
}

/* Larger budgets have larger pictures. */
static void sides_grow_with_the_budget(void **state)
{
    (void)state;
    const ln_codec_kind *shrinking[] = {&ln_codec_shrink_webp, &ln_codec_shrink_jpeg};
    for (size_t k = 0; k < 2; k++) {
        const ln_file_kind *file = shrinking[k]->file;
        assert_int_equal(file->shrink[0].budget, 0);
        for (size_t i = 1; i < file->shrinks; i++) {
            assert_true(file->shrink[i].budget > file->shrink[i - 1].budget);
            assert_true(file->shrink[i].side > file->shrink[i - 1].side);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(budgets_are_kept),
        cmocka_unit_test(a_gap_ends_a_cut_file),
        cmocka_unit_test(a_fitted_file_is_needed_whole),
        cmocka_unit_test(the_largest_file_that_fits_is_found),
        cmocka_unit_test(cuts_show_what_is_there),
        cmocka_unit_test(cuts_count_around_spans),
        cmocka_unit_test(only_constant_bytes_are_left_out),
        cmocka_unit_test(headers_of_jpeg_are_left_out),
        cmocka_unit_test(small_pictures_keep_their_size),
        cmocka_unit_test(what_does_not_fit_is_shrunk_further),
        cmocka_unit_test(sides_grow_with_the_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
