/* Model files: every limit in docs/SPEC.md section 7, and files of any content. */
#include "core/support_model.h"

static void test_random_models_open(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (int i = 0; i < 2000; i++) {
        picture p;
        size_t size;
        uint8_t *file = random_model(&seed, &size);

        picture_open(&p, file, size);
        assert_string_equal(p.model.name, "-ab-");
        assert_int_equal(p.model.checksum, crc_bit_by_bit(file, size - 4));
        picture_close(&p);
    }
}

static void test_damage_is_refused(void **state)
{
    static const char *const paths[] = {"tests/models/tiny.lnm", "tests/models/tiny-nomap.lnm"};
    uint64_t seed = 2;

    (void)state;
    for (unsigned m = 0; m < 2; m++) {
        ln_model model;
        size_t size;
        uint8_t *file = read_whole(paths[m], &size);

        for (size_t i = 0; i < size; i++) {
            uint8_t change = (uint8_t)(1 + random_below(&seed, 255));

            file[i] ^= change;
            assert_int_equal(ln_model_open(&model, file, size), i == 3 ? LN_ERR_VERSION : LN_ERR_MODEL);
            file[i] ^= change;
        }
        for (size_t i = 0; i < size; i++) {
            uint8_t *cut = malloc(i + 1);

            memcpy(cut, file, i);
            assert_int_equal(ln_model_open(&model, cut, i), LN_ERR_MODEL);
            if (i >= 8) { /* and with the right size and CRC */
                seal(cut, i);
                assert_int_equal(ln_model_open(&model, cut, i), LN_ERR_MODEL);
            }
            free(cut);
        }
        assert_int_equal(ln_model_open(&model, file, size), LN_OK);
        free(file);
    }
}

/* A small valid file, so that each field's place is known: one stage of 2 channels on 3x3 places, the first
 * wide; a branch of one layer; 2 planes each. */
/* clang-format off */
static const uint8_t sample_start[] = {
    'L', 'N', 'M', 2, 0, 0, 0, 0, 'a', '-', '9', 'z', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    9, 0, 9, 0,                          /* 24: 9x9 pixels */
    1, LN_MAP_SALIENCY, 1, 0,            /* 28: stages, map, layers, stage of the branch */
    2, 2, 0, 0, 5, 0, 3, 0,              /* 32: distributions, shapes, units before the map, weight, shift */
    0, 0, 0, 0, 0, 0, 0, 0,              /* 40: offset, shifts */
    10, 20, 30, 30, 40, 50, 60, 0,       /* 48: thresholds, zero */
    3, 3, 0, 2, 0, 0, 0, 0,              /* 56: stage */
    1, 1, 0, 1, 1, 0, 0, 0,              /* 64: layer */
    2, 1, 0, 0, 2, 0, 128, 0,            /* 72: channels */
    0, 0, 9, 0, 1, 0, 9, 0, 1, 1, 2, 0, 0, 1, 0xfe, 0xff, /* 80: units, offsets 9, 9, 2, -2 */
    0, 1, 0, 1, 1, 1, 1, 1,              /* 96: base distributions of channel 0 */
    5, 0, 128, 9, 250,                   /* 104: narrow units: plane 1 of channel 0, all of channel 1 */
    200, 1, 1, 255, 0,
    0, 1, 255, 1, 3,
    128, 100, 128, 100,                  /* 119: d */
};
#define SAMPLE_SHAPES 123
#define SAMPLE_BASES (SAMPLE_SHAPES + 2 * 48)
static const uint8_t sample_bases[] = {
    0xff, 3, 0, 0, 0, 4, 0, 12, /* -1..1 */
    0, 1, 0, 0,                 /* 0 alone */
};
/* clang-format on */
#define SAMPLE_MAP (SAMPLE_BASES + 12)
#define SAMPLE_CONTEXTS 5 /* 32 >> 3, and that without neighbours */
#define SAMPLE_STAGE (SAMPLE_MAP + SAMPLE_CONTEXTS * 64)
#define SAMPLE_LAYER (SAMPLE_STAGE + 2 * (8 + 27))
#define SAMPLE_SIZE (SAMPLE_LAYER + 8 + 2 + 4)

static void make_sample(uint8_t sample[SAMPLE_SIZE])
{
    memset(sample, 0, SAMPLE_SIZE);
    memcpy(sample, sample_start, sizeof sample_start);
    memcpy(sample + SAMPLE_BASES, sample_bases, sizeof sample_bases);
    for (unsigned i = 0; i < SAMPLE_CONTEXTS * 32; i++) {
        sample[SAMPLE_MAP + 2 * i] = (uint8_t)(128 * (i % 32));
        sample[SAMPLE_MAP + 2 * i + 1] = (uint8_t)(128 * (i % 32) >> 8);
    }
    sample[SAMPLE_STAGE + 4] = sample[SAMPLE_STAGE + 39] = sample[SAMPLE_LAYER + 4] = 1; /* multipliers */
    seal(sample, SAMPLE_SIZE);
}

static ln_status open_changed(unsigned at, unsigned bytes, uint32_t value)
{
    static uint8_t sample[SAMPLE_SIZE];
    ln_model model;

    make_sample(sample);
    for (unsigned i = 0; i < bytes; i++)
        sample[at + i] = (uint8_t)(value >> 8 * i);
    seal(sample, SAMPLE_SIZE);
    return ln_model_open(&model, sample, SAMPLE_SIZE);
}

static void test_fields(void **state)
{
    uint8_t sample[SAMPLE_SIZE];
    ln_model model;

    (void)state;
    make_sample(sample);
    assert_int_equal(ln_model_open(&model, sample, SAMPLE_SIZE), LN_OK);
    assert_string_equal(model.name, "a-9z");
    assert_int_equal(model.width, 9);
    assert_int_equal(model.height, 9);
    assert_int_equal(model.stages, 1);
    assert_int_equal(model.layers, 1);
    assert_int_equal(model.channels, 2);
    assert_int_equal(model.units, 4);
    assert_int_equal(model.weight, 5);
    assert_int_equal(model.map, LN_MAP_SALIENCY);
    assert_int_equal(model.map_levels, 32);
    assert_int_equal(model.map_shift, 3);
    assert_int_equal(model.thresholds[6], 60);
    assert_int_equal(model.wide_channels, 1);
    assert_int_equal(model.symbols, 4 * 9 + 64);
    assert_int_equal(model.checksum, crc_bit_by_bit(sample, SAMPLE_SIZE - 4));
    assert_int_equal(model.stage[0].width, 3);
    assert_int_equal(model.layer[0].inputs, 2);
    assert_int_equal(model.channel[1].first_unit, 2);
    assert_int_equal(model.channel[1].rounding, 128);
    assert_int_equal(model.channel[1].first_narrow, 1);
    assert_int_equal(model.channel[0].limit, 3); /* -1..1 in two planes */
    assert_int_equal(model.channel[1].limit, 3); /* narrow */
    assert_int_equal(model.channel[0].early, 0);
    assert_ptr_equal(model.stage[0].parameters, sample + SAMPLE_STAGE);
    assert_ptr_equal(model.layer[0].parameters, sample + SAMPLE_LAYER);
    assert_int_equal(ln_model_places(&model, 1), 9);
}

static void test_limits(void **state)
{
    static const struct {
        unsigned at, bytes;
        uint32_t value;
        ln_status status;
    } changes[] = {
        {3, 1, 0, LN_ERR_VERSION},
        {3, 1, 1, LN_ERR_VERSION},
        {3, 1, 3, LN_ERR_VERSION},
        {8, 1, 'A', LN_ERR_MODEL},
        {8, 1, 0, LN_ERR_MODEL},
        {10, 1, 0, LN_ERR_MODEL},
        {23, 1, 'a', LN_ERR_MODEL},
        {24, 2, 7, LN_ERR_MODEL},
        {24, 2, 1025, LN_ERR_MODEL},
        {26, 2, 7, LN_ERR_MODEL},
        {26, 2, 1025, LN_ERR_MODEL},
        {28, 1, 0, LN_ERR_MODEL},
        {28, 1, 5, LN_ERR_MODEL},
        {29, 1, LN_MAP_NONE, LN_ERR_MODEL}, /* with layers */
        {29, 1, LN_MAP_ACTIVITY, LN_ERR_MODEL},
        {29, 1, 3, LN_ERR_MODEL},
        {30, 1, 0, LN_ERR_MODEL},
        {30, 1, 7, LN_ERR_MODEL},
        {31, 1, 1, LN_ERR_MODEL},
        {32, 1, 0, LN_ERR_MODEL},
        {32, 1, 65, LN_ERR_MODEL},
        {32, 1, 1, LN_ERR_MODEL},
        {33, 1, 0, LN_ERR_MODEL},
        {33, 1, 33, LN_ERR_MODEL},
        {34, 2, 4, LN_OK},
        {34, 2, 5, LN_ERR_MODEL},
        {36, 2, 0, LN_ERR_MODEL}, /* offsets must be 0 then */
        {36, 2, 1, LN_OK},
        {36, 2, 64, LN_OK},
        {36, 2, 65, LN_ERR_MODEL},
        {38, 1, 4, LN_ERR_MODEL},
        {38, 1, 2, LN_ERR_MODEL}, /* more contexts than there are */
        {39, 1, 1, LN_ERR_MODEL}, /* what only an activity has */
        {40, 4, 1, LN_ERR_MODEL},
        {44, 1, 1, LN_ERR_MODEL},
        {47, 1, 1, LN_ERR_MODEL},
        {48, 1, 20, LN_OK},
        {48, 1, 21, LN_ERR_MODEL},
        {54, 1, 255, LN_OK},
        {55, 1, 1, LN_ERR_MODEL},
        {56, 1, 0, LN_ERR_MODEL},
        {56, 1, 17, LN_ERR_MODEL},
        {57, 1, 0, LN_ERR_MODEL},
        {57, 1, 17, LN_ERR_MODEL},
        {58, 1, 3, LN_ERR_MODEL},
        {59, 1, 0, LN_ERR_MODEL},
        {59, 1, 65, LN_ERR_MODEL},
        {60, 1, 1, LN_ERR_MODEL},
        {61, 1, 1, LN_OK},
        {61, 1, 2, LN_ERR_MODEL},
        {62, 1, 1, LN_ERR_MODEL},
        {63, 1, 1, LN_ERR_MODEL},
        {67, 1, 2, LN_ERR_MODEL},
        {68, 1, 0, LN_ERR_MODEL},
        {69, 1, 1, LN_ERR_MODEL},
        {72, 1, 0, LN_ERR_MODEL},
        {72, 1, 9, LN_ERR_MODEL},
        {73, 1, 2, LN_ERR_MODEL},
        {74, 2, 129, LN_ERR_MODEL},
        {80, 1, 1, LN_ERR_MODEL}, /* plane 0 of channel 1 twice */
        {80, 1, 2, LN_ERR_MODEL}, /* no such channel */
        {81, 1, 1, LN_ERR_MODEL}, /* plane 1 before plane 0 */
        {89, 1, 2, LN_ERR_MODEL}, /* no such plane */
        {82, 2, 8, LN_ERR_MODEL}, /* a rising offset */
        {90, 2, 9, LN_OK},
        {90, 2, 10, LN_ERR_MODEL},
        {94, 2, 0x8000, LN_OK},
        {94, 2, 3, LN_ERR_MODEL},
        {96, 1, 2, LN_ERR_MODEL},
        {103, 1, 2, LN_ERR_MODEL},
        {104, 1, 128, LN_OK},
        {105, 1, 2, LN_ERR_MODEL}, /* no such shape */
        {106, 1, 0, LN_ERR_MODEL},
        {107, 1, 0, LN_ERR_MODEL},
        {116, 1, 0, LN_ERR_MODEL},
        {SAMPLE_SHAPES, 1, 128, LN_OK},
        {SAMPLE_BASES, 1, 1, LN_ERR_MODEL},
        {SAMPLE_BASES, 1, 0xfd, LN_ERR_MODEL},
        {SAMPLE_BASES, 1, 0xfe, LN_OK},
        {SAMPLE_BASES + 1, 1, 0, LN_ERR_MODEL},
        {SAMPLE_BASES + 1, 1, 129, LN_ERR_MODEL},
        {SAMPLE_BASES + 2, 2, 1, LN_ERR_MODEL},
        {SAMPLE_BASES + 4, 2, 0, LN_ERR_MODEL},
        {SAMPLE_BASES + 6, 2, 0x400, LN_ERR_MODEL},
        {SAMPLE_BASES + 6, 2, 4095, LN_OK},
        {SAMPLE_BASES + 6, 2, 4096, LN_ERR_MODEL},
        {SAMPLE_BASES + 10, 2, 1, LN_ERR_MODEL},
        {SAMPLE_MAP, 2, 1, LN_ERR_MODEL},
        {SAMPLE_MAP + 2, 2, 0, LN_ERR_MODEL},
        {SAMPLE_MAP + 64 * SAMPLE_CONTEXTS - 2, 2, 4096, LN_ERR_MODEL},
        {SAMPLE_STAGE, 4, 0x7fffffff, LN_OK},
        {SAMPLE_STAGE, 4, 0x80000001, LN_OK},
        {SAMPLE_STAGE, 4, 0x80000000, LN_ERR_MODEL},
        {SAMPLE_STAGE + 4, 4, 0, LN_ERR_MODEL},
        {SAMPLE_STAGE + 4, 4, 0x7fffffff, LN_OK},
        {SAMPLE_STAGE + 4, 4, 0x80000000, LN_ERR_MODEL},
        {SAMPLE_LAYER + 4, 4, 0, LN_ERR_MODEL},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof changes / sizeof *changes; i++)
        if (open_changed(changes[i].at, changes[i].bytes, changes[i].value) != changes[i].status)
            fail_msg("%u bytes at %u changed to %u", changes[i].bytes, changes[i].at,
                     (unsigned)changes[i].value);
}

/* A file that says its own length and checksum, but ends too early. */
static void test_short_files(void **state)
{
    uint8_t sample[SAMPLE_SIZE];
    ln_model model;

    (void)state;
    for (size_t size = 12; size < SAMPLE_SIZE; size++) {
        make_sample(sample);
        seal(sample, size);
        assert_int_equal(ln_model_open(&model, sample, size), LN_ERR_MODEL);
    }
}

static void test_longest_name(void **state)
{
    uint8_t sample[SAMPLE_SIZE];
    ln_model model;

    (void)state;
    make_sample(sample);
    memset(sample + 8, 'z', 16);
    seal(sample, SAMPLE_SIZE);
    assert_int_equal(ln_model_open(&model, sample, SAMPLE_SIZE), LN_OK);
    assert_string_equal(model.name, "zzzzzzzzzzzzzzzz");
}

/* The accumulator's bound, with weights. */
static void test_accumulator(void **state)
{
    uint8_t sample[SAMPLE_SIZE];
    ln_model model;
    uint32_t most = 0x7fffffffu - 255u * (27 * 128);

    (void)state;
    make_sample(sample);
    memset(sample + SAMPLE_STAGE + 8, 0x80, 27);
    for (unsigned above = 0; above < 2; above++) {
        for (unsigned i = 0; i < 4; i++)
            sample[SAMPLE_STAGE + i] = (uint8_t)((most + above) >> 8 * i);
        seal(sample, SAMPLE_SIZE);
        assert_int_equal(ln_model_open(&model, sample, SAMPLE_SIZE), above ? LN_ERR_MODEL : LN_OK);
    }
}

/* The same file without its branch, and with the map of activity, or with none. */
static size_t make_branchless(uint8_t sample[SAMPLE_SIZE], unsigned map)
{
    unsigned levels = map == LN_MAP_ACTIVITY ? 16 : 0, contexts = map == LN_MAP_ACTIVITY ? 3 : 0;
    uint8_t *at = sample;

    make_sample(sample);
    memmove(sample + 64, sample + 72, SAMPLE_SIZE - 72); /* the layer goes */
    sample[29] = (uint8_t)map;
    sample[30] = 0;
    at = sample + SAMPLE_MAP - 8;
    for (unsigned c = 0; c < contexts; c++)
        for (unsigned i = 0; i < levels; i++, at += 2) {
            at[0] = 0;
            at[1] = (uint8_t)i;
        }
    memmove(at, sample + SAMPLE_STAGE - 8, SAMPLE_LAYER - SAMPLE_STAGE);
    at += SAMPLE_LAYER - SAMPLE_STAGE + 4;
    if (map == LN_MAP_ACTIVITY) {
        sample[39] = 63;
        sample[43] = 0x80; /* offset 2^31 */
        sample[44] = 15;
    } else {
        sample[36] = 0;
        sample[38] = 0;
        memset(sample + 48, 0, 7);
        for (unsigned i = 0; i < 4; i++)
            memset(sample + 64 + 8 + 4 * i + 2, 0, 2); /* offsets */
    }
    seal(sample, (size_t)(at - sample));
    return (size_t)(at - sample);
}

static void test_other_maps(void **state)
{
    static const struct {
        unsigned map, at, value;
        ln_status status;
    } changes[] = {
        {LN_MAP_ACTIVITY, 39, 64, LN_ERR_MODEL}, /* lowest */
        {LN_MAP_ACTIVITY, 40, 1, LN_ERR_MODEL},  /* offset 2^31 + 1 */
        {LN_MAP_ACTIVITY, 43, 0, LN_ERR_MODEL},  /* offset 0 */
        {LN_MAP_ACTIVITY, 43, 1, LN_OK},
        {LN_MAP_ACTIVITY, 44, 16, LN_ERR_MODEL}, /* shifts */
        {LN_MAP_ACTIVITY, 44, 0, LN_OK},
        {LN_MAP_ACTIVITY, 45, 1, LN_ERR_MODEL},
        {LN_MAP_ACTIVITY, 30, 1, LN_ERR_MODEL},
        {LN_MAP_ACTIVITY, 38, 2, LN_ERR_MODEL},
        {LN_MAP_NONE, 36, 1, LN_ERR_MODEL}, /* weight, shift, lowest, offset, shifts, thresholds */
        {LN_MAP_NONE, 38, 1, LN_ERR_MODEL},
        {LN_MAP_NONE, 39, 1, LN_ERR_MODEL},
        {LN_MAP_NONE, 40, 1, LN_ERR_MODEL},
        {LN_MAP_NONE, 44, 1, LN_ERR_MODEL},
        {LN_MAP_NONE, 54, 1, LN_ERR_MODEL},
        {LN_MAP_NONE, 31, 1, LN_ERR_MODEL},
        {LN_MAP_NONE, 74, 1, LN_ERR_MODEL}, /* an offset with weight 0 */
        {LN_MAP_NONE, 34, 4, LN_OK},
    };
    uint8_t sample[SAMPLE_SIZE];
    ln_model model;

    (void)state;
    for (unsigned i = 0; i < sizeof changes / sizeof *changes; i++) {
        size_t size = make_branchless(sample, changes[i].map);

        assert_int_equal(ln_model_open(&model, sample, size), LN_OK);
        assert_int_equal(model.map_levels, changes[i].map == LN_MAP_NONE ? 0 : 16);
        assert_int_equal(model.symbols, 4 * 9 + (changes[i].map == LN_MAP_NONE ? 0 : 64));
        sample[changes[i].at] = (uint8_t)changes[i].value;
        seal(sample, size);
        if (ln_model_open(&model, sample, size) != changes[i].status)
            fail_msg("map %u: byte %u changed to %u", changes[i].map, changes[i].at, changes[i].value);
    }
}

static void test_arguments(void **state)
{
    uint8_t sample[SAMPLE_SIZE] = {0};
    ln_model model;

    (void)state;
    assert_int_equal(ln_model_open(NULL, sample, SAMPLE_SIZE), LN_ERR_ARGUMENT);
    assert_int_equal(ln_model_open(&model, NULL, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_model_open(&model, sample, 0), LN_ERR_MODEL);
}

static void ignore_symbol(void *context, const ln_symbol_id *id, int symbol)
{
    (void)context;
    (void)id;
    (void)symbol;
}

/* A model that opens must be safe to use. */
static void use_model(uint8_t *file, size_t size, uint64_t *seed)
{
    picture p;
    uint8_t packet[LN_MAX_PAYLOAD];
    size_t length;
    unsigned next;

    picture_open(&p, file, size);
    picture_fill(&p, seed);
    for (int i = 0; i < 4; i++) {
        unsigned rank = random_below(seed, p.model.symbols);
        assert_int_equal(ln_packet_write(p.order, picture_map(&p), picture_values, &p, 1, 0, rank,
                                         LN_MIN_PAYLOAD + random_below(seed, 245), packet, &length, &next),
                         LN_OK);
        check_packet(&p, packet, length, next);
        packet[4 + random_below(seed, (unsigned)length - 4)] ^= 4;
        read_packet(p.order, packet, length, ignore_symbol, NULL, NULL);
    }
    picture_close(&p);
}

static void test_changed_files(void **state)
{
    uint64_t seed = 3;
    unsigned opened = 0;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        ln_model model;
        size_t size;
        uint8_t *file = random_model(&seed, &size);
        unsigned changes = 1 + random_below(&seed, 2), most = size < 400 ? (unsigned)size : 400;

        for (unsigned k = 0; k < changes; k++)
            file[8 + random_below(&seed, most - 8)] =
                (uint8_t)random_below(&seed, random_below(&seed, 2) ? 8 : 256);
        seal(file, size);
        if (ln_model_open(&model, file, size) == LN_OK) {
            use_model(file, size, &seed);
            opened++;
        } else {
            free(file);
        }
    }
    assert_in_range(opened, 300, 2700); /* both happened */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_models_open),
        cmocka_unit_test(test_damage_is_refused),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_short_files),
        cmocka_unit_test(test_longest_name),
        cmocka_unit_test(test_other_maps),
        cmocka_unit_test(test_accumulator),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_changed_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
