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

static unsigned inside(unsigned cell)
{
    return min_of(cell, LN_MAP_SIDE - 1);
}

/* Interpolates along rows: at `fraction` of the way to cell `right`. */
static void interpolate(ln_map_row *row)
{
    uint32_t before = row->cell[row->right > 0 ? inside(row->right - 1) : 0];
    uint32_t change = row->cell[inside(row->right)] - before; /* modulo 2^32, as all that follows from it */
    row->sum = row->between * before + row->fraction * change;
    row->step = LN_MAP_STEP * change;
}

void ln_map_row_begin(ln_map_row *row, const ln_model *model, const ln_layer *stage,
                      const uint8_t levels[LN_MAP_CELLS], unsigned y)
{
    /* The specification's t + 2 n, which is never negative, so that division rounds down. */
    unsigned t = LN_MAP_STEP * y + LN_MAP_SIDE + stage->height;
    unsigned lower = t / (2 * stage->height), f = t % (2 * stage->height);
    const uint8_t *before = levels + LN_MAP_SIDE * (lower > 0 ? lower - 1 : 0);
    const uint8_t *behind = levels + LN_MAP_SIDE * inside(lower);

    for (unsigned i = 0; i < LN_MAP_SIDE; i++)
        row->cell[i] = (2u * stage->height - f) * before[i] + f * behind[i];
    row->least[0] = 0;
    for (unsigned i = 0; i < LN_CLASSES - 1; i++) /* L is at least the threshold if s is at least this */
        row->least[i + 1] = ((uint32_t)model->thresholds[i] * stage->width * stage->height + 1) / 2;
    row->least[LN_CLASSES] = UINT32_MAX;
    row->place_class = 0;
    row->between = 2u * stage->width;
    row->right = (LN_MAP_SIDE + stage->width) / row->between;
    row->fraction = (LN_MAP_SIDE + stage->width) % row->between;
    interpolate(row);
}

void ln_map_row_turn(ln_map_row *row)
{
    for (; row->fraction >= row->between; row->fraction -= row->between)
        row->right++;
    interpolate(row);
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
