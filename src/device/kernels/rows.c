#include "device/kernels/kernel.h"

void ln_conv_keep(ln_conv *conv, const uint8_t *row)
{
    uint8_t *place = ln_conv_input(conv, conv->taken);

    if (row != place)
        memcpy(place, row, ln_row_bytes(conv->layer));
    conv->taken++;
}

void ln_row_piece(const uint8_t *row, size_t size, int begin, size_t count, uint8_t zero, uint8_t *piece)
{
    int end = begin + (int)count, from = begin < 0 ? 0 : begin, to = end < (int)size ? end : (int)size;

    memset(piece, zero, count);
    if (row && from < to)
        memcpy(piece + (from - begin), row + from, (size_t)(to - from));
}
