#include "cloud/picture_formats.h"

#include "cloud/error.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

#define IDAT 0x49444154u /* the chunk with the pixels, as libpng numbers chunks; and that with EXIF data */
#define EXIF 0x65584966u
#define EXIF_CHUNK "eXIf"

/* libpng gets the file as a whole and hands out rows as they come. So it is known at every moment whether a
 * pixel is missing. */
typedef struct {
    const ln_picture_file *file;
    ln_picture *picture;
    ln_error *error;
    ln_status status; /* of what is ours to do: the size, memory */
    uint8_t *rgba;    /* null for a picture without transparency */
    uint8_t *pixels;  /* where rows go: `rgba`, or the picture's */
    size_t row_bytes;
    int last_pass;       /* over the rows, counted from 0 */
    int whole;           /* 1: no pixel is missing */
    int ended;           /* 1: the file has its end */
    int memory_is_short; /* 1: libpng got none */
} reader;

static void leave(png_structp png, png_const_charp message)
{
    (void)message;
    png_longjmp(png, 1);
}

/* libpng does without some chunks if memory is short, such as EXIF data. So this is noted here. */
static png_voidp allocate(png_structp png, png_alloc_size_t size)
{
    reader *to = png_get_mem_ptr(png);
    void *memory = malloc(size);
    to->memory_is_short |= !memory;
    return memory;
}

static void release(png_structp png, png_voidp memory)
{
    (void)png;
    free(memory);
}

static void ignore_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

/* Has every kind of PNG decoded as 8-bit RGB, or as RGBA if it may be transparent. Returns whether it is
 * RGBA. */
static int ask_for_rgb(png_structp png, png_infop info)
{
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    return png_get_channels(png, info) == 4;
}

static void begin_rows(png_structp png, png_infop info)
{
    reader *to = png_get_progressive_ptr(png);
    ln_picture *picture = to->picture;
    if (picture->rgb) /* libpng begins again where pixels come behind another chunk, which no file may have */
        png_error(png, "pixels");
    to->status = ln_picture_make_checked(picture, png_get_image_width(png, info),
                                         png_get_image_height(png, info), to->file->name, to->error);
    if (to->status != LN_OK)
        png_error(png, "size");
    int alpha = ask_for_rgb(png, info);
    to->row_bytes = (size_t)picture->width * (alpha ? 4 : 3);
    to->rgba = alpha ? malloc(to->row_bytes * picture->height) : NULL;
    to->pixels = alpha ? to->rgba : picture->rgb;
    to->last_pass =
        png_get_interlace_type(png, info) == PNG_INTERLACE_NONE ? 0 : PNG_INTERLACE_ADAM7_PASSES - 1;
    if (to->pixels)
        return;
    to->status = ln_fail_memory(to->error);
    png_error(png, "memory");
}

static void take_row(png_structp png, png_bytep row, png_uint_32 y, int pass)
{
    reader *to = png_get_progressive_ptr(png);
    png_progressive_combine_row(png, to->pixels + y * to->row_bytes, row);
    to->whole = pass == to->last_pass && y + 1 == to->picture->height;
}

static void end_rows(png_structp png, png_infop info)
{
    (void)info;
    ((reader *)png_get_progressive_ptr(png))->ended = 1;
}

/* Reads as much as there is. */
static void read_pixels(reader *to, png_structp png, png_infop info)
{
    if (setjmp(png_jmpbuf(png))) {
        /* Behind the pixels nothing matters any more but their own checksum. */
        if (png_get_io_chunk_type(png) == IDAT)
            to->whole = 0;
        return;
    }
    png_set_user_limits(png, 0x7fffffff, 0x7fffffff);       /* our own limits give a clearer message */
    png_set_option(png, PNG_IGNORE_ADLER32, PNG_OPTION_ON); /* as ever: chunks have checksums of their own */
    /* Not every libpng knows EXIF data when it gets a file as a whole, and none those with a header. */
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_ALWAYS, (png_const_bytep)EXIF_CHUNK, 1);
    png_set_progressive_read_fn(png, to, begin_rows, take_row, end_rows);
    /* libpng does not change the bytes, though it does not say so. */
    png_process_data(png, info, (png_bytep)(uintptr_t)to->file->bytes, to->file->size);
}

/* EXIF data may be behind the pixels, and then be what is cut off. */
static void find_orientation(const reader *from, png_structp png, png_infop info, unsigned *orientation)
{
    png_unknown_chunkp chunks;
    if (!from->ended && png_get_io_chunk_type(png) == EXIF)
        *orientation = LN_EXIF_CUT;
    int count = png_get_unknown_chunks(png, info, &chunks);
    for (int i = 0; i < count; i++)
        if (memcmp(chunks[i].name, EXIF_CHUNK, sizeof EXIF_CHUNK) == 0)
            *orientation = ln_exif_orientation(chunks[i].data, chunks[i].size);
}

static void finish(reader *from, png_structp png, png_infop info, unsigned *orientation)
{
    ln_picture *picture = from->picture;
    picture->cut = !from->ended;
    find_orientation(from, png, info, orientation);
    for (size_t i = 0; from->rgba && i < (size_t)picture->width * picture->height; i++)
        ln_picture_on_white(picture->rgb + 3 * i, from->rgba + 4 * i);
}

ln_status ln_picture_decode_png(ln_picture *picture, const ln_picture_file *file, unsigned *orientation,
                                ln_error *error)
{
    reader from = {.file = file, .picture = picture, .error = error};
    png_structp png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, NULL, leave, ignore_warning, &from,
                                               allocate, release);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (info)
        read_pixels(&from, png, info);
    else
        from.status = ln_fail_memory(error);
    if (from.memory_is_short)
        from.status = ln_fail_memory(error);
    else if (from.whole)
        finish(&from, png, info, orientation);
    else if (from.status == LN_OK)
        from.status =
            ln_fail(error, LN_ERR_IO, "%s: the PNG file is damaged or cut short: copy it again", file->name);
    png_destroy_read_struct(&png, &info, NULL);
    free(from.rgba);
    return from.status;
}
