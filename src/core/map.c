/* The map: the saliency's curve and its reduction to 8x8 levels (2.1), the activity's levels (2.2), and
 * classes on any grid (2.3). */
#include "core/map.h"

#include "core/model.h"

/* In the rows of the specification. */
/* clang-format off */
const uint8_t ln_saliency_curve[256] = {
      0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
      0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   1,   1,   1,
      1,   1,   1,   1,   1,   1,   1,   1,   1,   1,   1,   1,   1,   1,   2,   2,
      2,   2,   2,   2,   2,   2,   2,   3,   3,   3,   3,   3,   4,   4,   4,   4,
      5,   5,   5,   6,   6,   6,   7,   7,   7,   8,   8,   9,  10,  10,  11,  11,
     12,  13,  14,  14,  15,  16,  17,  18,  19,  20,  22,  23,  24,  26,  27,  29,
     30,  32,  34,  36,  38,  40,  42,  44,  47,  49,  51,  54,  57,  60,  62,  65,
     69,  72,  75,  78,  82,  85,  89,  93,  96, 100, 104, 108, 112, 116, 120, 124,
    128, 131, 135, 139, 143, 147, 151, 155, 159, 162, 166, 170, 173, 177, 180, 183,
    186, 190, 193, 195, 198, 201, 204, 206, 208, 211, 213, 215, 217, 219, 221, 223,
    225, 226, 228, 229, 231, 232, 233, 235, 236, 237, 238, 239, 240, 241, 241, 242,
    243, 244, 244, 245, 245, 246, 247, 247, 248, 248, 248, 249, 249, 249, 250, 250,
    250, 251, 251, 251, 251, 252, 252, 252, 252, 252, 253, 253, 253, 253, 253, 253,
    253, 253, 253, 254, 254, 254, 254, 254, 254, 254, 254, 254, 254, 254, 254, 254,
    254, 254, 254, 254, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
};
/* clang-format on */

static unsigned max_of(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

static unsigned min_of(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned ln_map_overlap(unsigned n, unsigned cell, unsigned place)
{
    return min_of(LN_MAP_SIDE * (place + 1), n * (cell + 1)) - max_of(LN_MAP_SIDE * place, n * cell);
}

/* Sum of saliency in a cell, weighted by overlap; at most 255 h w. */
static uint32_t cell_sum(const uint8_t *saliency, unsigned width, unsigned height, unsigned row,
                         unsigned column)
{
    uint32_t sum = 0;
    for (unsigned y = ln_map_first_place(height, row); LN_MAP_SIDE * y < height * (row + 1); y++)
        for (unsigned x = ln_map_first_place(width, column); LN_MAP_SIDE * x < width * (column + 1); x++)
            sum += (uint32_t)ln_map_overlap(height, row, y) * ln_map_overlap(width, column, x) *
                   saliency[y * width + x];
    return sum;
}

void ln_map_reduce(const uint8_t *saliency, unsigned width, unsigned height, uint8_t levels[LN_MAP_CELLS])
{
    uint32_t area = (uint32_t)width * height;
    for (unsigned i = 0; i < LN_MAP_CELLS; i++) {
        uint32_t sum = cell_sum(saliency, width, height, i / LN_MAP_SIDE, i % LN_MAP_SIDE);
        levels[i] = (uint8_t)((62 * sum + 255 * area) / (510 * area));
    }
}

/* The two map cells around a place along one axis, and their weights out of 2 n. */
typedef struct axis {
    unsigned cell[2], weight[2];
} axis;

static axis axis_at(unsigned n, unsigned place)
{
    /* The specification's t + 2 n, which is never negative, so that division rounds down. */
    unsigned t = 8 * (2 * place + 1) + n;
    unsigned i = t / (2 * n), f = t % (2 * n);
    axis a = {{i > 0 ? i - 1 : 0, min_of(i, LN_MAP_SIDE - 1)}, {2 * n - f, f}};
    return a;
}

void ln_map_row_make(ln_map_row *row, const uint8_t levels[LN_MAP_CELLS], unsigned width, unsigned height,
                     unsigned y)
{
    axis a = axis_at(height, y);
    const uint8_t *upper = levels + LN_MAP_SIDE * a.cell[0], *lower = levels + LN_MAP_SIDE * a.cell[1];
    row->width = width;
    row->height = height;
    for (unsigned i = 0; i < LN_MAP_SIDE; i++)
        row->cell[i] = a.weight[0] * upper[i] + a.weight[1] * lower[i];
}

unsigned ln_map_class(const ln_model *model, const ln_map_row *row, unsigned x)
{
    axis a = axis_at(row->width, x);
    unsigned sum = a.weight[0] * row->cell[a.cell[0]] + a.weight[1] * row->cell[a.cell[1]];
    unsigned level = 2 * sum / (row->width * row->height), c = 0;
    for (unsigned i = 0; i < LN_CLASSES - 1; i++)
        c += model->thresholds[i] <= level;
    return c;
}

int ln_map_valid(const ln_model *model, const uint8_t *levels)
{
    for (unsigned i = 0; i < LN_MAP_CELLS; i++)
        if (levels[i] >= model->map_levels)
            return 0;
    return 1;
}

#define ROOT_OF_2 3037000500u /* times 2^31 */

unsigned ln_activity_level(uint32_t activity, unsigned lowest)
{
    unsigned octave = 31;
    for (; !(activity & 0x80000000u); octave--)
        activity <<= 1;
    unsigned halves = 2 * octave + (activity >= ROOT_OF_2);
    if (halves < lowest)
        return 0;
    return min_of(halves - lowest, LN_ACTIVITY_LEVELS - 1);
}
