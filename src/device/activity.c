#include "device/activity.h"

#include <string.h>

#include "core/map.h"

#define PLACES 32 /* that are summed at a time: a bit of a word each */
#define DIGITS 21 /* of a sum: 64 channels of at most 16,511 */
#define NOT_COUNTED 15

/* Adds 2^digit to the sums of the places whose bits are set. The sums lie digit by digit, as the values do, so
 * that all places are added at once. */
static void add_digit(uint32_t sums[DIGITS], unsigned digit, uint32_t places)
{
    for (; places != 0; digit++) {
        uint32_t carries = sums[digit] & places;

        sums[digit] ^= places;
        places = carries;
    }
}

/* Magnitudes of a stage's channels at PLACES places from `place` on, summed. What lies behind the last place is
 * left to the caller. */
static void sum_channels(const ln_latents *latents, const ln_layer *stage, unsigned place,
                         uint32_t sums[DIGITS])
{
    const ln_bits *bits = latents->channel + stage->first_channel;
    const ln_bits *end = bits + stage->outputs - stage->pass;

    memset(sums, 0, DIGITS * sizeof *sums);
    for (; bits < end; bits++)
        for (unsigned digit = 0; digit < bits->count; digit++)
            add_digit(sums, digit, ln_bits_word(ln_bits_digit(bits, digit), place));
}

static void add_limited(uint32_t *sum, uint64_t more)
{
    more += *sum;
    *sum = more < UINT32_MAX ? (uint32_t)more : UINT32_MAX;
}

/* Adds what is at a place to the cells that it overlaps. */
static void add_place(uint32_t cells[LN_MAP_CELLS], const ln_layer *stage, unsigned place, uint64_t sum)
{
    unsigned y = place / stage->width, x = place % stage->width;
    unsigned top = LN_MAP_SIDE * y / stage->height, left = LN_MAP_SIDE * x / stage->width;

    for (unsigned i = top; i * stage->height < LN_MAP_SIDE * (y + 1); i++)
        for (unsigned j = left; j * stage->width < LN_MAP_SIDE * (x + 1); j++)
            add_limited(&cells[LN_MAP_SIDE * i + j],
                        sum * (ln_map_overlap(stage->height, i, y) * ln_map_overlap(stage->width, j, x)));
}

static void add_stage(uint32_t cells[LN_MAP_CELLS], const ln_latents *latents, const ln_layer *stage,
                      unsigned shift)
{
    unsigned places = (unsigned)stage->width * stage->height;
    uint32_t sums[DIGITS];

    for (unsigned first = 0; first < places; first += PLACES) {
        sum_channels(latents, stage, first, sums);
        for (unsigned i = 0; i < PLACES && first + i < places; i++) {
            uint32_t sum = 0;

            for (unsigned digit = DIGITS; digit-- > 0;)
                sum = sum << 1 | (sums[digit] >> i & 1);
            if (sum > 0)
                add_place(cells, stage, first + i, (uint64_t)sum << shift);
        }
    }
}

void ln_activity_map(const ln_latents *latents, uint8_t levels[LN_MAP_CELLS])
{
    const ln_model *model = latents->model;
    uint32_t cells[LN_MAP_CELLS];

    for (unsigned i = 0; i < LN_MAP_CELLS; i++)
        cells[i] = model->activity_offset;
    for (unsigned i = 0; i < model->stages; i++) {
        const ln_layer *stage = &model->stage[i];

        if (stage->pass < stage->outputs && model->activity_shift[i] != NOT_COUNTED)
            add_stage(cells, latents, stage, model->activity_shift[i]);
    }
    for (unsigned i = 0; i < LN_MAP_CELLS; i++)
        levels[i] = (uint8_t)ln_activity_level(cells[i], model->activity_lowest);
}
