/* The transmission order against a plain sort by score, and the map's arithmetic against the formulas of the
 * specification. */
#include "core/support_model.h"

#include <math.h>

#include "core/map.h"

/* What decides a symbol's rank, by docs/SPEC.md section 5. */
typedef struct entry {
    int part; /* 0 before the map, 1 map, 2 behind */
    int score;
    unsigned unit, place;
    ln_symbol_id id;
} entry;

static int compare(const void *left, const void *right)
{
    const entry *a = left, *b = right;

    if (a->part != b->part)
        return a->part - b->part;
    if (a->score != b->score)
        return b->score - a->score;
    if (a->unit != b->unit)
        return a->unit < b->unit ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

static entry *plain_order(const picture *p)
{
    const ln_model *m = &p->model;
    entry *all = calloc(m->symbols, sizeof *all);
    unsigned n = 0;

    for (unsigned u = 0; u < m->units; u++) {
        const uint8_t *unit = m->unit_table + 4 * u;
        const ln_layer *stage = &m->stage[m->channel[unit[0]].stage];
        int offset = (unit[2] | unit[3] << 8) - (unit[3] >= 128 ? 65536 : 0);

        for (unsigned i = 0; i < (unsigned)stage->width * stage->height; i++, n++) {
            unsigned k = m->map != LN_MAP_NONE && u >= m->before_map
                             ? plain_class(m->thresholds, p->map, stage->width, stage->height, i)
                             : 0;

            all[n].part = u < m->before_map ? 0 : 2;
            all[n].score = u < m->before_map ? 0 : offset + 4 * m->weight * (int)k;
            all[n].unit = u;
            all[n].place = i;
            all[n].id.channel = unit[0];
            all[n].id.plane = unit[1];
            all[n].id.place_class = (uint8_t)k;
            all[n].id.place = (uint16_t)i;
        }
    }
    for (unsigned i = 0; m->map != LN_MAP_NONE && i < LN_MAP_CELLS; i++, n++) {
        all[n].part = 1;
        all[n].place = i;
        all[n].id.channel = LN_RANK_IS_MAP;
        all[n].id.place = (uint16_t)i;
    }
    assert_int_equal(n, m->symbols);
    qsort(all, n, sizeof *all, compare);
    return all;
}

static void same_id(const ln_symbol_id *a, const ln_symbol_id *b)
{
    assert_int_equal(a->channel, b->channel);
    assert_int_equal(a->plane, b->plane);
    assert_int_equal(a->place_class, b->place_class);
    assert_int_equal(a->place, b->place);
}

/* Checks every rank, or some ranks of a large model. */
static void check_order(picture *p, uint64_t *seed)
{
    ln_symbol_id id;
    unsigned step = p->model.symbols > 5000 ? 37 : 1;

    picture_fill(p, seed);
    entry *all = plain_order(p);
    for (unsigned rank = 0; rank < p->model.symbols; rank += step) {
        assert_true(symbol_at_rank(p->order, rank, &id));
        same_id(&id, &all[rank].id);
    }
    assert_false(symbol_at_rank(p->order, p->model.symbols, &id));

    /* Without the map, the order is the same up to the map's end. */
    ln_order_reset(p->order);
    for (unsigned rank = 0; rank < p->model.symbols; rank += step) {
        int known = p->model.map == LN_MAP_NONE || all[rank].part < 2;

        assert_int_equal(symbol_at_rank(p->order, rank, &id), known);
        if (known)
            same_id(&id, &all[rank].id);
    }
    free(all);
}

static void test_small_models(void **state)
{
    uint64_t seed = 4;

    (void)state;
    for (int i = 0; i < 300; i++) {
        picture p;
        size_t size;
        uint8_t *file = random_model(&seed, &size);

        picture_open(&p, file, size);
        check_order(&p, &seed);
        check_order(&p, &seed);
        picture_close(&p);
    }
}

static void test_real_geometries(void **state)
{
    static const char *const names[] = {"random-cifar", "random-wide",    "random-nomap",
                                        "random-paper", "random-pyramid", "random-36"};
    uint64_t seed = 5;

    (void)state;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        char path[64];
        picture p;

        snprintf(path, sizeof path, "tests/models/%s.lnm", names[i]);
        picture_open_file(&p, path);
        for (int k = 0; k < 4; k++)
            check_order(&p, &seed);
        picture_close(&p);
    }
}

static void test_memory(void **state)
{
    uint64_t seed = 6;

    (void)state;
    for (int i = 0; i < 50; i++) {
        size_t size;
        uint8_t *file = random_model(&seed, &size);
        ln_model model;
        ln_order *order;
        uint8_t map[LN_MAP_CELLS] = {0};

        assert_int_equal(ln_model_open(&model, file, size), LN_OK);
        size_t need = ln_order_size(&model);
        for (unsigned shift = 0; shift <= 4; shift++) { /* malloc gives multiples of 16 */
            uint8_t *memory = malloc(need + shift);
            assert_int_equal(ln_order_init(&order, &model, memory + shift, need - 1),
                             shift % 4 ? LN_ERR_ARGUMENT : LN_ERR_SPACE);
            assert_int_equal(ln_order_init(&order, &model, memory + shift, need),
                             shift % 4 ? LN_ERR_ARGUMENT : LN_OK);
            if (shift % 4 == 0) {
                int mapless = model.map == LN_MAP_NONE;

                assert_int_equal(ln_order_complete(order), mapless);
                assert_int_equal(ln_order_set_map(order, map), mapless ? LN_ERR_ARGUMENT : LN_OK);
                map[63] = model.map_levels;
                assert_int_equal(ln_order_set_map(order, map), LN_ERR_ARGUMENT);
                map[63] = 0;
                assert_true(ln_order_complete(order));
            }
            free(memory);
        }
        free(file);
    }
    assert_int_equal(ln_order_size(NULL), 0);
}

static void test_classes(void **state)
{
    uint64_t seed = 7;

    (void)state;
    for (int i = 0; i < 2000; i++) {
        uint8_t map[LN_MAP_CELLS];
        unsigned width = 1 + random_below(&seed, 64), height = 1 + random_below(&seed, LN_MAX_PLACES / width);
        unsigned levels = i % 2 ? 16 : 32, threshold = 0;
        ln_model model = {0};

        for (unsigned k = 0; k < 7; k++) {
            threshold += random_below(&seed, 2 * levels);
            model.thresholds[k] = (uint8_t)(threshold < 255 ? threshold : 255);
        }
        for (unsigned k = 0; k < LN_MAP_CELLS; k++)
            map[k] = (uint8_t)random_below(&seed, levels);
        for (unsigned k = 0; k < 5; k++) {
            ln_layer stage = {.width = (uint16_t)width, .height = (uint16_t)height};
            ln_map_row row;
            unsigned y = random_below(&seed, height);

            ln_map_row_begin(&row, &model, &stage, map, y);
            for (unsigned x = 0; x < width; x++)
                assert_int_equal(ln_map_row_next(&row),
                                 plain_class(model.thresholds, map, width, height, y * width + x));
        }
    }
}

static double overlap(unsigned n, unsigned cell, unsigned place)
{
    double from = fmax(8.0 * place, (double)n * cell), to = fmin(8.0 * (place + 1), (double)n * (cell + 1));

    return fmax(0, to - from);
}

static void test_reduction(void **state)
{
    uint64_t seed = 8;

    (void)state;
    for (int i = 0; i < 200; i++) {
        uint8_t levels[LN_MAP_CELLS];
        unsigned width = 1 + random_below(&seed, 70), height = 1 + random_below(&seed, LN_MAX_PLACES / 70);
        uint8_t *saliency = malloc(width * height);
        unsigned least = i % 2 ? 0 : 250;

        for (unsigned k = 0; k < width * height; k++)
            saliency[k] = (uint8_t)(least + random_below(&seed, 256 - least));
        ln_map_reduce(saliency, width, height, levels);
        for (unsigned cell = 0; cell < LN_MAP_CELLS; cell++) {
            double s = 0;

            for (unsigned y = 0; y < height; y++)
                for (unsigned x = 0; x < width; x++)
                    s += overlap(height, cell / 8, y) * overlap(width, cell % 8, x) * saliency[y * width + x];
            assert_int_equal(levels[cell],
                             (int)floor((62 * s + 255.0 * height * width) / (510.0 * height * width)));
        }
        free(saliency);
    }
}

/* Half octaves against the specification's words, around every power of the root of 2. */
static void test_activity(void **state)
{
    (void)state;
    for (unsigned octave = 0; octave < 32; octave++)
        for (int d = -2; d <= 2; d++)
            for (int half = 0; half < 2; half++) {
                double around = floor(ldexp(half ? sqrt(2) : 1, (int)octave)) + d;
                int halves;

                if (around < 1 || around > 4294967295.0)
                    continue;
                halves = 2 * ilogb(around);
                halves += ldexp(around, 31 - halves / 2) >= 3037000500.0;
                for (int lowest = 0; lowest < 64; lowest++) {
                    int level = halves - lowest < 0 ? 0 : halves - lowest > 15 ? 15 : halves - lowest;

                    assert_int_equal(ln_activity_level((uint32_t)around, (unsigned)lowest), level);
                }
            }
}

static void test_curve(void **state)
{
    (void)state;
    for (int u = 0; u < 256; u++)
        assert_int_equal(ln_saliency_curve[u], lround(255 / (1 + exp(-(u - 128) / 16.0))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_models), cmocka_unit_test(test_real_geometries),
        cmocka_unit_test(test_memory),       cmocka_unit_test(test_classes),
        cmocka_unit_test(test_reduction),    cmocka_unit_test(test_activity),
        cmocka_unit_test(test_curve),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
