/* The core against golden vectors of the independent reference (tests/golden/README.md): the same latent
 * values and map give the same packets, byte for byte, and the packets give the values back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/support_core.h"

static const char *const models[] = {"tiny",         "tiny-nomap",   "random-cifar",   "random-wide",
                                     "random-nomap", "random-paper", "random-pyramid", "random-36"};
static const char *const pictures[] = {"photo", "synthetic"};
static const unsigned numbers[] = {1285, 2042}; /* of the pictures */
static const struct {
    const char *name;
    unsigned rooms[9], count;
    int checked;
} streams[] = {{"11", {11}, 1, 0},
               {"51", {51}, 1, 0},
               {"checked", {51}, 1, 1},
               {"varying", {11, 51, 242, 12, 115, 33, 20, 222, 255}, 9, 0}};

static void load_picture(picture *p, const char *model, const char *name)
{
    char path[128];
    size_t size;

    snprintf(path, sizeof path, "tests/golden/%s-%s.latent", model, name);
    uint8_t *bytes = read_whole(path, &size);
    assert_int_equal(size, 2 * p->values);
    for (unsigned i = 0; i < p->values; i++)
        p->value[i] =
            (int16_t)((bytes[2 * i] | bytes[2 * i + 1] << 8) - (bytes[2 * i + 1] >= 128 ? 65536 : 0));
    free(bytes);
    if (p->model.map != LN_MAP_NONE) {
        snprintf(path, sizeof path, "tests/golden/%s-%s.map", model, name);
        bytes = read_whole(path, &size);
        assert_int_equal(size, LN_MAP_CELLS);
        memcpy(p->map, bytes, LN_MAP_CELLS);
        free(bytes);
    }
    picture_set_map(p);
}

static void same_stream(picture *p, const uint8_t *stream, size_t size, const unsigned *rooms, unsigned count,
                        int checked, unsigned number)
{
    size_t at = 8, length;
    uint8_t packet[LN_MAX_PAYLOAD];
    unsigned rank = 0;

    assert_memory_equal(stream, "LNP\2", 4);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(stream[4 + i], p->model.checksum >> (24 - 8 * i) & 255);
    for (unsigned i = 0; rank < p->model.symbols; i++) {
        assert_int_equal(ln_packet_write(p->order, picture_map(p), picture_values, p, number, checked, rank,
                                         rooms[i % count], packet, &length, &rank),
                         LN_OK);
        assert_true(at + 2 + length <= size);
        assert_int_equal(stream[at] << 8 | stream[at + 1], length);
        assert_memory_equal(stream + at + 2, packet, length);
        check_packet(p, packet, length, rank);
        at += 2 + length;
    }
    assert_int_equal(at, size);
}

static void test_golden(void **state)
{
    unsigned found = 0;

    (void)state;
    for (unsigned m = 0; m < sizeof models / sizeof *models; m++) {
        char path[128];
        picture p;

        snprintf(path, sizeof path, "tests/models/%s.lnm", models[m]);
        picture_open_file(&p, path);
        for (unsigned i = 0; i < 2; i++) {
            load_picture(&p, models[m], pictures[i]);
            for (unsigned s = 0; s < sizeof streams / sizeof *streams; s++) {
                size_t size;

                snprintf(path, sizeof path, "tests/golden/%s-%s-%s.lnp", models[m], pictures[i],
                         streams[s].name);
                uint8_t *stream = read_if_there(path, &size); /* not every model has all streams */
                if (!stream)
                    continue;
                same_stream(&p, stream, size, streams[s].rooms, streams[s].count, streams[s].checked,
                            numbers[i]);
                free(stream);
                found++;
            }
        }
        picture_close(&p);
    }
    assert_int_equal(found, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
