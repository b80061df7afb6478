/* Binary PPM (P6, colour) and PGM (P5, grey), 8 or 16 bits. */
#include "cloud/picture_formats.h"

#include "cloud/error.h"

#include <ctype.h>

static ln_status fail_header(const ln_picture_file *file, ln_error *error)
{
    return ln_fail(error, LN_ERR_IO, "%s: the PPM header is damaged: make the file again", file->name);
}

/* The next number of the header, behind blanks and comments; 0, which no field may be, if there is none.
 * Large numbers are cut well above every limit, so that nothing overflows. */
static unsigned long read_number(const ln_picture_file *file, size_t *at)
{
    while (*at < file->size && (isspace(file->bytes[*at]) || file->bytes[*at] == '#')) {
        if (file->bytes[*at] == '#')
            while (*at < file->size && file->bytes[*at] != '\n')
                ++*at;
        else
            ++*at;
    }
    unsigned long number = 0;
    for (; *at < file->size && isdigit(file->bytes[*at]); ++*at)
        if (number < 100000000)
            number = number * 10 + (unsigned long)(file->bytes[*at] - '0');
    return number;
}

static uint8_t to_8_bits(const uint8_t *sample, unsigned long most)
{
    unsigned long value = most > 255 ? (unsigned long)sample[0] << 8 | sample[1] : sample[0];
    if (value > most)
        value = most;
    return (uint8_t)((value * 255 + most / 2) / most);
}

/* These files have no EXIF data. */
ln_status ln_picture_decode_pnm(ln_picture *picture, const ln_picture_file *file, unsigned *orientation,
                                ln_error *error)
{
    (void)orientation;
    size_t at = 2, channels = file->bytes[1] == '6' ? 3 : 1;
    unsigned long width = read_number(file, &at), height = read_number(file, &at);
    unsigned long most = read_number(file, &at);
    if (width == 0 || height == 0 || most == 0 || most > 65535 || at >= file->size)
        return fail_header(file, error);
    at++; /* one blank of any kind ends the header */

    ln_status status = ln_picture_make_checked(picture, width, height, file->name, error);
    if (status != LN_OK)
        return status;
    size_t sample = most > 255 ? 2 : 1, pixels = (size_t)width * height;
    if ((file->size - at) / (channels * sample) < pixels)
        return ln_fail(error, LN_ERR_IO, "%s: the file is cut short: copy it again", file->name);
    const uint8_t *in = file->bytes + at;
    for (size_t i = 0; i < pixels; i++, in += channels * sample)
        for (size_t c = 0; c < 3; c++)
            picture->rgb[3 * i + c] = to_8_bits(in + (channels == 3 ? c * sample : 0), most);
    return LN_OK;
}
