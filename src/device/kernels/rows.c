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
    int from = begin < 0 ? -begin : 0, to = (int)size - begin < (int)count ? (int)size - begin : (int)count;

    if (!row || from >= to) {
        memset(piece, zero, count);
        return;
    }
    if (from > 0)
        memset(piece, zero, (size_t)from);
    memcpy(piece + from, row + begin + from, (size_t)(to - from));
    if (to < (int)count)
        memset(piece + to, zero, count - (size_t)to);
}
