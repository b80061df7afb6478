/* The model file (7). Every field is checked here, once, so that no other file must. */
#include "core/model.h"

#include <string.h>

#define HEAD_BYTES 56
#define LAYER_BYTES 8
#define NARROW_BYTES 5
#define TOTAL 4096     /* of the frequencies of a distribution */
#define NOT_COUNTED 15 /* shift of a stage that the activity leaves out */

/* The part of the file that is not read yet. */
typedef struct reader {
    const uint8_t *at;
    size_t left;
} reader;

/* The next `size` bytes; null if the file is too short for them. */
static const uint8_t *take(reader *r, size_t size)
{
    const uint8_t *at = r->at;
    if (size > r->left)
        return NULL;
    r->at += size;
    r->left -= size;
    return at;
}

/* CRC-32 (IEEE 802.3), four bits at a time: a table of 64 bytes instead of 1 KB. */
static uint32_t crc32(const uint8_t *bytes, size_t size)
{
    static const uint32_t table[16] = {
        0x00000000u, 0x1db71064u, 0x3b6e20c8u, 0x26d930acu, 0x76dc4190u, 0x6b6b51f4u,
        0x4db26158u, 0x5005713cu, 0xedb88320u, 0xf00f9344u, 0xd6d6a3e8u, 0xcb61b38cu,
        0x9b64c2b0u, 0x86d3d2d4u, 0xa00ae278u, 0xbdbdf21cu,
    };
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

static int read_name(ln_model *model, const uint8_t *p)
{
    unsigned length = 0;
    while (length < 16 && p[length] != 0) {
        uint8_t c = p[length];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return 0;
        model->name[length++] = (char)c;
    }
    for (unsigned i = length; i < 16; i++)
        if (p[i] != 0)
            return 0;
    return length > 0;
}

/* Thresholds and the context's shift, for either kind of map. */
static int read_map(ln_model *model, const uint8_t *p)
{
    model->map_levels = model->map == LN_MAP_NONE       ? 0
                        : model->map == LN_MAP_SALIENCY ? LN_SALIENCY_LEVELS
                                                        : LN_ACTIVITY_LEVELS;
    model->map_shift = p[38];
    memcpy(model->thresholds, p + 48, sizeof model->thresholds);
    for (unsigned i = 1; i < LN_CLASSES - 1; i++)
        if (model->thresholds[i] < model->thresholds[i - 1])
            return 0;
    if (model->map == LN_MAP_NONE)
        return model->map_shift == 0 && model->weight == 0 && model->thresholds[LN_CLASSES - 2] == 0;
    return model->map <= LN_MAP_ACTIVITY && model->map_shift <= 3 && model->weight <= 64;
}

static int read_activity(ln_model *model, const uint8_t *p)
{
    int active = model->map == LN_MAP_ACTIVITY;
    model->activity_lowest = p[39];
    model->activity_offset = ln_u32(p + 40);
    memcpy(model->activity_shift, p + 44, sizeof model->activity_shift);
    for (unsigned i = 0; i < LN_MAX_STAGES; i++)
        if (model->activity_shift[i] > (active && i < model->stages ? NOT_COUNTED : 0))
            return 0;
    if (!active)
        return model->activity_lowest == 0 && model->activity_offset == 0;
    return model->activity_lowest <= 63 && model->activity_offset >= 1 &&
           model->activity_offset <= 0x80000000u;
}

static int read_head(ln_model *model, reader *r)
{
    const uint8_t *p = take(r, HEAD_BYTES);
    if (!p || !read_name(model, p + 8))
        return 0;
    model->width = (uint16_t)ln_u16(p + 24);
    model->height = (uint16_t)ln_u16(p + 26);
    model->stages = p[28];
    model->map = p[29];
    model->layers = p[30];
    model->saliency_stage = p[31];
    model->distributions = p[32];
    model->shapes = p[33];
    model->before_map = (uint16_t)ln_u16(p + 34);
    model->weight = (uint16_t)ln_u16(p + 36);
    if (model->width < 8 || model->width > 1024 || model->height < 8 || model->height > 1024 ||
        model->stages < 1 || model->stages > LN_MAX_STAGES || model->distributions > 64 ||
        model->shapes < 1 || model->shapes > 32 || p[55] != 0)
        return 0;
    if (model->map == LN_MAP_SALIENCY
            ? model->layers < 1 || model->layers > LN_MAX_LAYERS || model->saliency_stage >= model->stages
            : model->layers != 0 || model->saliency_stage != 0)
        return 0;
    return read_map(model, p) && read_activity(model, p);
}

/* Outputs along one axis (1.2); 0 if the kernel does not fit. At most 1,324: 1,024, and 30 more for each of
 * ten convolutions. */
static uint16_t output_size(unsigned size, const ln_layer *layer)
{
    unsigned padded = size + 2u * layer->padding;
    return (uint16_t)(padded < layer->kernel ? 0 : (padded - layer->kernel) / layer->stride + 1);
}

/* One entry of the table of stages and layers. The size of its input is there already. */
static int read_layer(ln_layer *layer, reader *r)
{
    const uint8_t *p = take(r, LAYER_BYTES);
    if (!p)
        return 0;
    layer->kernel = p[0];
    layer->stride = p[1];
    layer->padding = p[2];
    layer->outputs = p[3];
    layer->pass = p[4];
    layer->activation = p[5];
    if (layer->kernel < 1 || layer->kernel > 16 || layer->stride < 1 || layer->stride > 16 ||
        layer->padding >= layer->kernel || layer->outputs < 1 || layer->outputs > LN_MAX_CHANNELS ||
        layer->pass > layer->outputs || layer->activation > LN_ACTIVATION_RELU || p[6] != 0 || p[7] != 0)
        return 0;
    layer->width = output_size(layer->in_width, layer);
    layer->height = output_size(layer->in_height, layer);
    return layer->width > 0 && layer->height > 0;
}

static int small_grid(const ln_layer *layer)
{
    return (unsigned)layer->width * layer->height <= LN_MAX_PLACES;
}

static int read_stages(ln_model *model, reader *r)
{
    for (unsigned i = 0; i < model->stages; i++) {
        ln_layer *stage = &model->stage[i];
        const ln_layer *before = i ? stage - 1 : NULL;
        stage->inputs = before ? before->pass : 3;
        stage->in_width = before ? before->width : model->width;
        stage->in_height = before ? before->height : model->height;
        if (!read_layer(stage, r))
            return 0;
        /* Every stage but the last feeds the next one. */
        if ((stage->pass > 0) != (i + 1u < model->stages))
            return 0;
        if (stage->pass < stage->outputs && !small_grid(stage))
            return 0;
    }
    return 1;
}

static int read_branch(ln_model *model, reader *r)
{
    for (unsigned i = 0; i < model->layers; i++) {
        ln_layer *layer = &model->layer[i];
        const ln_layer *before = i ? layer - 1 : &model->stage[model->saliency_stage];
        layer->inputs = before->outputs;
        layer->in_width = before->width;
        layer->in_height = before->height;
        if (!read_layer(layer, r) || layer->pass != layer->outputs || !small_grid(layer))
            return 0;
        if (i + 1u == model->layers && (layer->outputs != 1 || layer->activation != LN_ACTIVATION_NONE))
            return 0;
    }
    return 1;
}

/* Channels are numbered from the last stage to the first (1.4). */
static int read_channels(ln_model *model, reader *r)
{
    unsigned channels = 0, units = 0, wide = 0;
    for (unsigned i = model->stages; i-- > 0;) {
        ln_layer *stage = &model->stage[i];
        stage->first_channel = (uint8_t)channels;
        for (unsigned output = stage->pass; output < stage->outputs; output++) {
            const uint8_t *p = take(r, 4);
            if (channels == LN_MAX_CHANNELS || !p || p[0] < 1 || p[0] > LN_MAX_PLANES || p[1] > 1 ||
                ln_u16(p + 2) > 128)
                return 0;
            model->channel[channels++] = (ln_channel){.stage = (uint8_t)i,
                                                      .output = (uint8_t)output,
                                                      .planes = p[0],
                                                      .wide = p[1],
                                                      .rounding = p[2],
                                                      .number_wide = (uint8_t)wide,
                                                      .first_unit = (uint16_t)units,
                                                      .first_narrow = (uint16_t)(units - wide)};
            units += p[0];
            wide += p[1];
        }
    }
    model->channels = (uint8_t)channels;
    model->wide_channels = (uint8_t)wide;
    model->units = (uint16_t)units;
    return model->before_map <= units;
}

/* The list has each plane once, after the coarser planes of its channel, and offsets do not rise behind the
 * map (5). */
static int read_units(ln_model *model, reader *r)
{
    uint8_t next_plane[LN_MAX_CHANNELS] = {0};
    uint32_t symbols = ln_map_cells(model);
    int highest = INT16_MAX;
    model->unit_table = take(r, 4u * model->units);
    if (!model->unit_table)
        return 0;
    for (unsigned i = 0; i < model->units; i++) {
        ln_unit unit = ln_model_unit(model, i);
        if (unit.channel >= model->channels || unit.plane >= model->channel[unit.channel].planes ||
            unit.plane != next_plane[unit.channel]++ || (model->weight == 0 && unit.offset != 0))
            return 0;
        if (i >= model->before_map) {
            if (unit.offset > highest)
                return 0;
            highest = unit.offset;
        } else if (unit.plane == 0) {
            model->channel[unit.channel].early = 1;
        }
        symbols += ln_channel_places(model, unit.channel);
    }
    model->symbols = symbols;
    return symbols <= LN_MAX_SYMBOLS;
}

static int read_symbol_tables(ln_model *model, reader *r)
{
    unsigned bases = (unsigned)LN_CLASSES * model->wide_channels;
    unsigned narrow = (unsigned)model->units - model->wide_channels;
    model->base_index = take(r, bases);
    model->narrow = take(r, (size_t)NARROW_BYTES * narrow);
    model->recon_point = take(r, model->units);
    model->shape = take(r, (size_t)LN_CLASSES * LN_STATES * model->shapes);
    if (!model->base_index || !model->narrow || !model->recon_point || !model->shape)
        return 0;
    for (unsigned i = 0; i < bases; i++)
        if (model->base_index[i] >= model->distributions)
            return 0;
    for (const uint8_t *p = model->narrow; p < model->narrow + (size_t)NARROW_BYTES * narrow;
         p += NARROW_BYTES)
        if (p[1] >= model->shapes || p[2] == 0 || p[3] == 0)
            return 0;
    return 1;
}

/* Whether cumulative frequencies begin with 0, rise strictly and stay below the total, so that every symbol
 * can be coded. */
static int rising(const uint8_t *cumulative, unsigned count)
{
    if (ln_u16(cumulative) != 0)
        return 0;
    for (unsigned i = 1; i < count; i++)
        if (ln_u16(cumulative + 2 * i) <= ln_u16(cumulative + 2 * i - 2))
            return 0;
    return ln_u16(cumulative + 2 * count - 2) < TOTAL;
}

static int read_distributions(ln_model *model, reader *r)
{
    for (unsigned i = 0; i < model->distributions; i++) {
        const uint8_t *p = take(r, 2);
        if (!p || p[1] < 1 || p[1] > 128 || ln_base_lowest(p) > 0 || ln_base_highest(p) < 0 ||
            ln_base_highest(p) > 127)
            return 0;
        model->distribution[i] = p;
        if (!take(r, 2u * p[1]) || !rising(p + 2, p[1]))
            return 0;
    }
    return 1;
}

static int read_map_distributions(ln_model *model, reader *r)
{
    unsigned levels = model->map_levels, contexts = (levels >> model->map_shift) + 1;
    if (model->map == LN_MAP_NONE)
        return 1;
    model->map_distribution = take(r, (size_t)2 * levels * contexts);
    if (!model->map_distribution)
        return 0;
    for (unsigned i = 0; i < contexts; i++)
        if (!rising(model->map_distribution + (size_t)2 * levels * i, levels))
            return 0;
    return 1;
}

/* Bias, multiplier and weights of each output. No accumulator may leave 32 bits (1.2). */
static int read_parameters(ln_layer *layer, reader *r)
{
    unsigned weights = (unsigned)layer->kernel * layer->kernel * layer->inputs;
    layer->parameters = r->at;
    for (unsigned output = 0; output < layer->outputs; output++) {
        const uint8_t *p = take(r, 8 + weights);
        if (!p)
            return 0;
        uint32_t bias = ln_u32(p), multiplier = ln_u32(p + 4), sum = 0;
        for (unsigned i = 0; i < weights; i++)
            sum += p[8 + i] < 128 ? p[8 + i] : 256u - p[8 + i];
        /* At most 255 * 128 * 16 * 16 * LN_MAX_CHANNELS + 2^31: no overflow. */
        sum = 255 * sum + (bias < 0x80000000u ? bias : 0u - bias);
        if (sum >= 0x80000000u || multiplier < 1 || multiplier >= 0x80000000u)
            return 0;
    }
    return 1;
}

static int read_all_parameters(ln_model *model, reader *r)
{
    for (unsigned i = 0; i < model->stages; i++)
        if (!read_parameters(&model->stage[i], r))
            return 0;
    for (unsigned i = 0; i < model->layers; i++)
        if (!read_parameters(&model->layer[i], r))
            return 0;
    return r->left == 0;
}

/* The largest magnitude of each channel that any class can code (3.3). */
static void find_limits(ln_model *model)
{
    for (unsigned c = 0; c < model->channels; c++) {
        int most = 1;
        for (unsigned k = 0; model->channel[c].wide && k < LN_CLASSES; k++) {
            const uint8_t *base = ln_model_base(model, c, k);
            int larger =
                ln_base_highest(base) > -ln_base_lowest(base) ? ln_base_highest(base) : -ln_base_lowest(base);
            if (k == 0 || larger > most)
                most = larger;
        }
        model->channel[c].limit = (uint16_t)(((unsigned)(most + 1) << (model->channel[c].planes - 1)) - 1);
    }
}

static ln_status read_file(ln_model *model, const uint8_t *bytes, size_t size)
{
    if (size < HEAD_BYTES + 4 || bytes[0] != 'L' || bytes[1] != 'N' || bytes[2] != 'M')
        return LN_ERR_MODEL;
    if (bytes[3] != LN_WIRE_VERSION)
        return LN_ERR_VERSION;
    if (ln_u32(bytes + 4) != size || crc32(bytes, size - 4) != ln_u32(bytes + size - 4))
        return LN_ERR_MODEL;

    model->bytes = bytes;
    model->size = size;
    model->checksum = ln_u32(bytes + size - 4);
    reader r = {bytes, size - 4};
    if (!read_head(model, &r) || !read_stages(model, &r) || !read_branch(model, &r) ||
        !read_channels(model, &r) || !read_units(model, &r) || !read_symbol_tables(model, &r) ||
        !read_distributions(model, &r) || !read_map_distributions(model, &r) ||
        !read_all_parameters(model, &r))
        return LN_ERR_MODEL;
    find_limits(model);
    return LN_OK;
}

ln_status ln_model_open(ln_model *model, const uint8_t *bytes, size_t size)
{
    if (!model)
        return LN_ERR_ARGUMENT;
    memset(model, 0, sizeof *model);
    ln_status status = bytes ? read_file(model, bytes, size) : LN_ERR_ARGUMENT;
    if (status != LN_OK)
        memset(model, 0, sizeof *model);
    return status;
}

unsigned ln_model_places(const ln_model *model, unsigned channel)
{
    return model && channel < model->channels ? ln_channel_places(model, channel) : 0;
}
