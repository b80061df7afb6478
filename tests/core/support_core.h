/* For the core's tests: files, random numbers, and a picture that can be sent. */
#ifndef SUPPORT_CORE_H
#define SUPPORT_CORE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/support_read.h"

/* Xorshift64*: the same numbers on every machine. */
static inline unsigned random_below(uint64_t *seed, unsigned limit)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return (unsigned)((*seed * 0x2545f4914f6cdd1du >> 33) % limit);
}

/* A whole file, to be freed; null if it cannot be opened. */
static inline uint8_t *read_if_there(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = NULL;
    long end;

    if (!file)
        return NULL;
    if (fseek(file, 0, SEEK_END) == 0 && (end = ftell(file)) >= 0 && fseek(file, 0, SEEK_SET) == 0) {
        *size = (size_t)end;
        bytes = malloc(*size + 1);
        if (bytes && fread(bytes, 1, *size, file) != *size) {
            free(bytes);
            bytes = NULL;
        }
    }
    fclose(file);
    return bytes;
}

static inline uint8_t *read_whole(const char *path, size_t *size)
{
    uint8_t *bytes = read_if_there(path, size);

    if (!bytes)
        fail_msg("cannot read %s", path);
    return bytes;
}

static inline int clamped_cell(int i)
{
    return i < 0 ? 0 : i > 7 ? 7 : i;
}

/* The class of a place (2.3) in doubles: all numbers are exact in them. */
static inline unsigned plain_class(const uint8_t thresholds[7], const uint8_t *map, unsigned width,
                                   unsigned height, unsigned place)
{
    double h = height, w = width, y = place / width, x = place % width;
    double ty = 8 * (2 * y + 1) - h, tx = 8 * (2 * x + 1) - w;
    double iy = floor(ty / (2 * h)), ix = floor(tx / (2 * w));
    double fy = ty - 2 * h * iy, fx = tx - 2 * w * ix;
    int y0 = clamped_cell((int)iy), y1 = clamped_cell((int)iy + 1);
    int x0 = clamped_cell((int)ix), x1 = clamped_cell((int)ix + 1);
    double s = (2 * h - fy) * ((2 * w - fx) * map[8 * y0 + x0] + fx * map[8 * y0 + x1]) +
               fy * ((2 * w - fx) * map[8 * y1 + x0] + fx * map[8 * y1 + x1]);
    unsigned number = 0;

    for (unsigned i = 0; i < 7; i++)
        number += thresholds[i] <= floor(2 * s / (h * w));
    return number;
}

/* A picture to be sent: latent values, map and order. */
typedef struct picture {
    uint8_t *file;
    ln_model model;
    ln_order *order;
    void *memory;
    uint8_t map[LN_MAP_CELLS];
    int16_t *value; /* channel by channel, within its limit */
    unsigned values;
    uint8_t *bits; /* the same, limited for the places, as a camera keeps them */
    size_t bits_size;
    unsigned first[LN_MAX_CHANNELS]; /* where a channel's values begin */
    ln_symbol_id *id;                /* the symbol at each rank */
} picture;

/* Takes over `file`, a model. */
static inline void picture_open(picture *p, uint8_t *file, size_t size)
{
    memset(p, 0, sizeof *p);
    p->file = file;
    assert_int_equal(ln_model_open(&p->model, file, size), LN_OK);
    p->memory = malloc(ln_order_size(&p->model));
    assert_int_equal(ln_order_init(&p->order, &p->model, p->memory, ln_order_size(&p->model)), LN_OK);
    for (unsigned c = 0; c < p->model.channels; c++) {
        p->first[c] = p->values;
        p->values += ln_model_places(&p->model, c);
    }
    p->value = calloc(p->values, sizeof *p->value);
    for (unsigned c = 0; c < p->model.channels; c++)
        p->bits_size += ln_bits_size(&p->model, c);
    p->bits_size += LN_BITS_SLACK;
    p->bits = malloc(p->bits_size); /* exactly as many, for the sanitizers */
    p->id = calloc(p->model.symbols, sizeof *p->id);
}

static inline void picture_open_file(picture *p, const char *path)
{
    size_t size;
    uint8_t *file = read_whole(path, &size);

    picture_open(p, file, size);
}

static inline void picture_close(picture *p)
{
    free(p->id);
    free(p->bits);
    free(p->value);
    free(p->memory);
    free(p->file);
}

static inline const uint8_t *picture_map(const picture *p)
{
    return p->model.map != LN_MAP_NONE ? p->map : NULL;
}

/* The values of a channel, for ln_packet_write. */
static inline ln_bits picture_values(void *context, unsigned channel)
{
    const picture *p = context;
    uint8_t *at = p->bits;

    assert_true(channel < p->model.channels);
    for (unsigned c = 0; c < channel; c++)
        at += ln_bits_size(&p->model, c);
    return ln_bits_of(&p->model, channel, at);
}

static inline void picture_store(picture *p)
{
    memset(p->bits, 0xff, p->bits_size);
    for (unsigned c = 0; c < p->model.channels; c++) {
        ln_bits bits = picture_values(p, c);

        for (unsigned i = 0; i < ln_model_places(&p->model, c); i++) {
            int32_t v = p->value[p->first[c] + i];

            ln_bits_put(&bits, i, v);
        }
    }
    ln_limit_values(p->order, picture_values, p);
}

static inline void picture_set_map(picture *p)
{
    ln_walker walker;
    ln_run run;
    unsigned rank = 0;

    if (p->model.map != LN_MAP_NONE)
        assert_int_equal(ln_order_set_map(p->order, p->map), LN_OK);
    picture_store(p);
    assert_true(ln_order_seek(p->order, 0, &walker, &run));
    do
        for (unsigned i = 0; i < run.count; i++, rank++) {
            p->id[rank].channel = (uint8_t)run.channel;
            p->id[rank].plane = (uint8_t)run.plane;
            p->id[rank].place_class = (uint8_t)ln_run_class(&run, i);
            p->id[rank].place = (uint16_t)ln_run_place(&run, i);
        }
    while (ln_order_step(p->order, &walker, &run));
    assert_int_equal(rank, p->model.symbols);
}

/* Smooth map, values that get rarer with their size. */
static inline void picture_fill(picture *p, uint64_t *seed)
{
    unsigned x = random_below(seed, 8), y = random_below(seed, 8);
    int highest = p->model.map_levels - 1;

    for (unsigned i = 0; i < LN_MAP_CELLS; i++) {
        int distance = abs((int)(i % 8) - (int)x) + abs((int)(i / 8) - (int)y);
        int level = highest - 5 * distance + (int)random_below(seed, 4);

        p->map[i] = (uint8_t)(level < 0 || highest < 0 ? 0 : level > highest ? highest : level);
    }
    for (unsigned c = 0; c < p->model.channels; c++) {
        const ln_channel *channel = &p->model.channel[c];
        int relu = p->model.stage[channel->stage].activation == LN_ACTIVATION_RELU;

        for (unsigned i = 0; i < ln_model_places(&p->model, c); i++) {
            unsigned most = 1u << random_below(seed, channel->planes + 5u);
            int v = (int)random_below(seed, most > 32767 ? 32767 : most);

            v = v < channel->limit ? v : channel->limit;
            p->value[p->first[c] + i] = (int16_t)(!relu && random_below(seed, 2) ? -v : v);
        }
    }
    picture_set_map(p);
}

/* The symbol that is sent at a rank. */
static inline int picture_symbol(const picture *p, const ln_symbol_id *id)
{
    if (id->channel == LN_RANK_IS_MAP)
        return p->map[id->place];
    return symbol_of(&p->model, id->channel, id->plane, id->place_class,
                     p->value[p->first[id->channel] + id->place]);
}

typedef struct checking {
    const picture *picture;
    unsigned rank;
} checking;

static inline void check_symbol(void *context, const ln_symbol_id *id, int symbol)
{
    checking *c = context;
    const ln_symbol_id *expected = &c->picture->id[c->rank++];

    assert_true(id->channel == expected->channel && id->plane == expected->plane &&
                id->place_class == expected->place_class && id->place == expected->place);
    assert_int_equal(symbol, picture_symbol(c->picture, id));
}

/* Checks that a packet holds the picture's symbols up to rank `next`. */
static inline void check_packet(const picture *p, const uint8_t *packet, size_t size, unsigned next)
{
    ln_packet_header header;
    checking c = {p, 0};
    unsigned count;

    assert_int_equal(ln_packet_peek(packet, size, &header), LN_OK);
    c.rank = header.rank;
    assert_int_equal(read_packet(p->order, packet, size, check_symbol, &c, &count), LN_OK);
    assert_int_equal(c.rank, next);
    assert_int_equal(count, next - header.rank);
}

#endif
