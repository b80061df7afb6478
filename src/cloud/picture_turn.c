#include "cloud/picture.h"

#include <stddef.h>
#include <string.h>

/* From which corner of the stored picture each orientation begins, and whether rows and columns change places
 * (EXIF 2.32, 4.6.4 A). */
static const struct {
    int swaps, right, bottom;
} turns[] = {
    {0, 0, 0}, {0, 1, 0}, {0, 1, 1}, {0, 0, 1}, {1, 0, 0}, {1, 0, 1}, {1, 1, 1}, {1, 1, 0},
};

ln_status ln_picture_turn(ln_picture *picture, unsigned orientation, ln_error *error)
{
    if (orientation == LN_UPRIGHT)
        return LN_OK;
    int swaps = turns[orientation - 1].swaps, right = turns[orientation - 1].right;
    int bottom = turns[orientation - 1].bottom;
    size_t width = picture->width, height = picture->height;
    ln_picture turned;
    ln_status status = ln_picture_make(&turned, swaps ? picture->height : picture->width,
                                       swaps ? picture->width : picture->height, error);
    if (status != LN_OK)
        return status;

    const uint8_t *row = picture->rgb + 3 * ((right ? width - 1 : 0) + (bottom ? width * (height - 1) : 0));
    ptrdiff_t across = right ? -3 : 3, down = (bottom ? -3 : 3) * (ptrdiff_t)width;
    ptrdiff_t next_pixel = swaps ? down : across, next_row = swaps ? across : down;
    uint8_t *to = turned.rgb;
    for (unsigned y = 0; y < turned.height; y++)
        for (unsigned x = 0; x < turned.width; x++, to += 3)
            memcpy(to, row + y * next_row + x * next_pixel, 3);
    turned.cut = picture->cut;
    ln_picture_free(picture);
    *picture = turned;
    return LN_OK;
}
