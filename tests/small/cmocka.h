/* As much of cmocka as the tests of the device need, for machines that the real one is not there for
 * (tests/dsp.sh, helium.sh). A test that fails ends the program. */
#ifndef SMALL_CMOCKA_H
#define SMALL_CMOCKA_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define fail_msg(...) (fprintf(stderr, __VA_ARGS__), exit(1))
#define assert_true(condition)                                                                               \
    ((condition) ? (void)0 : (void)fail_msg("%s:%d: %s\n", __FILE__, __LINE__, #condition))
#define assert_null(pointer) assert_true((pointer) == NULL)
#define assert_int_equal(a, b) assert_true((long long)(a) == (long long)(b))
#define assert_memory_equal(a, b, size) assert_true(memcmp(a, b, size) == 0)

struct CMUnitTest {
    void (*run)(void **state);
};

#define cmocka_unit_test(function)                                                                           \
    {                                                                                                        \
        function                                                                                             \
    }
#define cmocka_run_group_tests(tests, setup, teardown) small_run(tests, sizeof(tests) / sizeof *(tests))

static inline int small_run(const struct CMUnitTest *tests, size_t count)
{
    for (size_t i = 0; i < count; i++)
        tests[i].run(NULL);
    return 0;
}

#endif
