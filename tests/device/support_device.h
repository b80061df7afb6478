/* For the device's tests: model files of any geometry, and docs/SPEC.md sections 1 and 2 once more, in the
 * most direct way: whole pictures, one sum a place, 64-bit numbers. */
#ifndef SUPPORT_DEVICE_H
#define SUPPORT_DEVICE_H

#include <math.h>

#include <limitnet/device.h>

#include "core/support_model.h"

typedef struct shape {
    unsigned kernel, stride, padding, outputs, pass, relu;
} shape;

typedef struct geometry {
    unsigned width, height, stages, layers, saliency_stage;
    shape shape[LN_MAX_STAGES + LN_MAX_LAYERS]; /* stages, then layers */
} geometry;

typedef enum weight_kind {
    ORDINARY_WEIGHTS,  /* outputs that spread over their ranges */
    EXTREME_WEIGHTS,   /* -128, -127 and 127, biases at their bound, multipliers from 1 to 2^31 - 1 */
    SYMMETRIC_WEIGHTS, /* ordinary ones; each kernel is even or odd along rows and along columns */
    SYMMETRIC_EXTREMES,
    LEVEL_WEIGHTS,      /* one magnitude for each output, from 1 to 127; all signs alike, or alternating */
    ONE_MAGNITUDE = 256 /* plus 1 to 127: this magnitude in all outputs, with the same signs */
} weight_kind;

/* Makes a kernel even or odd (sign 1 or -1) along rows and along columns. */
static inline void make_symmetric(uint8_t *w, unsigned kernel, unsigned inputs, int rows, int columns)
{
    for (unsigned y = 0; y < kernel; y++) {
        for (unsigned x = 0; x < kernel; x++) {
            unsigned from_y = 2 * y < kernel ? y : kernel - 1 - y,
                     from_x = 2 * x < kernel ? x : kernel - 1 - x;
            int sign = (from_y != y ? rows : 1) * (from_x != x ? columns : 1);

            for (unsigned i = 0; i < inputs; i++) {
                int from = (int8_t)w[(from_y * kernel + from_x) * inputs + i];

                if (from == -128 && (rows < 0 || columns < 0)) /* it has no opposite */
                    w[(from_y * kernel + from_x) * inputs + i] = (uint8_t)(from = -127);
                w[(y * kernel + x) * inputs + i] = (uint8_t)(sign * from);
            }
        }
    }
}

static inline unsigned square_root(unsigned n)
{
    unsigned root = 1;

    while (root * root < n)
        root++;
    return root;
}

/* All positive, all negative, alternating from pixel to pixel, or from weight to weight. */
static inline int level_weight(unsigned output, unsigned i, unsigned inputs, int magnitude)
{
    unsigned negative[4] = {0, 1, i / inputs % 2, i % 2};

    return negative[output / 2 % 4] ? -magnitude : magnitude;
}

static inline void add_geometry_parameters(model_file *f, uint64_t *seed, const shape *s, unsigned inputs,
                                           weight_kind kind)
{
    unsigned weights = s->kernel * s->kernel * inputs;
    int extreme = kind == EXTREME_WEIGHTS || kind == SYMMETRIC_EXTREMES;

    for (unsigned o = 0; o < s->outputs; o++) {
        size_t head = f->size;
        uint32_t sum = 0, bias, multiplier;

        add_bytes(f, 4, 0);
        add_bytes(f, 4, 0);
        for (unsigned i = 0; i < weights; i++) {
            static const int extremes[3] = {-128, -127, 127};
            int w = (int)random_below(seed, 256) - 128;

            if (extreme)
                w = extremes[o % 4 < 3 ? o % 4 : random_below(seed, 3)];
            if (kind == LEVEL_WEIGHTS)
                w = level_weight(o, i, inputs, 1 + (int)(2 * o % 127));
            if (kind > ONE_MAGNITUDE)
                w = level_weight(o, i, inputs, (int)kind - ONE_MAGNITUDE);
            add_bytes(f, 1, (uint32_t)w);
        }
        if (kind == SYMMETRIC_WEIGHTS || kind == SYMMETRIC_EXTREMES)
            make_symmetric(f->bytes + head + 8, s->kernel, inputs, random_below(seed, 2) ? 1 : -1,
                           random_below(seed, 2) ? 1 : -1);
        for (unsigned i = 0; i < weights; i++)
            sum += (uint32_t)abs((int8_t)f->bytes[head + 8 + i]);
        if (extreme) {
            bias = 0x7fffffffu - 255 * sum;
            multiplier =
                o % 3 == 0 ? 0x7fffffffu : 1 + (0x3fffffffu / (weights * 64) << random_below(seed, 6));
        } else {
            bias = random_below(seed, 20000);
            multiplier = (1 + random_below(seed, 8)) * (0x1000000u / square_root(weights));
        }
        if (random_below(seed, 2))
            bias = 0u - bias;
        for (unsigned i = 0; i < 4; i++) {
            f->bytes[head + i] = (uint8_t)(bias >> 8 * i);
            f->bytes[head + 4 + i] = (uint8_t)(multiplier >> 8 * i);
        }
    }
}

/* A model file of this geometry, to be freed. Channels have 1 to 8 planes, so some of their values need two
 * bytes. Without a branch a model has the map of activity, or none. */
static inline uint8_t *geometry_model(const geometry *g, uint64_t *seed, weight_kind kind, size_t *size)
{
    model_file f = {calloc(RANDOM_MODEL_ROOM, 1), 0};
    unsigned planes[LN_MAX_CHANNELS], wide[LN_MAX_CHANNELS], channels = 0, units = 0, wides = 0;
    made_map map = {g->layers               ? LN_MAP_SALIENCY
                    : random_below(seed, 3) ? LN_MAP_ACTIVITY
                                            : LN_MAP_NONE,
                    g->layers ? 32 : 16, random_below(seed, 2) ? 5 : 0, 2};

    if (map.kind == LN_MAP_NONE)
        map = (made_map){LN_MAP_NONE, 0, 0, 0};
    add_bytes(&f, 4, 0x024d4e4cu); /* LNM, version 2 */
    add_bytes(&f, 4, 0);
    add_bytes(&f, 4, 0x656e6f67u);
    for (unsigned i = 0; i < 3; i++)
        add_bytes(&f, 4, 0);
    add_bytes(&f, 2, g->width);
    add_bytes(&f, 2, g->height);
    add_bytes(&f, 1, g->stages);
    add_bytes(&f, 1, map.kind);
    add_bytes(&f, 1, g->layers);
    add_bytes(&f, 1, g->layers ? g->saliency_stage : 0);
    add_bytes(&f, 1, 1); /* distribution */
    add_bytes(&f, 1, 2); /* shapes */
    add_bytes(&f, 2, 1); /* unit before the map */
    add_map(&f, seed, &map, g->stages);
    for (unsigned i = 0; i < g->stages + g->layers; i++) {
        const shape *s = &g->shape[i];

        add_bytes(&f, 1, s->kernel);
        add_bytes(&f, 1, s->stride);
        add_bytes(&f, 1, s->padding);
        add_bytes(&f, 1, s->outputs);
        add_bytes(&f, 1, s->pass);
        add_bytes(&f, 1, s->relu);
        add_bytes(&f, 2, 0);
        if (i < g->stages)
            channels += s->outputs - s->pass;
    }
    for (unsigned c = 0; c < channels; c++) {
        planes[c] = 1 + random_below(seed, LN_MAX_PLANES);
        wide[c] = random_below(seed, 2);
        units += planes[c];
        wides += wide[c];
        add_bytes(&f, 1, planes[c]);
        add_bytes(&f, 1, wide[c]);
        add_bytes(&f, 2, random_below(seed, 129));
    }
    add_units(&f, seed, planes, channels, units, map.weight > 0);
    for (unsigned i = 0; i < LN_CLASSES * wides; i++)
        add_bytes(&f, 1, 0);
    for (unsigned i = 0; i < units - wides; i++)
        add_narrow(&f, seed, 2);
    for (unsigned i = 0; i < units + 2 * LN_CLASSES * LN_STATES; i++)
        add_bytes(&f, 1, random_below(seed, 256));
    add_distribution(&f, seed);
    for (unsigned i = 0; map.levels && i <= map.levels >> map.shift; i++)
        add_cumulative(&f, seed, map.levels);
    for (unsigned i = 0, inputs = 3; i < g->stages + g->layers; i++) {
        if (i == g->stages)
            inputs = g->shape[g->saliency_stage].outputs;
        add_geometry_parameters(&f, seed, &g->shape[i], inputs, kind);
        inputs = g->shape[i].pass;
    }
    add_bytes(&f, 4, 0);
    seal(f.bytes, f.size);
    *size = f.size;
    return realloc(f.bytes, f.size); /* exactly its size, for the sanitizers */
}

/* ---- The reference --------------------------------------------------------------------------- */

typedef struct encoded {
    int *latent[LN_MAX_CHANNELS]; /* by place */
    uint8_t map[LN_MAP_CELLS];
} encoded;

static inline int clamped(int64_t v, int low, int high)
{
    return (int)(v < low ? low : v > high ? high : v);
}

static inline int64_t number_at(const uint8_t *p, unsigned bytes)
{
    int64_t n = 0;

    for (unsigned i = 0; i < bytes; i++)
        n += (int64_t)p[i] << 8 * i;
    return n;
}

static inline const uint8_t *output_parameters(const ln_layer *l, unsigned output)
{
    return l->parameters + output * (8u + (unsigned)l->kernel * l->kernel * l->inputs);
}

/* acc of SPEC 1.2 at one place. */
static inline int64_t reference_sum(const ln_layer *l, const uint8_t *tensor, int zero, unsigned output,
                                    int x, int y)
{
    const uint8_t *p = output_parameters(l, output), *w = p + 8;
    int64_t sum = (int32_t)number_at(p, 4);

    for (int ky = 0; ky < l->kernel; ky++) {
        for (int kx = 0; kx < l->kernel; kx++) {
            int from_x = x * l->stride + kx - l->padding, from_y = y * l->stride + ky - l->padding;

            for (int i = 0; i < l->inputs; i++, w++) {
                if (from_x >= 0 && from_x < l->in_width && from_y >= 0 && from_y < l->in_height)
                    sum += (int8_t)*w * (tensor[(from_y * l->in_width + from_x) * l->inputs + i] - zero);
            }
        }
    }
    return sum;
}

/* All outputs of a layer as bytes; those that are latent channels go to `e` as well. */
static inline uint8_t *reference_layer(const ln_model *m, const ln_layer *l, const uint8_t *tensor, int zero,
                                       encoded *e)
{
    int out_zero = l->activation == LN_ACTIVATION_RELU ? 0 : 128;
    uint8_t *bytes = malloc((size_t)l->width * l->height * l->outputs), *at = bytes;

    for (int y = 0; y < l->height; y++) {
        for (int x = 0; x < l->width; x++) {
            for (unsigned o = 0; o < l->outputs; o++) {
                int64_t sum = reference_sum(l, tensor, zero, o, x, y);
                int64_t multiplier = number_at(output_parameters(l, o) + 4, 4), v;

                if (o < l->pass) {
                    v = sum * multiplier + 0x80000000;
                    v = v >= 0 ? v / 0x100000000 : -((-v + 0xffffffff) / 0x100000000);
                } else {
                    unsigned c = l->first_channel + o - l->pass;

                    v = ((sum < 0 ? -sum : sum) * multiplier + m->channel[c].rounding * INT64_C(0x1000000)) /
                        0x100000000;
                    if (sum < 0)
                        v = out_zero ? -v : 0;
                    v = clamped(v, -m->channel[c].limit, m->channel[c].limit);
                    e->latent[c][y * l->width + x] = (int)v;
                }
                *at++ = (uint8_t)clamped(v + out_zero, 0, 255);
            }
        }
    }
    return bytes;
}

/* The first `pass` of every place's outputs: the next layer's input. */
static inline uint8_t *passed_part(const ln_layer *l, const uint8_t *all)
{
    size_t places = (size_t)l->width * l->height;
    uint8_t *part = malloc(places * l->pass + 1);

    for (size_t i = 0; i < places; i++)
        memcpy(part + i * l->pass, all + i * l->outputs, l->pass);
    return part;
}

static inline int overlap(int n, int cell, int place)
{
    int from = 8 * place > n * cell ? 8 * place : n * cell;
    int to = 8 * (place + 1) < n * (cell + 1) ? 8 * (place + 1) : n * (cell + 1);

    return to > from ? to - from : 0;
}

static inline void reference_map(const ln_layer *last, const uint8_t *bytes, uint8_t map[LN_MAP_CELLS])
{
    int w = last->width, h = last->height;

    for (int cell = 0; cell < LN_MAP_CELLS; cell++) {
        int64_t s = 0;

        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++)
                s += overlap(h, cell / 8, y) * overlap(w, cell % 8, x) *
                     lround(255 / (1 + exp(-(bytes[y * w + x] - 128) / 16.0)));
        map[cell] = (uint8_t)((62 * s + 255 * h * w) / (510 * h * w));
    }
}

/* SPEC 2.2 in doubles: sums stay below 2^53, so they are exact. */
static inline void reference_activity(const ln_model *m, const encoded *e, uint8_t map[LN_MAP_CELLS])
{
    for (int cell = 0; cell < LN_MAP_CELLS; cell++) {
        double s = m->activity_offset;
        int halves;

        for (unsigned c = 0; c < m->channels; c++) {
            const ln_layer *l = &m->stage[m->channel[c].stage];
            unsigned shift = m->activity_shift[m->channel[c].stage];

            for (int i = 0; shift != 15 && i < l->width * l->height; i++)
                s += ldexp((double)overlap(l->height, cell / 8, i / l->width) *
                               overlap(l->width, cell % 8, i % l->width) * abs(e->latent[c][i]),
                           (int)shift);
        }
        s = fmin(s, 4294967295.0);
        halves = 2 * ilogb(s);
        halves += s >= ceil(ldexp(sqrt(2), 31)) / ldexp(1, 31 - halves / 2);
        map[cell] = (uint8_t)clamped(halves - m->activity_lowest, 0, 15);
    }
}

/* SPEC 3.3. */
static inline void reference_limit(const ln_model *m, encoded *e)
{
    for (unsigned c = 0; c < m->channels; c++) {
        const ln_layer *l = &m->stage[m->channel[c].stage];
        int finer = m->channel[c].planes - 1;

        for (unsigned i = 0; m->channel[c].wide && i < ln_model_places(m, c); i++) {
            unsigned k = m->map == LN_MAP_NONE || m->channel[c].early
                             ? 0
                             : plain_class(m->thresholds, e->map, l->width, l->height, i);
            const uint8_t *base = ln_model_base(m, c, k);
            int v = e->latent[c][i], t = abs(v) >> finer;

            if (v > 0 && t > ln_base_highest(base))
                e->latent[c][i] = ((ln_base_highest(base) + 1) << finer) - 1;
            if (v < 0 && -t < ln_base_lowest(base))
                e->latent[c][i] = -(((1 - ln_base_lowest(base)) << finer) - 1);
        }
    }
}

static inline void reference_encode(const ln_model *m, const uint8_t *rgb, encoded *e)
{
    const uint8_t *tensor = rgb;
    uint8_t *all, *part = NULL, *branch = NULL;
    int zero = 128;

    for (unsigned c = 0; c < m->channels; c++)
        e->latent[c] = calloc(ln_model_places(m, c), sizeof(int));
    for (unsigned s = 0; s < m->stages; s++) {
        all = reference_layer(m, &m->stage[s], tensor, zero, e);
        free(part);
        part = passed_part(&m->stage[s], all);
        tensor = part;
        zero = m->stage[s].activation == LN_ACTIVATION_RELU ? 0 : 128;
        if (m->layers > 0 && s == m->saliency_stage)
            branch = all;
        else
            free(all);
    }
    free(part);
    zero = m->stage[m->saliency_stage].activation == LN_ACTIVATION_RELU ? 0 : 128;
    for (unsigned l = 0; l < m->layers; l++) {
        all = reference_layer(m, &m->layer[l], branch, zero, e);
        free(branch);
        branch = all;
        zero = m->layer[l].activation == LN_ACTIVATION_RELU ? 0 : 128;
    }
    if (m->map == LN_MAP_SALIENCY)
        reference_map(&m->layer[m->layers - 1], branch, e->map);
    if (m->map == LN_MAP_ACTIVITY)
        reference_activity(m, e, e->map);
    reference_limit(m, e);
    free(branch);
}

static inline void encoded_free(const ln_model *m, encoded *e)
{
    for (unsigned c = 0; c < m->channels; c++)
        free(e->latent[c]);
}

/* ---- The camera ------------------------------------------------------------------------------ */

/* A camera in memory of exactly the size that was asked for, 4-byte and not 8-byte aligned. */
typedef struct camera {
    ln_camera *c;
    void *block;
} camera;

static inline camera camera_make_with(const ln_model *m, const ln_kernel *const *kernels)
{
    size_t size = ln_camera_size(m, kernels);
    camera made = {NULL, malloc(size + 4)};

    assert_int_equal(ln_camera_init(&made.c, m, kernels, (uint8_t *)made.block + 4, size), LN_OK);
    return made;
}

static inline camera camera_make(const ln_model *m)
{
    return camera_make_with(m, ln_all_kernels);
}

static inline void camera_free(camera *made)
{
    free(made->block);
}

/* Black, white, black and white bytes, or any bytes. */
static inline uint8_t *picture_of_kind(const ln_model *m, uint64_t *seed, unsigned kind)
{
    size_t size = 3u * m->width * m->height;
    uint8_t *rgb = malloc(size);

    for (size_t i = 0; i < size; i++)
        rgb[i] = (uint8_t)(kind == 0   ? 0
                           : kind == 1 ? 255
                           : kind == 2 ? 255 * random_below(seed, 2)
                                       : random_below(seed, 256));
    return rgb;
}

static inline uint8_t *random_picture(const ln_model *m, uint64_t *seed)
{
    return picture_of_kind(m, seed, random_below(seed, 4));
}

/* Pushes rows in pieces of the given sizes, over and over; the last piece may be smaller. Each piece has
 * memory of its own, so that the sanitizers see a byte read too much. */
static inline void push_picture(ln_camera *c, const ln_model *m, const uint8_t *rgb, const unsigned *pieces,
                                unsigned count)
{
    unsigned left = m->height;
    size_t row = 3u * m->width;

    for (unsigned i = 0; left > 0; i++) {
        unsigned rows = pieces[i % count] < left ? pieces[i % count] : left;
        uint8_t *piece = malloc(rows * row + 1);

        memcpy(piece, rgb + (m->height - left) * row, rows * row);
        assert_int_equal(ln_camera_push_rows(c, piece, rows * row, rows), LN_OK);
        free(piece);
        left -= rows;
    }
}

static inline void encode_picture(ln_camera *c, const ln_model *m, const uint8_t *rgb, unsigned image)
{
    assert_int_equal(ln_camera_begin(c, image), LN_OK);
    assert_int_equal(ln_camera_push_rows(c, rgb, 3u * m->width * m->height, m->height), LN_OK);
    assert_int_equal(ln_camera_finish(c), LN_OK);
}

#endif
