#include <limitnet/cloud.h>

#include "cloud/file.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#define PICTURES "tests/pictures/"

static ln_picture read_picture(const char *path)
{
    ln_picture picture;
    ln_error error;
    if (ln_picture_read(&picture, path, &error) != LN_OK)
        fail_msg("%s", error.text);
    return picture;
}

static void assert_near(const uint8_t *pixel, int r, int g, int b, int most, const char *path)
{
    if (abs(pixel[0] - r) > most || abs(pixel[1] - g) > most || abs(pixel[2] - b) > most)
        fail_msg("%s: pixel is %d %d %d, not %d %d %d", path, pixel[0], pixel[1], pixel[2], r, g, b);
}

/* --- Reading ------------------------------------------------------------------------------------ */

static void photographs_of_every_format_are_read(void **state)
{
    (void)state;
    const struct {
        const char *path;
        unsigned width, height;
    } photo[] = {{PICTURES "cat.jpg", 451, 300},
                 {PICTURES "coffee.webp", 600, 400},
                 {PICTURES "rocket.png", 320, 213},
                 {PICTURES "astronaut.ppm", 192, 192}};
    for (size_t i = 0; i < sizeof photo / sizeof *photo; i++) {
        ln_picture picture = read_picture(photo[i].path);
        assert_int_equal(picture.width, photo[i].width);
        assert_int_equal(picture.height, photo[i].height);
        ln_picture_free(&picture);
    }
}

/* All show the same picture, with a reddish left half and a bluish right half. */
static void every_kind_of_file_becomes_rgb(void **state)
{
    (void)state;
    const struct {
        const char *path;
        int left[3], right[3];
    } odd[] = {
        {PICTURES "odd/rgb.png", {200, 40, 30}, {20, 60, 220}},
        {PICTURES "odd/palette.png", {200, 40, 30}, {20, 60, 220}},
        {PICTURES "odd/rgb.jpg", {200, 40, 30}, {20, 60, 220}},
        {PICTURES "odd/progressive.jpg", {200, 40, 30}, {20, 60, 220}},
        {PICTURES "odd/cmyk.jpg", {200, 40, 30}, {20, 60, 220}},
        {PICTURES "odd/cmyk-unmarked.jpg", {200, 40, 30}, {20, 60, 220}},
        {PICTURES "odd/lossless.webp", {200, 40, 30}, {20, 60, 220}},
        {PICTURES "odd/alpha.png", {255, 255, 255}, {20, 60, 220}},
        {PICTURES "odd/alpha.webp", {255, 255, 255}, {20, 60, 220}},
        {PICTURES "odd/grey.jpg", {87, 87, 87}, {66, 66, 66}},
        {PICTURES "odd/grey.png", {87, 87, 87}, {66, 66, 66}},
        {PICTURES "odd/grey16.png", {87, 87, 87}, {66, 66, 66}},
        {PICTURES "odd/grey.pgm", {87, 87, 87}, {66, 66, 66}},
        {PICTURES "odd/bits.png", {255, 255, 255}, {0, 0, 0}},
    };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        ln_picture picture = read_picture(odd[i].path);
        assert_int_equal(picture.width, 16);
        assert_int_equal(picture.height, 12);
        int most = strstr(odd[i].path, ".jpg") ? 6 : 1;
        const int *left = odd[i].left, *right = odd[i].right;
        const uint8_t *middle = picture.rgb + 6 * 16 * 3;
        assert_near(middle + 2 * 3, left[0], left[1], left[2], most, odd[i].path);
        assert_near(middle + 13 * 3, right[0], right[1], right[2], most, odd[i].path);
        ln_picture_free(&picture);
    }
}

static void sixteen_bit_ppm_and_comments(void **state)
{
    (void)state;
    char file[64 + 8 * 8 * 6] = "P6 # by hand\n8 # wide\n8\n1023\n";
    size_t header = strlen(file);
    for (size_t i = 0; i < 8 * 8 * 3; i++)
        memcpy(file + header + 2 * i, i % 3 == 0 ? "\x03\xff" : i % 3 == 1 ? "\x02\x00" : "\xff\xff", 2);
    ln_picture picture;
    size_t size = header + 8 * 8 * 6;
    assert_int_equal(ln_picture_decode(&picture, (uint8_t *)file, size, "a", NULL), LN_OK);
    assert_near(picture.rgb + 63 * 3, 255, 128, 255, 0, "a");
    ln_picture_free(&picture);
    assert_int_equal(ln_picture_decode(&picture, (uint8_t *)file, size - 1, "a", NULL), LN_ERR_IO);
}

/* --- Turning ------------------------------------------------------------------------------------ */

/* Whether a picture is `upright`, within `most` of each value. */
static void assert_same_picture(const ln_picture *picture, const ln_picture *upright, int most,
                                const char *path)
{
    if (picture->width != upright->width || picture->height != upright->height)
        fail_msg("%s: %u x %u", path, picture->width, picture->height);
    for (size_t i = 0; i < (size_t)upright->width * upright->height * 3; i += 3) {
        const uint8_t *rgb = upright->rgb + i;
        assert_near(picture->rgb + i, rgb[0], rgb[1], rgb[2], most, path);
    }
}

static void assert_read_as(const char *path, const ln_picture *upright, int most)
{
    ln_picture picture = read_picture(path);
    assert_same_picture(&picture, upright, most, path);
    assert_int_equal(picture.cut, 0);
    ln_picture_free(&picture);
}

static void pictures_are_turned_upright(void **state)
{
    (void)state;
    static const char *const kinds[] = {"png", "webp", "jpg"};
    static const char *const rare[] = {"long-number.png", "high-byte-first.png", "behind-pixels.png",
                                       "with-header.png", "with-header.webp",    "behind-xmp.jpg"};
    ln_picture upright = read_picture(PICTURES "turned/1.png");
    assert_int_equal(upright.width, 24);
    assert_near(upright.rgb, 200, 40, 30, 0, "left above");
    assert_near(upright.rgb + 23 * 3, 20, 60, 220, 0, "right above");
    assert_near(upright.rgb + 15 * 24 * 3, 30, 160, 40, 0, "left below");
    for (unsigned orientation = 1; orientation <= 8; orientation++)
        for (size_t i = 0; i < 3; i++) {
            char path[64];
            snprintf(path, sizeof path, PICTURES "turned/%u.%s", orientation, kinds[i]);
            assert_read_as(path, &upright, i == 2 ? 3 : 0);
        }
    for (size_t i = 0; i < sizeof rare / sizeof *rare; i++) {
        char path[64];
        snprintf(path, sizeof path, PICTURES "turned/%s", rare[i]);
        assert_read_as(path, &upright, strstr(path, ".jpg") ? 3 : 0);
    }
    ln_picture_free(&upright);
}

static void pictures_are_left_as_they_are_stored(void **state)
{
    (void)state;
    static const char *const kinds[] = {"png", "webp", "jpg"};
    for (unsigned orientation = 1; orientation <= 8; orientation++)
        for (size_t i = 0; i < 3; i++) {
            char path[64];
            ln_picture picture;
            snprintf(path, sizeof path, PICTURES "turned/%u.%s", orientation, kinds[i]);
            assert_int_equal(ln_picture_read_as_stored(&picture, path, NULL), LN_OK);
            assert_int_equal(picture.width, orientation < 5 ? 24 : 16);
            assert_int_equal(picture.height, orientation < 5 ? 16 : 24);
            /* Where the red quarter lies, in this orientation. */
            int right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
            int below = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
            size_t x = right ? picture.width - 4 : 3, y = below ? picture.height - 4 : 3;
            assert_near(picture.rgb + 3 * (y * picture.width + x), 200, 40, 30, i == 2 ? 3 : 0, path);
            ln_picture_free(&picture);
        }
}

static void broken_exif_counts_as_none(void **state)
{
    (void)state;
    static const char *const broken[] = {"empty", "noise", "offset", "short", "0", "9"};
    ln_picture stored;
    assert_int_equal(ln_picture_read_as_stored(&stored, PICTURES "turned/6.png", NULL), LN_OK);
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        char path[64];
        snprintf(path, sizeof path, PICTURES "turned/broken-%s.png", broken[i]);
        assert_read_as(path, &stored, 0);
    }
    ln_picture_free(&stored);
}

/* --- Files without their end -------------------------------------------------------------------- */

/* A file of which `cut` bytes are missing has these pixels if `readable`, and is refused otherwise. */
static void assert_cut(const char *path, const uint8_t *bytes, size_t size, size_t cut, int readable)
{
    ln_picture picture, whole;
    ln_error error;
    uint8_t *part = malloc(size - cut + 1);
    memcpy(part, bytes, size - cut);
    ln_status status = ln_picture_decode(&picture, part, size - cut, path, &error);
    free(part);
    if ((status == LN_OK) != readable)
        fail_msg("%s without %zu bytes: %s", path, cut, status == LN_OK ? "read" : error.text);
    if (status == LN_OK) {
        assert_int_equal(ln_picture_decode(&whole, bytes, size, path, NULL), LN_OK);
        assert_same_picture(&picture, &whole, 0, path);
        assert_int_equal(picture.cut, cut > 0);
        ln_picture_free(&whole);
    }
    ln_picture_free(&picture);
}

/* Every pixel counts: a file is read without its end, and refused without the last bit of a pixel. */
static void a_missing_end_is_no_missing_pixel(void **state)
{
    (void)state;
    const struct {
        const char *path;
        size_t spare; /* bytes at the end that no pixel needs */
    } file[] = {
        {PICTURES "cat.jpg", 2},           /* the end marker */
        {PICTURES "odd/rgb.jpg", 2},       /* the same */
        {PICTURES "odd/cmyk.jpg", 2},      /* the same */
        {PICTURES "rocket.png", 12 + 8},   /* the last chunk, and both checksums of the pixels */
        {PICTURES "odd/bits.png", 12 + 8}, /* the same */
        {PICTURES "turned/6.webp", 2},     /* of the EXIF data, behind the orientation */
        {PICTURES "astronaut.ppm", 0},
    };
    for (size_t i = 0; i < sizeof file / sizeof *file; i++) {
        uint8_t *bytes;
        size_t size;
        assert_int_equal(ln_file_read(file[i].path, 1 << 20, &bytes, &size, NULL), LN_OK);
        for (size_t cut = 0; cut <= file[i].spare; cut++)
            assert_cut(file[i].path, bytes, size, cut, 1);
        assert_cut(file[i].path, bytes, size, file[i].spare + 8, 0);
        free(bytes);
    }
}

/* EXIF data may be behind the pixels. Without them nobody knows which side is up. */
static void missing_exif_may_be_a_missing_turn(void **state)
{
    (void)state;
    const struct {
        const char *path;
        size_t from, to; /* bytes that are missing */
    } file[] = {
        {PICTURES "turned/6.webp", 10, 34},
        {PICTURES "turned/1.webp", 1, 34},
        {PICTURES "turned/with-header.webp", 10, 40},
        {PICTURES "turned/behind-pixels.png", 12 + 1, 12 + 4 + 26},
    };
    for (size_t i = 0; i < sizeof file / sizeof *file; i++) {
        uint8_t *bytes;
        size_t size;
        assert_int_equal(ln_file_read(file[i].path, 1 << 20, &bytes, &size, NULL), LN_OK);
        for (size_t cut = file[i].from; cut <= file[i].to; cut++) {
            ln_picture picture;
            ln_error error;
            const char *path = file[i].path;
            assert_int_equal(ln_picture_decode(&picture, bytes, size - cut, path, &error), LN_ERR_IO);
            assert_non_null(strstr(error.text, "which side is up: copy it again"));
            assert_null(picture.rgb);
            assert_int_equal(ln_picture_decode_as_stored(&picture, bytes, size - cut, path, &error), LN_OK);
            assert_int_equal(picture.cut, 1);
            ln_picture_free(&picture);
        }
        free(bytes);
    }
}

/* A progressive picture of which the last scans are missing looks whole, and is coarse. */
static void missing_scans_are_missing_pixels(void **state)
{
    (void)state;
    uint8_t *bytes;
    size_t size, scans = 0;
    const char *path = PICTURES "odd/progressive.jpg";
    assert_int_equal(ln_file_read(path, 1 << 20, &bytes, &size, NULL), LN_OK);
    assert_cut(path, bytes, size, 2, 1);
    for (size_t at = 2; at + 1 < size; at++)
        if (bytes[at] == 0xff && bytes[at + 1] == 0xda && scans++ > 0)
            assert_cut(path, bytes, size, size - at, 0);
    assert_true(scans > 5);
    free(bytes);
}

/* The checksum of the pixels, and that of the last chunk, which no pixel needs. */
static void a_wrong_checksum_is_damage_only_of_pixels(void **state)
{
    (void)state;
    uint8_t *bytes;
    size_t size;
    ln_picture picture;
    assert_int_equal(ln_file_read(PICTURES "rocket.png", 1 << 20, &bytes, &size, NULL), LN_OK);
    bytes[size - 1] ^= 1;
    assert_int_equal(ln_picture_decode(&picture, bytes, size, "a", NULL), LN_OK);
    assert_int_equal(picture.cut, 1);
    ln_picture_free(&picture);
    bytes[size - 13] ^= 1;
    assert_int_equal(ln_picture_decode(&picture, bytes, size, "a", NULL), LN_ERR_IO);
    assert_int_equal(ln_picture_decode(&picture, bytes, size - 12, "a", NULL), LN_ERR_IO);
    free(bytes);
}

static void put_size(uint8_t *bytes, size_t size)
{
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(size >> 8 * i);
}

static void sizes_in_webp_files_may_be_off(void **state)
{
    (void)state;
    const char *const paths[] = {PICTURES "coffee.webp", PICTURES "odd/lossless.webp",
                                 PICTURES "odd/alpha.webp"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        uint8_t *bytes;
        size_t size;
        assert_int_equal(ln_file_read(paths[i], 1 << 20, &bytes, &size, NULL), LN_OK);
        ln_picture whole = read_picture(paths[i]);
        for (size_t written = size - 8 - 5; written <= size - 8 + 5; written++) {
            ln_picture picture;
            put_size(bytes + 4, written);
            assert_int_equal(ln_picture_decode(&picture, bytes, size, paths[i], NULL), LN_OK);
            assert_same_picture(&picture, &whole, 0, paths[i]);
            ln_picture_free(&picture);
        }
        ln_picture_free(&whole);
        free(bytes);
    }
}

/* --- Refusing ----------------------------------------------------------------------------------- */

static void assert_refused(const char *path, const char *part)
{
    ln_picture picture;
    ln_error error;
    assert_int_equal(ln_picture_read(&picture, path, &error), LN_ERR_IO);
    assert_int_equal(error.status, LN_ERR_IO);
    assert_null(picture.rgb);
    if (!strstr(error.text, part) || !strstr(error.text, path))
        fail_msg("'%s' lacks '%s' or '%s'", error.text, part, path);
}

static void wrong_files_are_refused_with_a_reason(void **state)
{
    (void)state;
    assert_refused(PICTURES "odd/one-pixel.png", "only 1 x 1 pixels");
    assert_refused(PICTURES "odd/huge.png", "20000 x 20000 pixels");
    assert_refused(PICTURES "odd/pixels-twice.png", "damaged");
    assert_refused(PICTURES "odd/animated.webp", "animated");
    assert_refused(PICTURES "README.md", "not a picture");
    assert_refused(PICTURES "missing.png", "cannot be opened");
    assert_refused(PICTURES "odd", "cannot be read");
    assert_refused("/dev/null", "empty");
}

static void cut_photographs_are_refused(void **state)
{
    (void)state;
    const char *paths[] = {PICTURES "cat.jpg", PICTURES "coffee.webp", PICTURES "rocket.png",
                           PICTURES "astronaut.ppm"};
    for (size_t i = 0; i < 4; i++) {
        uint8_t *bytes;
        size_t size;
        ln_picture picture;
        ln_error error;
        assert_int_equal(ln_file_read(paths[i], 1 << 20, &bytes, &size, NULL), LN_OK);
        for (size_t eighths = 1; eighths < 8; eighths++) {
            assert_int_equal(ln_picture_decode(&picture, bytes, size * eighths / 8, "a", &error), LN_ERR_IO);
            assert_non_null(strstr(error.text, "cut short"));
        }
        free(bytes);
    }
}

/* Of a damaged file the reader makes a picture or a message. The sanitizers watch. */
static void damage_never_crashes(void **state)
{
    (void)state;
    DIR *folder = opendir(PICTURES "odd");
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[512];
        uint8_t *bytes;
        size_t size;
        ln_picture picture;
        snprintf(path, sizeof path, PICTURES "odd/%s", entry->d_name);
        if (entry->d_name[0] == '.' || ln_file_read(path, 1 << 20, &bytes, &size, NULL) != LN_OK)
            continue;
        for (size_t cut = 0; cut < size; cut++) {
            /* Exactly its size, so that the sanitizers see a read behind the end. */
            uint8_t *part = malloc(cut + 1);
            memcpy(part, bytes, cut);
            ln_picture_decode(&picture, part, cut, path, NULL);
            ln_picture_free(&picture);
            free(part);
        }
        for (size_t at = 0; at < size; at++)
            for (unsigned change = 1; change < 256; change = change * 5 + 1) {
                bytes[at] ^= (uint8_t)change;
                ln_picture_decode(&picture, bytes, size, path, NULL);
                ln_picture_free(&picture);
                bytes[at] ^= (uint8_t)change;
            }
        free(bytes);
    }
    closedir(folder);
}

/* --- Resizing ----------------------------------------------------------------------------------- */

static void resizing_is_pillows(void **state)
{
    (void)state;
    const struct {
        const char *path;
        ln_fit fit;
    } golden[] = {{PICTURES "golden/224x224.png", LN_FIT_STRETCH},
                  {PICTURES "golden/64x48.png", LN_FIT_STRETCH},
                  {PICTURES "golden/37x301.png", LN_FIT_STRETCH},
                  {PICTURES "golden/8x8.png", LN_FIT_STRETCH},
                  {PICTURES "golden/64x32-crop.png", LN_FIT_CROP}};
    ln_picture source = read_picture(PICTURES "astronaut.ppm");
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        ln_picture wanted = read_picture(golden[i].path), result;
        assert_int_equal(
            ln_picture_resize(&source, wanted.width, wanted.height, golden[i].fit, &result, NULL), LN_OK);
        assert_memory_equal(result.rgb, wanted.rgb, (size_t)wanted.width * wanted.height * 3);
        ln_picture_free(&wanted);
        ln_picture_free(&result);
    }
    ln_picture_free(&source);
}

static void resizing_to_the_same_size_copies(void **state)
{
    (void)state;
    ln_picture source = read_picture(PICTURES "odd/rgb.png"), result;
    assert_int_equal(ln_picture_resize(&source, 16, 12, LN_FIT_CROP, &result, NULL), LN_OK);
    assert_memory_equal(result.rgb, source.rgb, 16 * 12 * 3);
    ln_picture_free(&result);
    ln_picture_free(&source);
}

static void extreme_sizes(void **state)
{
    (void)state;
    ln_picture source = read_picture(PICTURES "odd/rgb.png"), result;
    const unsigned sizes[][2] = {{1, 1}, {LN_PICTURE_MAX_SIDE, 1}, {1, LN_PICTURE_MAX_SIDE}};
    for (size_t i = 0; i < 3; i++)
        for (int fit = LN_FIT_STRETCH; fit <= LN_FIT_CROP; fit++) {
            assert_int_equal(ln_picture_resize(&source, sizes[i][0], sizes[i][1], (ln_fit)fit, &result, NULL),
                             LN_OK);
            ln_picture_free(&result);
        }
    assert_int_equal(ln_picture_resize(&source, 0, 8, LN_FIT_CROP, &result, NULL), LN_ERR_ARGUMENT);
    assert_int_equal(ln_picture_resize(&source, 8, LN_PICTURE_MAX_SIDE + 1, LN_FIT_CROP, &result, NULL),
                     LN_ERR_ARGUMENT);
    assert_null(result.rgb);
    ln_picture_free(&source);
}

/* --- Writing ------------------------------------------------------------------------------------ */

static char folder[] = "/tmp/limitnet-test-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/limitnet-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int files_in_folder(void)
{
    int count = 0;
    DIR *open = opendir(folder);
    for (struct dirent *entry; (entry = readdir(open));)
        count += entry->d_name[0] != '.';
    closedir(open);
    return count;
}

static int remove_folder(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "%s/out.png", folder);
    unlink(path);
    return rmdir(folder);
}

static void what_is_written_is_read_again(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "%s/out.png", folder);
    ln_picture picture = read_picture(PICTURES "cat.jpg");
    assert_int_equal(ln_picture_write_png(&picture, path, NULL), LN_OK);
    assert_int_equal(ln_picture_write_png(&picture, path, NULL), LN_OK); /* over the first */
    ln_picture again = read_picture(path);
    assert_int_equal(again.width, picture.width);
    assert_int_equal(again.height, picture.height);
    assert_memory_equal(again.rgb, picture.rgb, (size_t)picture.width * picture.height * 3);
    assert_int_equal(files_in_folder(), 1);
    ln_picture_free(&picture);
    ln_picture_free(&again);
}

/* A limit on the size of files, in place of a full disk. */
static void a_full_disk_leaves_the_old_file(void **state)
{
    (void)state;
    char path[64];
    ln_error error;
    uint8_t *bytes;
    size_t size;
    snprintf(path, sizeof path, "%s/out.png", folder);
    assert_int_equal(ln_file_write(path, (const uint8_t *)"old", 3, NULL), LN_OK);
    ln_picture picture = read_picture(PICTURES "cat.jpg");

    struct rlimit before, small;
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 10000;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    ln_status status = ln_picture_write_png(&picture, path, &error);
    setrlimit(RLIMIT_FSIZE, &before);

    assert_int_equal(status, LN_ERR_IO);
    assert_non_null(strstr(error.text, path));
    assert_int_equal(files_in_folder(), 1);
    assert_int_equal(ln_file_read(path, 100, &bytes, &size, NULL), LN_OK);
    assert_string_equal((char *)bytes, "old");
    free(bytes);
    ln_picture_free(&picture);
}

static void places_that_cannot_be_written(void **state)
{
    (void)state;
    ln_error error;
    const uint8_t byte = 0;
    assert_int_equal(ln_file_write("/nowhere/out.png", &byte, 1, &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, "/nowhere/out.png"));
    assert_int_equal(ln_file_write(folder, &byte, 1, &error), LN_ERR_IO);
    /* Devices are written to, not replaced. */
    assert_int_equal(ln_file_write("/dev/full", &byte, 1, &error), LN_ERR_IO);
    assert_int_equal(ln_file_write("/dev/null", &byte, 1, &error), LN_OK);
    assert_int_equal(files_in_folder(), 0);
}

static void files_above_the_limit_are_refused(void **state)
{
    (void)state;
    uint8_t *bytes;
    size_t size;
    assert_int_equal(ln_file_read(PICTURES "astronaut.ppm", 110607, &bytes, &size, NULL), LN_OK);
    assert_int_equal(size, 110607);
    free(bytes);
    assert_int_equal(ln_file_read(PICTURES "astronaut.ppm", 110606, &bytes, &size, NULL), LN_ERR_IO);
    assert_null(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(photographs_of_every_format_are_read),
        cmocka_unit_test(every_kind_of_file_becomes_rgb),
        cmocka_unit_test(sixteen_bit_ppm_and_comments),
        cmocka_unit_test(pictures_are_turned_upright),
        cmocka_unit_test(pictures_are_left_as_they_are_stored),
        cmocka_unit_test(broken_exif_counts_as_none),
        cmocka_unit_test(a_missing_end_is_no_missing_pixel),
        cmocka_unit_test(missing_exif_may_be_a_missing_turn),
        cmocka_unit_test(missing_scans_are_missing_pixels),
        cmocka_unit_test(a_wrong_checksum_is_damage_only_of_pixels),
        cmocka_unit_test(sizes_in_webp_files_may_be_off),
        cmocka_unit_test(wrong_files_are_refused_with_a_reason),
        cmocka_unit_test(cut_photographs_are_refused),
        cmocka_unit_test(damage_never_crashes),
        cmocka_unit_test(resizing_is_pillows),
        cmocka_unit_test(resizing_to_the_same_size_copies),
        cmocka_unit_test(extreme_sizes),
        cmocka_unit_test(files_above_the_limit_are_refused),
        cmocka_unit_test_setup_teardown(what_is_written_is_read_again, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_full_disk_leaves_the_old_file, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(places_that_cannot_be_written, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
