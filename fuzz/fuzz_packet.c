/* Any bytes as a packet of one of the test models, with and without the map.
 *
 * First byte of the input: the model (low bits) and whether the map is there (top bit); then the packet.
 * The check is corrected; otherwise only the check would be tested. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "core/check.h"
#include "core/packet.h"

#define MODELS 6

static struct {
    ln_model model;
    ln_order *order[2]; /* without the map, with the map */
} made[MODELS];

/* Opens a test model, which stays open. */
static void make(unsigned i, const char *path)
{
    size_t size;
    uint8_t *file = fuzz_load(path, &size);
    REQUIRE(ln_model_open(&made[i].model, file, size) == LN_OK);
    size = ln_order_size(&made[i].model);
    for (unsigned k = 0; k < 2; k++) {
        void *memory = malloc(size);

        REQUIRE(memory && ln_order_init(&made[i].order[k], &made[i].model, memory, size) == LN_OK);
    }
    uint8_t map[LN_MAP_CELLS];
    for (unsigned k = 0; k < LN_MAP_CELLS; k++)
        map[k] = (uint8_t)(k * 5 % 16);
    REQUIRE(made[i].model.map == LN_MAP_NONE || ln_order_set_map(made[i].order[1], map) == LN_OK);
}

static void check(void *context, const ln_symbol_id *id, int symbol)
{
    const ln_model *model = context;

    if (id->channel == LN_RANK_IS_MAP) {
        REQUIRE(id->place < LN_MAP_CELLS && symbol >= 0 && symbol < model->map_levels);
    } else {
        REQUIRE(id->channel < model->channels && id->plane < model->channel[id->channel].planes);
        REQUIRE(id->place < ln_model_places(model, id->channel) && id->place_class < LN_CLASSES);
        REQUIRE(symbol >= -128 && symbol <= 127 && (id->plane == 0 || (symbol >= -1 && symbol <= 1)));
    }
}

/* Every field is in its documented range; all are 0 after an error. */
static void check_header(const uint8_t *packet, size_t size)
{
    static const ln_packet_header empty;
    ln_packet_header h;
    ln_status status = ln_packet_peek(packet, size, &h);
    if (status != LN_OK) {
        REQUIRE(status == LN_ERR_VERSION || status == LN_ERR_PACKET);
        REQUIRE(memcmp(&h, &empty, sizeof h) == 0);
        return;
    }
    REQUIRE(size <= LN_MAX_PAYLOAD && h.form <= LN_PACKET_REPAIR && h.checked <= 1);
    REQUIRE(h.picture < LN_PICTURES && h.rank <= LN_MAX_SYMBOLS && h.index <= 3);
    if (h.form == LN_PACKET_REPAIR)
        REQUIRE(h.count >= 1 && h.count <= 128 && h.count <= h.number + 1 && h.sums >= 1 && h.sums <= 8);
    else
        REQUIRE(!h.count && !h.sums && !h.index);
}

static void read_packet(const ln_model *model, const ln_order *order, const uint8_t *packet, size_t size)
{
    int8_t *symbols = malloc(model->symbols); /* exactly as many, for the sanitizers */
    ln_packet_reader reader;
    ln_packet_header header;
    const uint8_t *part;
    unsigned length;
    REQUIRE(symbols != NULL);
    ln_status status = ln_packet_open(model, packet, size, &header, &part, &length);
    if (status == LN_OK)
        REQUIRE(part >= packet && part + length <= packet + size);
    if (status == LN_OK && header.form != LN_PACKET_REPAIR) {
        ln_packet_reader_init(&reader, model, header.rank, part, length, symbols);
        status = ln_packet_reader_decode(&reader, order);
    } else {
        status = LN_ERR_PACKET;
    }
    if (status == LN_OK || status == LN_NEED_MAP)
        ln_packet_reader_hand_out(&reader, order, check, (void *)(uintptr_t)model);
    free(symbols);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const paths[MODELS] = {
        "tests/models/tiny.lnm",         "tests/models/random-cifar.lnm",   "tests/models/random-wide.lnm",
        "tests/models/random-nomap.lnm", "tests/models/random-pyramid.lnm", "tests/models/random-36.lnm"};
    if (!made[0].order[0])
        for (unsigned i = 0; i < MODELS; i++)
            make(i, paths[i]);
    if (size < 2)
        return 0;
    unsigned i = (data[0] & 127u) % MODELS;
    uint8_t *packet = fuzz_copy(data + 1, size - 1);
    if ((packet[0] & 32) && size > 3) {
        unsigned check = ln_check(made[i].model.checksum, packet, size - 3);

        packet[size - 3] = (uint8_t)(check >> 8);
        packet[size - 2] = (uint8_t)check;
    }
    check_header(packet, size - 1);
    read_packet(&made[i].model, made[i].order[data[0] >> 7], packet, size - 1);
    free(packet);
    return 0;
}
