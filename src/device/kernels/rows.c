#include "device/kernels/kernel.h"

void ln_conv_keep(ln_conv *conv, const uint8_t *row)
{
    uint8_t *place = ln_conv_input(conv, conv->taken);

    if (row != place)
        memcpy(place, row, ln_row_bytes(conv->layer));
    conv->taken++;
}

void ln_row_piece(const ln_conv *conv, const uint8_t *row, int begin, size_t count, uint8_t *piece)
{
    int size = (int)ln_row_bytes(conv->layer), end = begin + (int)count;
    int from = begin < 0 ? 0 : begin, to = end < size ? end : size;

    memset(piece, conv->zero, count);
    if (row && from < to)
        memcpy(piece + (from - begin), row + from, (size_t)(to - from));
}
