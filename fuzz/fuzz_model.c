/* Any bytes as a model file; one that opens is used. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "core/packet.h"

/* Size and CRC made right, or nothing but the CRC would be tried. */
static void seal(uint8_t *file, size_t size)
{
    uint32_t crc = 0xffffffffu;

    for (unsigned i = 0; i < 4; i++)
        file[4 + i] = (uint8_t)(size >> 8 * i);
    for (size_t i = 0; i < size - 4; i++) {
        crc ^= file[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    for (unsigned i = 0; i < 4; i++)
        file[size - 4 + i] = (uint8_t)(~crc >> 8 * i);
}

static int16_t values[LN_MAX_PLACES];

/* The same values for every channel. */
static ln_stored stored(void *context, unsigned channel)
{
    (void)context;
    (void)channel;
    return (ln_stored){values, LN_STORED_INT16};
}

static void require(int truth)
{
    if (!truth)
        abort();
}

/* How many symbols a packet has, which must be whole. */
static unsigned read_packet(const ln_order *order, const uint8_t *packet, size_t size)
{
    int8_t *symbols = malloc(ln_order_model(order)->symbols);
    ln_packet_reader reader;

    require(symbols &&
            ln_packet_reader_init(&reader, ln_order_model(order), packet, size, symbols) == LN_OK &&
            ln_packet_reader_decode(&reader, order) == LN_OK);
    free(symbols);
    return reader.count;
}

/* Writes and reads a packet at the beginning, in the middle and at the end. */
static void use(const ln_model *model)
{
    uint8_t map[LN_MAP_CELLS], packet[LN_MAX_PAYLOAD];
    size_t need = ln_order_size(model), size;
    void *memory = malloc(need);
    ln_order *order;

    require(memory && ln_order_init(&order, model, memory, need) == LN_OK);
    for (unsigned i = 0; i < LN_MAP_CELLS; i++)
        map[i] = (uint8_t)(i * 5 % LN_MAP_LEVELS);
    require(model->layers == 0 || ln_order_set_map(order, map) == LN_OK);
    for (unsigned i = 0; i < LN_MAX_PLACES; i++) /* some are too large for most alphabets */
        values[i] = (int16_t)(i * 40503u % 1021 - 510);
    for (unsigned i = 0; i < 3; i++) {
        unsigned rank = (model->symbols - 1u) * i / 2, next;

        require(ln_packet_write(order, model->layers ? map : NULL, stored, NULL, 1, rank, 51, packet, &size,
                                &next) == LN_OK);
        require(next > rank && read_packet(order, packet, size) == next - rank);
    }
    free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ln_model model;
    uint8_t *file;

    if (size < 12)
        return 0;
    file = malloc(size);
    require(file != NULL);
    memcpy(file, data, size);
    seal(file, size);
    if (ln_model_open(&model, file, size) == LN_OK)
        use(&model);
    free(file);
    return 0;
}
