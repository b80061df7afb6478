/* For the core's tests: small random model files that docs/SPEC.md section 7 allows. */
#ifndef SUPPORT_MODEL_H
#define SUPPORT_MODEL_H

#include "core/support_core.h"

#define RANDOM_MODEL_ROOM 65536u

/* A model file being written. */
typedef struct model_file {
    uint8_t *bytes;
    size_t size;
} model_file;

typedef struct made_layer {
    unsigned inputs, outputs, pass, kernel, width, height;
} made_layer;

static inline void add_bytes(model_file *f, unsigned bytes, uint32_t value)
{
    assert_true(f->size + bytes <= RANDOM_MODEL_ROOM);
    for (unsigned i = 0; i < bytes; i++)
        f->bytes[f->size++] = (uint8_t)(value >> 8 * i);
}

static inline uint32_t crc_bit_by_bit(const uint8_t *bytes, size_t size)
{
    uint32_t crc = 0xffffffffu;

    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

/* Corrects the size and the CRC of a changed file. */
static inline void seal(uint8_t *bytes, size_t size)
{
    for (unsigned i = 0; i < 4; i++)
        bytes[4 + i] = (uint8_t)(size >> 8 * i);
    uint32_t crc = crc_bit_by_bit(bytes, size - 4);
    for (unsigned i = 0; i < 4; i++)
        bytes[size - 4 + i] = (uint8_t)(crc >> 8 * i);
}

/* One convolution on a grid of inputs, of any geometry. */
static inline made_layer add_layer(model_file *f, uint64_t *seed, made_layer in, unsigned outputs,
                                   unsigned pass, unsigned activation)
{
    made_layer out = {in.pass, outputs, pass, 0, 0, 0};
    unsigned stride, padding;

    do {
        out.kernel = 1 + random_below(seed, 4);
        stride = 1 + random_below(seed, 3);
        padding = random_below(seed, out.kernel);
    } while (in.width + 2 * padding < out.kernel || in.height + 2 * padding < out.kernel);
    out.width = (in.width + 2 * padding - out.kernel) / stride + 1;
    out.height = (in.height + 2 * padding - out.kernel) / stride + 1;
    add_bytes(f, 1, out.kernel);
    add_bytes(f, 1, stride);
    add_bytes(f, 1, padding);
    add_bytes(f, 1, outputs);
    add_bytes(f, 1, pass);
    add_bytes(f, 1, activation);
    add_bytes(f, 2, 0);
    return out;
}

static inline void add_parameters(model_file *f, uint64_t *seed, const made_layer *layer)
{
    for (unsigned o = 0; o < layer->outputs; o++) {
        add_bytes(f, 4, random_below(seed, 20000) - 10000u);
        add_bytes(f, 4, 1 + random_below(seed, 0x7fffffff));
        for (unsigned i = 0; i < layer->kernel * layer->kernel * layer->inputs; i++)
            add_bytes(f, 1, random_below(seed, 256));
    }
}

static inline void add_cumulative(model_file *f, uint64_t *seed, unsigned count)
{
    unsigned at = 0;

    for (unsigned i = 0; i < count; i++) {
        unsigned most = 4095 - (count - 1 - i);

        if (i > 0)
            at += 1 + random_below(seed, (most - at) / 2 + 1);
        add_bytes(f, 2, at < most ? at : most);
        at = at < most ? at : most;
    }
}

/* The unit list: the planes of the channels in any order that keeps each channel's own. */
static inline void add_units(model_file *f, uint64_t *seed, const unsigned *planes, unsigned channels,
                             unsigned units, int scored)
{
    unsigned sent[LN_MAX_CHANNELS] = {0};
    int offset = scored ? (int)random_below(seed, 400) - 200 : 0;

    for (unsigned i = 0; i < units;) {
        unsigned c = random_below(seed, channels);

        if (sent[c] == planes[c])
            continue;
        add_bytes(f, 1, c);
        add_bytes(f, 1, sent[c]++);
        add_bytes(f, 2, (uint32_t)offset);
        if (scored)
            offset -= (int)random_below(seed, 2) * (int)random_below(seed, 60);
        i++;
    }
}

static inline void add_distribution(model_file *f, uint64_t *seed)
{
    unsigned below = random_below(seed, 10), count = below + 1 + random_below(seed, 10);

    add_bytes(f, 1, 0u - below);
    add_bytes(f, 1, count);
    add_cumulative(f, seed, count);
}

/* What a model's map is (2), and whether its classes move places (5). */
typedef struct made_map {
    unsigned kind, levels, weight, shift;
} made_map;

static inline made_map random_map(uint64_t *seed)
{
    made_map map = {random_below(seed, 3), 0, 0, 0};

    if (map.kind == LN_MAP_NONE)
        return map;
    map.levels = map.kind == LN_MAP_SALIENCY ? 32 : 16;
    map.weight = random_below(seed, 3) ? 0 : 1 + random_below(seed, random_below(seed, 64) + 1);
    map.shift = random_below(seed, 4);
    return map;
}

/* The head behind the units before the map: what there is of the map. */
static inline void add_map(model_file *f, uint64_t *seed, const made_map *map, unsigned stages)
{
    int active = map->kind == LN_MAP_ACTIVITY;
    unsigned threshold = 0;

    add_bytes(f, 2, map->weight);
    add_bytes(f, 1, map->shift);
    add_bytes(f, 1, active ? random_below(seed, 64) : 0);
    add_bytes(f, 4, active ? 1 + random_below(seed, 0x7fffffff) : 0);
    for (unsigned i = 0; i < LN_MAX_STAGES; i++)
        add_bytes(f, 1, active && i < stages ? random_below(seed, 16) : 0);
    for (unsigned i = 0; i < 7; i++) {
        threshold += map->levels ? random_below(seed, map->levels * 2) : 0;
        add_bytes(f, 1, threshold < 255 ? threshold : 255);
    }
    add_bytes(f, 1, 0);
}

static inline void add_narrow(model_file *f, uint64_t *seed, unsigned shapes)
{
    add_bytes(f, 1, random_below(seed, 256));
    add_bytes(f, 1, random_below(seed, shapes));
    add_bytes(f, 1, 1 + random_below(seed, 255));
    add_bytes(f, 1, 1 + random_below(seed, 255));
    add_bytes(f, 1, random_below(seed, 256));
}

/* A model of at most 3 stages and 3 layers and a few thousand symbols; to be freed. */
static inline uint8_t *random_model(uint64_t *seed, size_t *size)
{
    model_file f = {calloc(RANDOM_MODEL_ROOM, 1), 0};
    made_map map = random_map(seed);
    unsigned stages = 1 + random_below(seed, 3);
    unsigned layers = map.kind == LN_MAP_SALIENCY ? 1 + random_below(seed, 3) : 0;
    unsigned saliency_stage = layers ? random_below(seed, stages) : 0,
             distributions = 1 + random_below(seed, 5);
    unsigned shapes = 1 + random_below(seed, 4), planes[LN_MAX_CHANNELS], wide[LN_MAX_CHANNELS];
    unsigned channels = 0, units = 0, wides = 0;
    made_layer layer[6],
        in = {
            0, 0, 3, 0, 8 + random_below(seed, random_below(seed, 4) ? 12 : 90), 8 + random_below(seed, 12)};

    add_bytes(&f, 4, 0x024d4e4cu); /* LNM, version 2 */
    add_bytes(&f, 4, 0);
    add_bytes(&f, 4, 0x2d62612du); /* a name: -ab- */
    add_bytes(&f, 4, 0);
    add_bytes(&f, 4, 0);
    add_bytes(&f, 4, 0);
    add_bytes(&f, 2, in.width);
    add_bytes(&f, 2, in.height);
    add_bytes(&f, 1, stages);
    add_bytes(&f, 1, map.kind);
    add_bytes(&f, 1, layers);
    add_bytes(&f, 1, saliency_stage);
    add_bytes(&f, 1, distributions);
    add_bytes(&f, 1, shapes);
    add_bytes(&f, 2, 0);
    add_map(&f, seed, &map, stages);
    for (unsigned i = 0; i < stages; i++) {
        unsigned outputs = 1 + random_below(seed, 4),
                 pass = i + 1 < stages ? 1 + random_below(seed, outputs) : 0;

        layer[i] = add_layer(&f, seed, in, outputs, pass, random_below(seed, 2));
        in = layer[i];
        channels += outputs - pass;
    }
    in = layer[saliency_stage];
    in.pass = in.outputs;
    for (unsigned i = 0; i < layers; i++) {
        int last = i + 1 == layers;
        unsigned outputs = last ? 1 : 1 + random_below(seed, 3);

        layer[stages + i] = add_layer(&f, seed, in, outputs, outputs, last ? 0 : random_below(seed, 2));
        in = layer[stages + i];
    }
    for (unsigned c = 0; c < channels; c++) {
        planes[c] = 1 + random_below(seed, 1 + random_below(seed, LN_MAX_PLANES));
        wide[c] = random_below(seed, 3) == 0;
        units += planes[c];
        wides += wide[c];
        add_bytes(&f, 1, planes[c]);
        add_bytes(&f, 1, wide[c]);
        add_bytes(&f, 2, random_below(seed, 129));
    }
    f.bytes[34] = (uint8_t)random_below(seed, random_below(seed, 2) ? units + 1 : 2);
    add_units(&f, seed, planes, channels, units, map.weight > 0);
    for (unsigned i = 0; i < LN_CLASSES * wides; i++)
        add_bytes(&f, 1, random_below(seed, distributions));
    for (unsigned i = 0; i < units - wides; i++)
        add_narrow(&f, seed, shapes);
    for (unsigned i = 0; i < units + LN_CLASSES * LN_STATES * shapes; i++)
        add_bytes(&f, 1, random_below(seed, 256));
    for (unsigned i = 0; i < distributions; i++)
        add_distribution(&f, seed);
    for (unsigned i = 0; map.levels && i <= map.levels >> map.shift; i++)
        add_cumulative(&f, seed, map.levels);
    for (unsigned i = 0; i < stages + layers; i++)
        add_parameters(&f, seed, &layer[i]);
    add_bytes(&f, 4, 0);
    seal(f.bytes, f.size);
    *size = f.size;
    return realloc(f.bytes, f.size); /* exactly its size, for the sanitizers */
}

#endif
