/* The yardstick in QEMU: libjpeg-turbo makes a baseline JPEG of a picture of 224x224 pixels, quality 50,
 * 4:2:0, otherwise with its defaults, as in bench/jpeg.c, without SIMD.
 *
 * arguments: PICTURE.ppm OUT.jpg
 *
 * It prints the bytes that the library allocated, and the bytes of the file. */
#include <stdint.h>
#include <stdio.h>

#include <jpeglib.h>

#include "mark.h"
#include "picture.h"
#include "semihosting.h"

#define SIDE 224

MARK(mark_encode)
MARK(mark_other)

static uint8_t file[32768];

/* The library's memory. During a picture it does not allocate again what it has freed. */
static uint64_t heap[8192];
static size_t heap_used; /* in elements */

void *malloc(size_t size)
{
    uint64_t *memory = heap + heap_used;

    heap_used += (size + sizeof *heap - 1) / sizeof *heap;
    return heap_used <= sizeof heap / sizeof *heap ? memory : NULL;
}

void free(void *memory)
{
    (void)memory;
}

static void fail(j_common_ptr jpeg)
{
    (void)jpeg;
    sh_fail("libjpeg-turbo met an error");
}

static void pass_message(j_common_ptr jpeg, int level)
{
    (void)jpeg;
    (void)level;
}

static void reset(j_common_ptr jpeg)
{
    jpeg->err->num_warnings = 0;
}

static void begin_file(j_compress_ptr jpeg)
{
    jpeg->dest->next_output_byte = file;
    jpeg->dest->free_in_buffer = sizeof file;
}

static boolean file_full(j_compress_ptr jpeg)
{
    (void)jpeg;
    sh_fail("the file is too large");
}

static void end_file(j_compress_ptr jpeg)
{
    (void)jpeg;
}

static void begin_picture(j_compress_ptr jpeg)
{
    jpeg_create_compress(jpeg);
    jpeg->image_width = SIDE;
    jpeg->image_height = SIDE;
    jpeg->input_components = 3;
    jpeg->in_color_space = JCS_RGB;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, 50, TRUE);
}

static size_t encode_picture(const char *path)
{
    static struct jpeg_error_mgr errors = {
        .error_exit = fail, .emit_message = pass_message, .reset_error_mgr = reset};
    static struct jpeg_destination_mgr destination = {
        .init_destination = begin_file, .empty_output_buffer = file_full, .term_destination = end_file};
    static struct jpeg_compress_struct jpeg;
    static uint8_t pixels[3 * SIDE];
    uint8_t *row = pixels;
    int picture = picture_open(path);

    jpeg.err = &errors;
    mark_encode();
    begin_picture(&jpeg);
    jpeg.dest = &destination;
    jpeg_start_compress(&jpeg, TRUE);
    for (unsigned y = 0; y < SIDE; y++) {
        mark_other();
        picture_row(picture, row, sizeof pixels);
        mark_encode();
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    mark_other();
    picture_close(picture);
    return sizeof file - destination.free_in_buffer;
}

int main(void)
{
    static char line[512];
    char *words[2];

    if (sh_arguments(line, sizeof line, words, 2) != 2)
        sh_fail("arguments: PICTURE.ppm OUT.jpg");

    size_t size = encode_picture(words[0]);
    int out = sh_open(words[1], SH_WRITE);

    if (out < 0 || sh_write(out, file, size) != 0)
        sh_fail("the file cannot be written");
    sh_close(out);
    sh_print_figure("ram", (uint32_t)(heap_used * sizeof *heap));
    sh_print_figure("file", (uint32_t)size);
    return 0;
}
