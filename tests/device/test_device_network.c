/* The streaming network against the direct reference of support_device.h, on every kind of geometry. */
#include "device/support_device.h"

static void compare(const ln_model *m, const ln_camera *c, const encoded *e)
{
    for (unsigned k = 0; k < m->channels; k++)
        for (unsigned i = 0; i < ln_model_places(m, k); i++)
            if (ln_camera_value(c, k, i) != e->latent[k][i])
                fail_msg("channel %u, place %u: %d, not %d", k, i, ln_camera_value(c, k, i), e->latent[k][i]);
    if (m->map == LN_MAP_NONE)
        assert_null(ln_camera_map(c));
    else
        assert_memory_equal(ln_camera_map(c), e->map, LN_MAP_CELLS);
}

/* A picture in rows, in pieces and at once; frees it. */
static void check_picture(const ln_model *m, ln_camera *c, uint8_t *rgb)
{
    static const struct {
        unsigned sizes[4], count;
    } pieces[] = {{{1}, 1}, {{3, 0, 1, 7}, 4}, {{1024}, 1}};
    encoded e;

    reference_encode(m, rgb, &e);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(ln_camera_begin(c, i), LN_OK);
        push_picture(c, m, rgb, pieces[i].sizes, pieces[i].count);
        assert_int_equal(ln_camera_finish(c), LN_OK);
        compare(m, c, &e);
    }
    encoded_free(m, &e);
    free(rgb);
}

/* Two pictures through one camera. */
static void check_model(const uint8_t *file, size_t size, uint64_t *seed)
{
    ln_model m;

    assert_int_equal(ln_model_open(&m, file, size), LN_OK);

    camera made = camera_make(&m);

    for (unsigned n = 0; n < 2; n++)
        check_picture(&m, made.c, random_picture(&m, seed));
    camera_free(&made);
}

static void check_geometry(const geometry *g, uint64_t *seed)
{
    for (int kind = ORDINARY_WEIGHTS; kind <= LEVEL_WEIGHTS; kind++) {
        size_t size;
        uint8_t *file = geometry_model(g, seed, (weight_kind)kind, &size);

        check_model(file, size, seed);
        free(file);
    }
}

static void test_chosen_geometries(void **state)
{
    /* Width, height, stages, layers, stage of the branch; then kernel, stride, padding, outputs, pass, ReLU.
     */
    static const geometry chosen[] = {
        {8, 8, 1, 0, 0, {{1, 1, 0, 1, 0, 0}}},
        {8, 8, 1, 0, 0, {{8, 1, 0, 5, 0, 0}}},   /* one place */
        {9, 8, 1, 0, 0, {{16, 1, 15, 3, 0, 1}}}, /* the kernel is larger than the picture */
        {8, 13, 1, 1, 0, {{1, 16, 0, 2, 0, 0}, {1, 1, 0, 1, 1, 0}}},
        {64, 9, 1, 0, 0, {{1, 5, 0, 7, 0, 0}}}, /* stride beyond the kernel: rows nobody reads */
        {17, 40, 1, 0, 0, {{3, 7, 2, 4, 0, 1}}},
        {40, 17, 2, 0, 0, {{16, 8, 4, 12, 4, 0}, {4, 2, 1, 16, 0, 0}}},
        {33, 21, 1, 0, 0, {{16, 16, 15, 3, 0, 0}}},
        {21, 33, 1, 0, 0, {{16, 3, 9, 6, 0, 0}}},
        {10, 8, 1, 0, 0, {{2, 1, 1, 64, 0, 1}}},
        {32, 32, 2, 2, 0, {{3, 2, 1, 64, 63, 1}, {2, 2, 0, 2, 0, 0}, {1, 1, 0, 3, 3, 1}, {3, 1, 1, 1, 1, 0}}},
        {40,
         24,
         3,
         6,
         1,
         {{5, 2, 2, 6, 3, 0},
          {4, 2, 1, 5, 2, 1},
          {3, 1, 2, 4, 0, 0},
          {3, 1, 1, 7, 7, 1},
          {1, 1, 0, 2, 2, 0},
          {4, 1, 2, 3, 3, 1},
          {2, 1, 1, 4, 4, 1},
          {3, 2, 0, 2, 2, 0},
          {3, 1, 1, 1, 1, 0}}},
        {31,
         57,
         4,
         3,
         3,
         {{2, 1, 0, 4, 4, 1},
          {3, 3, 1, 4, 2, 0},
          {2, 1, 1, 3, 1, 1},
          {5, 2, 4, 2, 0, 1},
          {3, 1, 2, 2, 2, 0},
          {2, 2, 1, 2, 2, 1},
          {1, 1, 0, 1, 1, 0}}},
        {1024, 8, 1, 1, 0, {{7, 4, 3, 2, 0, 0}, {3, 1, 1, 1, 1, 0}}},
        {8, 1024, 1, 1, 0, {{7, 4, 3, 2, 0, 0}, {3, 1, 1, 1, 1, 0}}},
    };
    uint64_t seed = 1;

    (void)state;
    for (unsigned i = 0; i < sizeof chosen / sizeof *chosen; i++)
        check_geometry(&chosen[i], &seed);
}

/* Fills in a convolution that fits the grid, and changes the grid to that of its outputs. */
static void random_shape(shape *s, uint64_t *seed, unsigned *width, unsigned *height)
{
    do {
        s->kernel = 1 + random_below(seed, 1 + random_below(seed, 16));
        s->stride = 1 + random_below(seed, 1 + random_below(seed, 16));
        s->padding = random_below(seed, s->kernel);
    } while (*width + 2 * s->padding < s->kernel || *height + 2 * s->padding < s->kernel);
    s->relu = random_below(seed, 2);
    *width = (*width + 2 * s->padding - s->kernel) / s->stride + 1;
    *height = (*height + 2 * s->padding - s->kernel) / s->stride + 1;
}

static geometry random_geometry(uint64_t *seed)
{
    geometry g = {8 + random_below(seed, 40),
                  8 + random_below(seed, 40),
                  1 + random_below(seed, LN_MAX_STAGES),
                  random_below(seed, LN_MAX_LAYERS + 1),
                  0,
                  {{0, 0, 0, 0, 0, 0}}};
    unsigned width = g.width, height = g.height, branch_width = 0, branch_height = 0;

    g.saliency_stage = random_below(seed, g.stages);
    for (unsigned i = 0; i < g.stages + g.layers; i++) {
        shape *s = &g.shape[i];

        if (i == g.stages) {
            width = branch_width;
            height = branch_height;
        }
        random_shape(s, seed, &width, &height);
        s->outputs = 1 + random_below(seed, 5);
        s->pass = s->outputs;
        if (i < g.stages)
            s->pass = i + 1 < g.stages ? 1 + random_below(seed, s->outputs) : 0;
        if (i + 1 == g.stages + g.layers && g.layers > 0) {
            s->outputs = s->pass = 1;
            s->relu = 0;
        }
        if (i == g.saliency_stage) {
            branch_width = width;
            branch_height = height;
        }
    }
    return g;
}

/* First stages that can be folded: every kernel, with strides and paddings that each allows. */
static void test_folded(void **state)
{
    uint64_t seed = 4;

    (void)state;
    for (unsigned i = 0; i < 180; i++) {
        geometry g = {0};
        unsigned kernel = 8 + 4 * (i % 3), stride = kernel / 2 + random_below(&seed, kernel / 2 + 1);
        shape first = {kernel, stride, random_below(&seed, kernel / 2), 1 + random_below(&seed, 13),
                       0,      i % 2};

        g.stages = 1;
        g.width = kernel + random_below(&seed, 40);
        g.height = kernel + random_below(&seed, 40);
        g.shape[0] = first;
        check_geometry(&g, &seed);
    }
}

/* A convolution with two to four weights of a row of its filters for each of its strides
 * (src/device/kernels/lanes.c). */
static shape lanes_shape(uint64_t *seed, unsigned inputs)
{
    unsigned stride = 1 + random_below(seed, 16 / inputs < 4 ? 16 / inputs : 4);
    unsigned kernel = 2 * stride + 1 + random_below(seed, 2 * stride);
    shape s = {
        kernel, stride, random_below(seed, kernel), 1 + random_below(seed, 10), 0, random_below(seed, 2)};

    return s;
}

/* Such convolutions as the first stage, as the last one, and as layers of the branch: with up to 16 inputs,
 * and with as many outputs as a model may have, of all magnitudes, some of which would overflow a lane. */
static void test_lanes(void **state)
{
    uint64_t seed = 5;

    (void)state;
    for (unsigned i = 0; i < 30; i++) {
        unsigned inputs = i % 4 == 0 ? 16 : 1 + random_below(&seed, 16);
        geometry g = {16 + random_below(&seed, 30), 16 + random_below(&seed, 4), 2, 2, 0,
                      {{0, 0, 0, 0, 0, 0}}};
        shape last = {1, 1, 0, 1, 1, 0};

        g.shape[0] = lanes_shape(&seed, 3);
        g.shape[0].outputs = g.shape[0].pass = inputs;
        g.shape[1] = lanes_shape(&seed, inputs);
        g.shape[1].stride = 1;
        g.shape[1].kernel = 3;
        g.shape[1].padding = random_below(&seed, 2) + 1;
        g.shape[1].outputs = 1 + random_below(&seed, 3);
        g.shape[2] = g.shape[1];
        g.shape[2].outputs = g.shape[2].pass = i % 10 == 0 ? LN_MAX_CHANNELS : 8;
        g.shape[3] = last;
        check_geometry(&g, &seed);
    }
}

/* The paper's first stage, and some with few outputs: in strips, with every number of places outside, and
 * with rows of the filter above and below the picture. */
static void test_lanes_of_colours(void **state)
{
    static const geometry first = {225, 40, 2, 0, 0, {{7, 2, 3, 64, 64, 1}, {8, 8, 0, 1, 0, 0}}};
    uint64_t seed = 6;

    (void)state;
    check_geometry(&first, &seed);
    for (unsigned i = 0; i < 12; i++) {
        geometry g = {90 + i, 9 + i, 2, 0, 0, {{7, 2, 3, 3, 3, 0}, {1, 1, 0, 1, 0, 0}}};

        g.shape[0].padding = i % 7;
        g.shape[0].relu = i % 2;
        check_geometry(&g, &seed);
    }
}

/* First stages with weights of one magnitude: up to 65 and up to 42 fit into the lanes. Black and white
 * pictures reach the bounds. */
static void test_full_lanes(void **state)
{
    static const geometry first[] = {{24, 9, 2, 0, 0, {{7, 2, 3, 8, 8, 1}, {1, 1, 0, 1, 0, 0}}},
                                     {24, 9, 2, 0, 0, {{8, 2, 3, 8, 8, 1}, {1, 1, 0, 1, 0, 0}}}};
    uint64_t seed = 7;

    (void)state;
    for (int magnitude = 41; magnitude < 68; magnitude++) {
        for (unsigned i = 0; i < 2; i++) {
            size_t size;
            uint8_t *file = geometry_model(&first[i], &seed, (weight_kind)(ONE_MAGNITUDE + magnitude), &size);
            ln_model m;

            assert_int_equal(ln_model_open(&m, file, size), LN_OK);

            camera made = camera_make(&m);

            for (unsigned kind = 0; kind < 3; kind++)
                check_picture(&m, made.c, picture_of_kind(&m, &seed, kind));
            camera_free(&made);
            free(file);
        }
    }
}

static void test_random_geometries(void **state)
{
    uint64_t seed = 2;

    (void)state;
    for (unsigned i = 0; i < 150; i++) {
        geometry g = random_geometry(&seed);

        check_geometry(&g, &seed);
    }
}

/* Other alphabets, and units in any order. */
static void test_random_models(void **state)
{
    uint64_t seed = 3;

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        size_t size;
        uint8_t *file = random_model(&seed, &size);

        check_model(file, size, &seed);
        free(file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chosen_geometries),
        cmocka_unit_test(test_random_geometries),
        cmocka_unit_test(test_folded),
        cmocka_unit_test(test_lanes),
        cmocka_unit_test(test_lanes_of_colours),
        cmocka_unit_test(test_full_lanes),
        cmocka_unit_test(test_random_models),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
