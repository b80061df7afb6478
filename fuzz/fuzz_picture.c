/* Any bytes as a picture file. A picture that is read can be written and read back the same. The programs
 * jpeg, png, webp and pnm are made of this file: they differ in what they begin with. */
#include "fuzz_error.h"

#include "cloud/picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#define MOST_PIXELS (1ul << 16)
#define NAME "picture"

/* ---- A limit, so that a run is quick ---------------------------------------------------------- */

/* The linker has the formats call this in place of the reader's own check of the size (CMakeLists.txt). */
ln_status __real_ln_picture_make_checked(ln_picture *picture, unsigned long width, unsigned long height,
                                         const char *name, ln_error *error);
ln_status __wrap_ln_picture_make_checked(ln_picture *picture, unsigned long width, unsigned long height,
                                         const char *name, ln_error *error);

ln_status __wrap_ln_picture_make_checked(ln_picture *picture, unsigned long width, unsigned long height,
                                         const char *name, ln_error *error)
{
    REQUIRE(!picture->rgb);
    if (width <= LN_PICTURE_MAX_SIDE && height <= LN_PICTURE_MAX_SIDE && width * height > MOST_PIXELS)
        return ln_fail(error, LN_ERR_IO, "%s: too large for a quick test", name);
    return __real_ln_picture_make_checked(picture, width, height, name, error);
}

/* ---- Checks ---------------------------------------------------------------------------------- */

static size_t bytes_of(const ln_picture *picture)
{
    return (size_t)picture->width * picture->height * 3;
}

static int is_same(const ln_picture *a, const ln_picture *b)
{
    return a->width == b->width && a->height == b->height && memcmp(a->rgb, b->rgb, bytes_of(a)) == 0;
}

static void write_and_read(const ln_picture *picture)
{
    uint8_t *file;
    size_t size;
    ln_picture again;
    REQUIRE(ln_picture_encode_png(picture, NAME, &file, &size, NULL) == LN_OK);
    REQUIRE(ln_picture_decode(&again, file, size, NAME, NULL) == LN_OK);
    REQUIRE(is_same(picture, &again) && !again.cut);
    ln_picture_free(&again);
    free(file);
}

/* Whatever the orientation, no pixel is lost. */
static void compare_turned(const ln_picture *turned, const ln_picture *stored)
{
    uint64_t sum[2] = {0, 0};
    for (size_t i = 0; i < bytes_of(stored); i++) {
        sum[0] += (uint64_t)turned->rgb[i] * turned->rgb[i];
        sum[1] += (uint64_t)stored->rgb[i] * stored->rgb[i];
    }
    REQUIRE(sum[0] == sum[1] && turned->cut == stored->cut);
    REQUIRE((turned->width == stored->width && turned->height == stored->height) ||
            (turned->width == stored->height && turned->height == stored->width));
}

static void check_picture(const ln_picture *picture)
{
    REQUIRE(picture->rgb && (picture->cut == 0 || picture->cut == 1));
    REQUIRE(picture->width >= LN_PICTURE_MIN_SIDE && picture->width <= LN_PICTURE_MAX_SIDE);
    REQUIRE(picture->height >= LN_PICTURE_MIN_SIDE && picture->height <= LN_PICTURE_MAX_SIDE);
}

static void read_picture(const uint8_t *bytes, size_t size)
{
    ln_error error = FUZZ_UNTOUCHED;
    ln_picture turned, stored, again;
    ln_status status = ln_picture_read(&turned, fuzz_write(NAME, bytes, size), &error);
    fuzz_check_error(status, &error);
    ln_status as_stored = ln_picture_decode_as_stored(&stored, bytes, size, NAME, NULL);
    if (status != LN_OK) {
        int exif_is_cut = as_stored == LN_OK && stored.cut && strstr(error.text, "which side is up");
        REQUIRE(!turned.rgb && !turned.width && !turned.height && !turned.cut);
        REQUIRE(exif_is_cut || (as_stored == status && !stored.rgb));
        ln_picture_free(&stored);
        return;
    }
    REQUIRE(as_stored == LN_OK);
    REQUIRE(ln_picture_begins(bytes, size));
    REQUIRE(ln_picture_read_as_stored(&again, fuzz_path(NAME), NULL) == LN_OK && is_same(&again, &stored));
    ln_picture_free(&again);
    check_picture(&turned);
    compare_turned(&turned, &stored);
    write_and_read(&turned);
    ln_picture_free(&turned);
    ln_picture_free(&stored);
}

/* ---- Checksums of PNG ------------------------------------------------------------------------ */

#define SIGNATURE 8
#define FRAME 12 /* length, name and checksum of a chunk */

static uint32_t number_at(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Otherwise only the checksums would be tested. */
static void mend_checksums(uint8_t *bytes, size_t size)
{
    for (size_t at = SIGNATURE; at <= size && size - at >= FRAME;) {
        uint32_t length = number_at(bytes + at);
        if (length > size - at - FRAME)
            return;
        uint32_t sum = (uint32_t)crc32(0, bytes + at + 4, length + 4);
        for (unsigned i = 0; i < 4; i++)
            bytes[at + 8 + length + i] = (uint8_t)(sum >> (24 - 8 * i));
        at += FRAME + length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *file = fuzz_copy(data, size);
    read_picture(file, size);
    if (size >= SIGNATURE && memcmp(file, "\x89PNG", 4) == 0) {
        mend_checksums(file, size);
        if (memcmp(file, data, size) != 0)
            read_picture(file, size);
    }
    free(file);
    return 0;
}
