#include "service/pictures/render_mark.h"

#define GREY 128
#define LEAST 96  /* of 256: how much of the picture shows where nothing is known */
#define PERIOD 8  /* of the hatching, pixels */
#define LIGHT 235 /* its stripes */

typedef struct grid {
    unsigned width, height;
} grid;

static grid grid_of(const ln_model *model, unsigned channel)
{
    const ln_layer *stage = &model->stage[model->channel[channel].stage];
    return (grid){stage->width, stage->height};
}

static grid finest_grid(const ln_model *model)
{
    grid finest = {1, 1};
    for (unsigned c = 0; c < model->channels; c++) {
        const grid g = grid_of(model, c);
        if (g.width * g.height > finest.width * finest.height)
            finest = g;
    }
    return finest;
}

/* What is known of a spot: a place of the finest grid, and the places of the others that cover it. */
typedef struct spot {
    unsigned known, total; /* symbols */
    int has_detail;        /* 1: some of the finest grid */
} spot;

static spot look_at(const ln_image *image, const ln_model *model, grid finest, unsigned x, unsigned y)
{
    spot s = {0};
    for (unsigned c = 0; c < model->channels; c++) {
        const grid g = grid_of(model, c);
        const unsigned place = y * g.height / finest.height * g.width + x * g.width / finest.width;
        const unsigned known = ln_image_known(image, c, place);
        s.known += known;
        s.total += model->channel[c].planes;
        s.has_detail |= known && g.width == finest.width && g.height == finest.height;
    }
    return s;
}

static void mark_pixel(uint8_t rgb[3], const spot *s, unsigned x, unsigned y)
{
    const unsigned weight = LEAST + (256 - LEAST) * s->known / s->total;
    const int is_stripe = !s->has_detail && (x + y) % PERIOD < 2;
    for (int i = 0; i < 3; i++) {
        const unsigned paler = (rgb[i] * weight + GREY * (256 - weight)) / 256;
        rgb[i] = (uint8_t)(is_stripe ? (paler + LIGHT) / 2 : paler);
    }
}

void ln_render_mark(const ln_image *image, const ln_model *model, uint8_t *rgb)
{
    const grid finest = finest_grid(model);
    for (unsigned y = 0; y < finest.height; y++)
        for (unsigned x = 0; x < finest.width; x++) {
            const spot s = look_at(image, model, finest, x, y);
            const unsigned top = y * model->height / finest.height;
            const unsigned bottom = (y + 1) * model->height / finest.height;
            const unsigned left = x * model->width / finest.width;
            const unsigned right = (x + 1) * model->width / finest.width;
            for (unsigned py = top; py < bottom; py++)
                for (unsigned px = left; px < right; px++)
                    mark_pixel(rgb + 3 * ((size_t)py * model->width + px), &s, px, py);
        }
}
