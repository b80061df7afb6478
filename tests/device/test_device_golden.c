/* The camera against the golden vectors of the independent reference (tests/golden/README.md): a picture in;
 * the same latent values, map and packets out. */
#include "device/support_device.h"

static const struct {
    const char *name, *size;
} models[] = {{"tiny", "8x8"},
              {"tiny-nomap", "8x8"},
              {"random-cifar", "32x32"},
              {"random-wide", "50x30"},
              {"random-nomap", "224x224"},
              {"random-paper", "224x224"},
              {"random-pyramid", "224x224"},
              {"random-36", "224x224"}};

/* The pixels of a P6 file without comments. */
static const uint8_t *pixels(const uint8_t *ppm, size_t size, const ln_model *m)
{
    size_t bytes = 3u * m->width * m->height;
    char head[32];

    snprintf(head, sizeof head, "P6\n%u %u\n255\n", m->width, m->height);
    assert_int_equal(size, strlen(head) + bytes);
    assert_memory_equal(ppm, head, strlen(head));
    return ppm + strlen(head);
}

static void check_latent(const char *path, const ln_model *m, const ln_camera *c)
{
    size_t size;
    uint8_t *bytes = read_whole(path, &size), *at = bytes;

    for (unsigned k = 0; k < m->channels; k++)
        for (unsigned i = 0; i < ln_model_places(m, k); i++, at += 2)
            assert_int_equal((uint16_t)ln_camera_value(c, k, i), at[0] | at[1] << 8);
    assert_int_equal(at - bytes, size);
    free(bytes);
}

static void check_map(const char *path, const ln_camera *c)
{
    size_t size;
    uint8_t *bytes = read_if_there(path, &size);

    if (!bytes) {
        assert_null(ln_camera_map(c));
        return;
    }
    assert_int_equal(size, LN_MAP_CELLS);
    assert_memory_equal(ln_camera_map(c), bytes, size);
    free(bytes);
}

#define VARYING                                                                                              \
    {                                                                                                        \
        11, 51, 242, 12, 115, 33, 20, 222, 255                                                               \
    }
#define CHECKED_VARYING                                                                                      \
    {                                                                                                        \
        13, 51, 242, 21, 115, 33, 222, 255                                                                   \
    }

#define GOLDEN_STREAMS 60

/* The golden streams: not every model has all of them. */
static const struct stream {
    const char *name;
    unsigned rooms[9], count, share;
    size_t memory; /* for repair packets */
    int checked;
} streams[] = {{"11", {11}, 1, 0, 0, 0},
               {"51", {51}, 1, 0, 0, 0},
               {"varying", VARYING, 9, 0, 0, 0},
               {"protected", {51}, 1, 40, 4096, 0},
               {"protected-varying", VARYING, 9, 40, 2048, 0},
               {"protected-turns", {51, 242, 11, 115, 48, 222}, 6, 40, 4096, 0},
               {"checked", {51}, 1, 0, 0, 1},
               {"checked-protected-varying", CHECKED_VARYING, 8, 40, 2048, 1}};

/* Returns whether the stream is there. */
static int check_stream(const char *path, ln_camera *c, const struct stream *s)
{
    size_t size, at = 8, length;
    uint8_t *stream = read_if_there(path, &size), packet[LN_MAX_PAYLOAD], memory[LN_PROTECTION_BYTES];

    if (!stream)
        return 0;
    assert_int_equal(ln_camera_protect(c, s->share, s->share > 0 ? memory : NULL, s->memory), LN_OK);
    assert_int_equal(ln_camera_check(c, s->checked), LN_OK);
    for (unsigned i = 0; ln_camera_next(c, s->rooms[i % s->count], packet, &length) == LN_OK; i++) {
        assert_true(at + 2 + length <= size);
        assert_int_equal(stream[at] << 8 | stream[at + 1], length);
        assert_memory_equal(stream + at + 2, packet, length);
        at += 2 + length;
    }
    assert_int_equal(at, size);
    free(stream);
    return 1;
}

/* Returns the number of its streams. */
static unsigned check_picture(const ln_model *m, unsigned number, const char *picture_name, unsigned image)
{
    unsigned found = 0;
    char path[128];
    size_t size;
    uint8_t *ppm;
    camera made = camera_make(m);

    snprintf(path, sizeof path, "tests/golden/%s-%s.ppm", picture_name, models[number].size);
    ppm = read_whole(path, &size);
    encode_picture(made.c, m, pixels(ppm, size, m), image);
    snprintf(path, sizeof path, "tests/golden/%s-%s.latent", models[number].name, picture_name);
    check_latent(path, m, made.c);
    snprintf(path, sizeof path, "tests/golden/%s-%s.map", models[number].name, picture_name);
    check_map(path, made.c);
    for (unsigned i = 0; i < sizeof streams / sizeof *streams; i++) {
        snprintf(path, sizeof path, "tests/golden/%s-%s-%s.lnp", models[number].name, picture_name,
                 streams[i].name);
        found += (unsigned)check_stream(path, made.c, &streams[i]);
    }
    free(ppm);
    camera_free(&made);
    return found;
}

static void test_golden(void **state)
{
    unsigned found = 0;

    (void)state;
    for (unsigned i = 0; i < sizeof models / sizeof *models; i++) {
        char path[128];
        size_t size;
        uint8_t *file;
        ln_model m;

        snprintf(path, sizeof path, "tests/models/%s.lnm", models[i].name);
        file = read_whole(path, &size);
        assert_int_equal(ln_model_open(&m, file, size), LN_OK);
        found += check_picture(&m, i, "photo", 1285);
        found += check_picture(&m, i, "synthetic", 2042);
        free(file);
    }
    assert_int_equal(found, GOLDEN_STREAMS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
