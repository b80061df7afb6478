/* The rules of core.h, for the headers that a camera needs: after an error a handle is null and a struct
 * empty. */
#include "core/support_core.h"

#include <limitnet/device.h>
#include <limitnet/link.h>

#define MODEL "tests/models/tiny.lnm"

static int is_zero(const void *bytes, size_t size)
{
    const uint8_t *b = bytes;
    for (size_t i = 0; i < size; i++)
        if (b[i] != 0)
            return 0;
    return 1;
}

static void the_version_is_one(void **state)
{
    (void)state;
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", LN_VERSION_MAJOR, LN_VERSION_MINOR, LN_VERSION_PATCH);
    assert_string_equal(LN_VERSION, text);
    assert_string_equal(ln_version(), text);
}

static void a_model_is_empty_after_an_error(void **state)
{
    (void)state;
    size_t size;
    uint8_t *file = read_whole(MODEL, &size);
    ln_model model;
    for (size_t wrong = 0; wrong < size; wrong++) {
        file[wrong] ^= 1;
        memset(&model, 0xaa, sizeof model);
        assert_int_not_equal(ln_model_open(&model, file, size), LN_OK);
        assert_true(is_zero(&model, sizeof model));
        file[wrong] ^= 1;
    }
    memset(&model, 0xaa, sizeof model);
    assert_int_equal(ln_model_open(&model, NULL, size), LN_ERR_ARGUMENT);
    assert_true(is_zero(&model, sizeof model));
    assert_int_equal(ln_model_open(NULL, file, size), LN_ERR_ARGUMENT);

    assert_int_equal(ln_model_open(&model, file, size), LN_OK);
    assert_true(ln_model_places(&model, 0) > 0);
    assert_int_equal(ln_model_places(&model, model.channels), 0);
    assert_int_equal(ln_model_places(NULL, 0), 0);
    free(file);
}

static void a_header_is_empty_after_an_error(void **state)
{
    (void)state;
    const uint8_t window[] = {0x80, 0, 0xa0, 1, 1,
                              2,    3, 4,    5};      /* a repair packet with half bytes in its sums */
    const uint8_t cut[] = {0x40, 5, 0, 1, 7};         /* a numbered packet without a code */
    const uint8_t later[] = {0xc0, 0, 0, 0, 1, 2, 3}; /* of a later version */
    ln_packet_header header;
    memset(&header, 0xaa, sizeof header);
    assert_int_equal(ln_packet_peek(window, sizeof window, &header), LN_ERR_PACKET);
    assert_true(is_zero(&header, sizeof header));
    memset(&header, 0xaa, sizeof header);
    assert_int_equal(ln_packet_peek(cut, sizeof cut, &header), LN_ERR_PACKET);
    assert_true(is_zero(&header, sizeof header));
    memset(&header, 0xaa, sizeof header);
    assert_int_equal(ln_packet_peek(later, sizeof later, &header), LN_ERR_VERSION);
    assert_true(is_zero(&header, sizeof header));
    memset(&header, 0xaa, sizeof header);
    assert_int_equal(ln_packet_peek(cut, 3, &header), LN_ERR_PACKET);
    assert_true(is_zero(&header, sizeof header));
    memset(&header, 0xaa, sizeof header);
    assert_int_equal(ln_packet_peek(NULL, 11, &header), LN_ERR_ARGUMENT);
    assert_true(is_zero(&header, sizeof header));
    assert_int_equal(ln_packet_peek(cut, sizeof cut, NULL), LN_ERR_ARGUMENT);
}

static void a_link_is_empty_after_an_error(void **state)
{
    (void)state;
    ln_loss link;
    memset(&link, 0xaa, sizeof link);
    assert_int_equal(ln_loss_init(&link, 1000001, 0), LN_ERR_ARGUMENT);
    assert_true(link.state == 0 && link.per_million == 0);
    assert_int_equal(ln_loss_init(NULL, 0, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_loss_next(NULL), 0);
}

static void the_cameras_handles_are_null_after_an_error(void **state)
{
    (void)state;
    static uint32_t memory[1 << 14];
    picture p;
    picture_open_file(&p, MODEL);

    ln_camera *camera = (void *)memory;
    assert_int_equal(ln_camera_init(&camera, &p.model, ln_all_kernels, memory, 16), LN_ERR_SPACE);
    assert_null(camera);
    camera = (void *)memory;
    assert_int_equal(ln_camera_init(&camera, NULL, ln_all_kernels, memory, sizeof memory), LN_ERR_ARGUMENT);
    assert_null(camera);
    camera = (void *)memory;
    assert_int_equal(ln_camera_init(&camera, &p.model, ln_all_kernels, NULL, sizeof memory), LN_ERR_ARGUMENT);
    assert_null(camera);
    assert_int_equal(ln_camera_init(NULL, &p.model, ln_all_kernels, memory, sizeof memory), LN_ERR_ARGUMENT);

    ln_scaler *scaler = (void *)memory;
    assert_int_equal(ln_scaler_init(&scaler, &p.model, LN_PIXELS_GREY, 160, 120, memory, 16), LN_ERR_SPACE);
    assert_null(scaler);
    scaler = (void *)memory;
    assert_int_equal(ln_scaler_init(&scaler, &p.model, LN_PIXELS_GREY, 1, 120, memory, sizeof memory),
                     LN_ERR_ARGUMENT);
    assert_null(scaler);
    assert_int_equal(ln_scaler_init(NULL, &p.model, LN_PIXELS_GREY, 160, 120, memory, sizeof memory),
                     LN_ERR_ARGUMENT);

    ln_order *order = (void *)memory;
    assert_int_equal(ln_order_init(&order, &p.model, memory, 16), LN_ERR_SPACE);
    assert_null(order);
    picture_close(&p);
}

static void the_camera_survives_null(void **state)
{
    (void)state;
    static uint32_t memory[1 << 14];
    uint8_t bytes[LN_MAX_PAYLOAD] = {0};
    size_t size;
    unsigned next;
    picture p;
    picture_open_file(&p, MODEL);
    ln_camera *camera;
    assert_int_equal(ln_camera_init(&camera, &p.model, ln_all_kernels, memory, sizeof memory), LN_OK);

    assert_int_equal(ln_camera_size(NULL, ln_all_kernels), 0);
    assert_int_equal(ln_scaler_size(NULL), 0);
    assert_int_equal(ln_camera_begin(NULL, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_push_rows(NULL, bytes, 0, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_push_rows(camera, NULL, 0, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_finish(NULL), LN_ERR_ARGUMENT);
    assert_null(ln_camera_map(NULL));
    assert_int_equal(ln_camera_value(NULL, 0, 0), 0);
    assert_int_equal(ln_camera_packet(NULL, 0, 51, bytes, &size, &next), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_packet(camera, 0, 51, NULL, &size, &next), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_packet(camera, 0, 51, bytes, NULL, &next), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_packet(camera, 0, 51, bytes, &size, NULL), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_check(NULL, 1), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_protect(NULL, 40, bytes, sizeof bytes), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_protect(camera, 40, NULL, sizeof bytes), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_next(NULL, 51, bytes, &size), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_next(camera, 51, NULL, &size), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_next(camera, 51, bytes, NULL), LN_ERR_ARGUMENT);
    assert_int_equal(ln_scaler_begin(NULL, camera, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_scaler_push_rows(NULL, bytes, 0, 0), LN_ERR_ARGUMENT);
    picture_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_version_is_one),
        cmocka_unit_test(a_model_is_empty_after_an_error),
        cmocka_unit_test(a_header_is_empty_after_an_error),
        cmocka_unit_test(a_link_is_empty_after_an_error),
        cmocka_unit_test(the_cameras_handles_are_null_after_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
