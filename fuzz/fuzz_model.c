/* Any bytes as a model file. A model that opens is used. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "core/packet.h"
#include "core/symbol.h"

typedef struct values {
    const ln_model *model;
    uint8_t *groups; /* of all channels */
} values;

static ln_bits values_of(void *context, unsigned channel)
{
    const values *v = context;
    uint8_t *at = v->groups;

    for (unsigned c = 0; c < channel; c++)
        at += ln_bits_size(v->model, c);
    return ln_bits_of(v->model, channel, at);
}

/* Some values of any size within the channels' limits, limited for their places. */
static void fill(values *v, const ln_order *order)
{
    for (unsigned c = 0; c < v->model->channels; c++) {
        ln_bits bits = values_of(v, c);

        for (unsigned i = 0; i < ln_model_places(v->model, c); i++) {
            unsigned most = v->model->channel[c].limit;
            int32_t value = (int32_t)((i + c) * 40503u % 1021 % (most + 1));

            if (bits.negative && i % 3 == 0)
                value = -value;
            ln_bits_put(&bits, i, value);
        }
    }
    ln_limit_values(order, values_of, v);
}

/* How many symbols a packet has, which must be whole. */
static unsigned read_packet(const ln_order *order, const uint8_t *packet, size_t size)
{
    const ln_model *model = ln_order_model(order);
    int8_t *symbols = malloc(model->symbols);
    ln_packet_reader reader;
    ln_packet_header header;
    const uint8_t *code;
    unsigned length;
    REQUIRE(symbols && ln_packet_open(model, packet, size, &header, &code, &length) == LN_OK);
    ln_packet_reader_init(&reader, model, header.rank, code, length, symbols);
    REQUIRE(ln_packet_reader_decode(&reader, order) == LN_OK);
    free(symbols);
    return reader.count;
}

/* Writes and reads a packet at the beginning, in the middle and at the end. */
static void use(const ln_model *model)
{
    size_t need = ln_order_size(model);
    void *memory = malloc(need);
    ln_order *order;
    REQUIRE(memory && ln_order_init(&order, model, memory, need) == LN_OK);
    uint8_t map[LN_MAP_CELLS];
    for (unsigned i = 0; i < LN_MAP_CELLS; i++)
        map[i] = (uint8_t)(i * 5 % (model->map_levels + 1u) % 16);
    REQUIRE(model->map == LN_MAP_NONE || ln_order_set_map(order, map) == LN_OK);
    size_t bytes = LN_BITS_SLACK;
    for (unsigned c = 0; c < model->channels; c++)
        bytes += ln_bits_size(model, c);
    values made = {model, malloc(bytes)}; /* exactly as many, for the sanitizers */
    REQUIRE(made.groups != NULL);
    fill(&made, order);
    for (unsigned i = 0; i < 3; i++) {
        unsigned rank = (model->symbols - 1u) / 2 * i, next;
        uint8_t packet[LN_MAX_PAYLOAD];
        size_t size;
        REQUIRE(ln_packet_write(order, model->map == LN_MAP_NONE ? NULL : map, values_of, &made, 1, i % 2,
                                rank, 51, packet, &size, &next) == LN_OK);
        REQUIRE(next > rank && read_packet(order, packet, size) == next - rank);
    }
    free(made.groups);
    free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 12)
        return 0;
    uint8_t *file = fuzz_copy(data, size);
    ln_model model;
    fuzz_seal(file, size);
    if (ln_model_open(&model, file, size) == LN_OK)
        use(&model);
    else
        REQUIRE(!model.bytes && !model.symbols && !model.channels && !model.name[0]);
    free(file);
    return 0;
}
