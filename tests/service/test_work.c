/* The work role: what it does about a store that cannot be used when it begins. */
#include "service/support_worker.h"

#include "service/worker/work.h"

typedef struct told {
    unsigned problems;
    atomic_int stop;
} told;

static void tell_and_stop(void *context, const ln_error *problem)
{
    told *t = context;
    assert_non_null(strstr(problem->text, "PostgreSQL"));
    t->problems++;
    t->stop = 1;
}

static ln_status work_on(const char *store, told *t)
{
    ln_error error;
    ln_work_config config = {.store = store, .model = MODEL, .vision = VISION, .threads = 1, .worker = how};
    config.worker.problem = tell_and_stop;
    config.worker.context = t;
    return ln_work_run(&config, &t->stop, &error);
}

static void a_store_that_is_away_is_waited_for(void **state)
{
    told t = {0};
    (void)state;
    assert_int_equal(work_on("postgresql:///postgres?host=/tmp/nobody-listens-here", &t), LN_OK);
    assert_int_equal(t.problems, 1);
}

static void a_store_that_cannot_be_used_is_a_mistake(void **state)
{
    told t = {0};
    (void)state;
    assert_int_equal(work_on("/there is no such folder/store.db", &t), LN_ERR_IO);
    assert_int_equal(t.problems, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_that_is_away_is_waited_for),
        cmocka_unit_test(a_store_that_cannot_be_used_is_a_mistake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
