/* Feedback, against its definition in docs/SPEC.md (6.9) in floating point. */
#include "core/support_core.h"

#include <math.h>

static void test_every_field_comes_back(void **state)
{
    (void)state;
    for (unsigned picture = 0; picture < LN_PICTURES; picture += 1 + picture % 97)
        for (unsigned loss = 0; loss < 256; loss += 5)
            for (unsigned enough = 0; enough < 2; enough++) {
                ln_feedback sent = {(uint16_t)picture, (uint8_t)enough, (uint8_t)loss, 700}, came;
                uint8_t bytes[LN_FEEDBACK_BYTES];

                assert_int_equal(ln_feedback_write(&sent, bytes), LN_OK);
                assert_int_equal(ln_feedback_read(&came, bytes, sizeof bytes), LN_OK);
                assert_int_equal(came.picture, picture);
                assert_int_equal(came.enough, enough);
                assert_int_equal(came.loss, loss / 8 * 8);
            }
}

static void test_bytes_are_told_in_half_octaves(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < 100000; n = n < 64 ? n + 1 : n + n / 37) {
        ln_feedback sent = {0, 0, 0, n}, came;
        uint8_t bytes[LN_FEEDBACK_BYTES];
        double least = n == 0 ? 0 : n == 1 ? 1 : pow(2, fmin(floor(2 * log2(n) + 1e-9), 31) / 2);

        assert_int_equal(ln_feedback_write(&sent, bytes), LN_OK);
        assert_int_equal(ln_feedback_read(&came, bytes, sizeof bytes), LN_OK);
        assert_true(came.bytes == 0 ? n <= 1 : came.bytes <= n);
        assert_true(fabs(came.bytes - least) <= 1);
    }
}

static void test_known_bytes(void **state)
{
    static const uint8_t known[LN_FEEDBACK_BYTES] = {0x7f, 0xfd, 0x56}; /* 01 11111111111 1 01010 10110 */
    uint8_t bytes[LN_FEEDBACK_BYTES];
    ln_feedback came;

    (void)state;
    assert_int_equal(ln_feedback_write(&(ln_feedback){2047, 1, 87, 2048}, bytes), LN_OK);
    assert_memory_equal(bytes, known, sizeof known);
    assert_int_equal(ln_feedback_read(&came, known, sizeof known), LN_OK);
    assert_true(came.picture == 2047 && came.enough == 1 && came.loss == 80 && came.bytes == 2048);
}

static void test_wrong_feedback_is_refused(void **state)
{
    uint8_t bytes[LN_FEEDBACK_BYTES + 1] = {0x40};
    ln_feedback came = {1, 1, 1, 1};

    (void)state;
    assert_int_equal(ln_feedback_read(&came, bytes, 2), LN_ERR_PACKET);
    assert_int_equal(ln_feedback_read(&came, bytes, 4), LN_ERR_PACKET);
    assert_int_equal(came.picture + came.enough + came.loss + (int)came.bytes, 0);
    for (unsigned version = 0; version < 4; version++) {
        bytes[0] = (uint8_t)(version << 6);
        assert_int_equal(ln_feedback_read(&came, bytes, 3), version == 1 ? LN_OK : LN_ERR_VERSION);
    }
    assert_int_equal(ln_feedback_read(NULL, bytes, 3), LN_ERR_ARGUMENT);
    assert_int_equal(ln_feedback_read(&came, NULL, 3), LN_ERR_ARGUMENT);
    assert_int_equal(ln_feedback_write(NULL, bytes), LN_ERR_ARGUMENT);
    assert_int_equal(ln_feedback_write(&came, NULL), LN_ERR_ARGUMENT);
    assert_int_equal(ln_feedback_write(&(ln_feedback){LN_PICTURES, 0, 0, 0}, bytes), LN_ERR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_field_comes_back),
        cmocka_unit_test(test_bytes_are_told_in_half_octaves),
        cmocka_unit_test(test_known_bytes),
        cmocka_unit_test(test_wrong_feedback_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
