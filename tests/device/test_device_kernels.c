/* The lists of kernels that a camera is given, and its size on other processors. */
#include "device/support_device.h"

#include "device/camera.h"

static const char *const model_names[] = {"tiny",        "tiny-nomap",     "random-cifar",
                                          "random-wide", "random-pyramid", "random-paper"};
#define MODELS (sizeof model_names / sizeof *model_names)

static uint8_t *open_model(const char *name, ln_model *m)
{
    char path[64];
    size_t size;

    snprintf(path, sizeof path, "tests/models/%s.lnm", name);

    uint8_t *file = read_whole(path, &size);

    assert_int_equal(ln_model_open(m, file, size), LN_OK);
    return file;
}

/* The size for this processor is the same, whether it is asked for here or elsewhere. */
static void test_size_elsewhere(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MODELS; i++) {
        ln_model m;
        uint8_t *file = open_model(model_names[i], &m);

        assert_int_equal(ln_camera_size_on(&m, ln_all_kernels, LN_TARGET, sizeof(void *)),
                         ln_camera_size(&m, ln_all_kernels));
        for (unsigned target = LN_PORTABLE; target <= LN_HELIUM; target++) {
            size_t narrow = ln_camera_size_on(&m, ln_all_kernels, target, 4);

            assert_true(narrow > 0 && narrow % 4 == 0);
            assert_true(narrow < ln_camera_size_on(&m, ln_all_kernels, target, 8));
        }
        free(file);
    }
}

static void check_same_picture(const ln_model *m, const ln_camera *a, const ln_camera *b)
{
    for (unsigned k = 0; k < m->channels; k++)
        for (unsigned i = 0; i < ln_model_places(m, k); i++)
            assert_int_equal(ln_camera_value(a, k, i), ln_camera_value(b, k, i));
    if (m->layers > 0)
        assert_memory_equal(ln_camera_map(a), ln_camera_map(b), LN_MAP_CELLS);
}

/* The kernels that suit every layer make the same picture as all kernels. */
static void test_general_kernels(void **state)
{
    static const ln_kernel *const general[] = {&ln_kernel_portable, &ln_kernel_helium, &ln_kernel_pairs,
                                               NULL};
    uint64_t seed = 1;

    (void)state;
    for (unsigned i = 0; i < MODELS; i++) {
        ln_model m;
        uint8_t *file = open_model(model_names[i], &m), *rgb = random_picture(&m, &seed);
        camera all = camera_make(&m), some = camera_make_with(&m, general);

        encode_picture(all.c, &m, rgb, 0);
        encode_picture(some.c, &m, rgb, 0);
        check_same_picture(&m, all.c, some.c);
        camera_free(&some);
        camera_free(&all);
        free(rgb);
        free(file);
    }
}

/* A list without a kernel for some layer is refused. */
static void test_too_few_kernels(void **state)
{
    static const ln_kernel *const folded[] = {&ln_kernel_folded, NULL}, *const none[] = {NULL};
    static uint32_t memory[1 << 14];
    ln_model m;
    uint8_t *file = open_model("random-pyramid", &m);
    ln_camera *c;

    (void)state;
    assert_int_equal(ln_camera_size(&m, folded), 0);
    assert_int_equal(ln_camera_init(&c, &m, folded, memory, sizeof memory), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_size(&m, none), 0);
    assert_int_equal(ln_camera_init(&c, &m, none, memory, sizeof memory), LN_ERR_ARGUMENT);
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size_elsewhere),
        cmocka_unit_test(test_general_kernels),
        cmocka_unit_test(test_too_few_kernels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
