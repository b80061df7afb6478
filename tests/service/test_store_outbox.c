/* Alarms and what is to be delivered. Runs against SQLite, and against PostgreSQL (postgres.sh). */
#include "service/support_store.h"

#include "service/web/health.h"

static void an_event_has_one_alarm(void **state)
{
    ln_store *store = new_store();
    uint8_t raised;
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        add(store, "a", "s", (int)i, "one", NOW);
        ln_work work = take(store, NOW);
        assert_int_equal(finish_as_picture(store, &work, 1, 0, 1, NOW, &raised), LN_DB_DONE);
        assert_int_equal(raised, i == 0);
        ln_work_free(&work);
    }
    assert_int_equal(query("SELECT count(*) FROM alarm"), 1);
    assert_int_equal(query("SELECT count(*) FROM outbox"), 2);
    /* The same event of another device is another one. */
    add(store, "b", "s", 0, "one", NOW);
    ln_work work = take(store, NOW);
    assert_int_equal(finish_as_picture(store, &work, 1, 1, 1, NOW, &raised), LN_DB_DONE);
    assert_true(raised);
    ln_work_free(&work);
    ln_store_close(store);
}

static ln_store *store_with_alarm(void)
{
    ln_store *store = new_store();
    add(store, "a", "s", 1, "one", NOW);
    ln_work work = take(store, NOW);
    assert_int_equal(finish_as_picture(store, &work, 1, 1, 1, NOW, NULL), LN_DB_DONE);
    ln_work_free(&work);
    return store;
}

static void an_entry_is_delivered_once(void **state)
{
    ln_store *store = store_with_alarm();
    (void)state;
    ln_outbox_row first = next(store, NOW), second = next(store, NOW);
    assert_int_equal(first.device, ln_store_device("net", "a"));
    assert_string_not_equal(first.target, second.target);
    assert_string_equal(first.body, "{\"label\": \"cat\"}");
    assert_int_equal(first.picture, 1);
    assert_int_equal(first.attempts, 1);
    assert_int_equal(next(store, NOW + LEASE - 1).id, 0);
    assert_done(ln_store_delivered(store, &first, NULL, 0, &error));
    assert_done(ln_store_delivered(store, &second, NULL, 0, &error));
    assert_done(ln_store_delivered(store, &second, "too late", NOW, &error));
    assert_int_equal(next(store, NOW + DAY).id, 0);
    assert_int_equal(query("SELECT count(*) FROM outbox WHERE done = 1"), 2);
    ln_outbox_free(&first);
    ln_outbox_free(&second);
    ln_store_close(store);
}

static void what_fails_is_tried_again(void **state)
{
    ln_store *store = store_with_alarm();
    (void)state;
    ln_outbox_row first = next(store, NOW), second = next(store, NOW);
    assert_done(ln_store_delivered(store, &first, "refused", NOW + HOUR, &error));
    /* Nobody says what became of the second, so its lease ends. */
    assert_int_equal(next(store, NOW + LEASE - 1).id, 0);
    ln_outbox_row again = next(store, NOW + LEASE);
    assert_int_equal(again.id, second.id);
    assert_int_equal(again.attempts, 2);
    /* Who comes too late with a problem does not disturb the other one. */
    assert_done(ln_store_delivered(store, &second, "slow", NOW, &error));
    assert_int_equal(next(store, NOW + LEASE).id, 0);
    ln_outbox_free(&again);
    assert_done(ln_store_delivered(store, &second, NULL, 0, &error));
    again = next(store, NOW + HOUR);
    assert_int_equal(again.id, first.id);
    assert_int_equal(next(store, NOW + HOUR).id, 0);
    ln_outbox_free(&again);
    ln_outbox_free(&first);
    ln_outbox_free(&second);
    ln_store_close(store);
}

static void what_can_never_be_delivered_stays_with_its_problem(void **state)
{
    ln_store *store = store_with_alarm();
    (void)state;
    ln_outbox_row first = next(store, NOW), second = next(store, NOW);
    assert_done(ln_store_delivered(store, &first, "answers 404", UINT64_MAX, &error));
    /* Another one has taken the second since, so this counts for nothing. */
    ln_outbox_row again = next(store, NOW + LEASE);
    assert_int_equal(again.id, second.id);
    assert_done(ln_store_delivered(store, &second, "answers 404", UINT64_MAX, &error));
    assert_int_equal(query("SELECT count(*) FROM outbox WHERE done = 2"), 1);
    assert_int_equal(query("SELECT count(*) FROM outbox WHERE done = 2 AND problem = 'answers 404'"), 1);
    /* It is tried no more, and what comes late does not change it. */
    assert_done(ln_store_delivered(store, &first, "late", NOW, &error));
    assert_done(ln_store_delivered(store, &first, NULL, 0, &error));
    assert_int_equal(query("SELECT count(*) FROM outbox WHERE done = 2 AND problem = 'answers 404'"), 1);
    assert_done(ln_store_delivered(store, &again, NULL, 0, &error));
    assert_int_equal(next(store, NOW + DAY).id, 0);
    ln_outbox_free(&again);
    ln_outbox_free(&first);
    ln_outbox_free(&second);
    ln_store_close(store);
}

static void targets_do_not_see_each_other(void **state)
{
    ln_store *store = store_with_alarm();
    ln_outbox_row entry;
    (void)state;
    assert_done(ln_store_next(store, "we", NOW, LEASE, &entry, &error));
    assert_int_equal(entry.id, 0);
    for (unsigned i = 0; i < 2; i++) {
        assert_done(ln_store_next(store, "web", NOW, LEASE, &entry, &error));
        assert_int_equal(entry.id != 0, i == 0);
        assert_true(i > 0 || strcmp(entry.target, "web") == 0);
        ln_outbox_free(&entry);
    }
    ln_store_close(store);
}

static uint64_t counted(const ln_store_counts *counts, const char *target, ln_outbox_state in)
{
    for (size_t i = 0; i < counts->outbox_count; i++)
        if (strcmp(counts->outbox[i].target, target) == 0 && counts->outbox[i].state == in)
            return counts->outbox[i].entries;
    return 0;
}

static void what_waits_is_counted(void **state)
{
    ln_store *store = store_with_alarm();
    ln_store_counts counts;
    (void)state;
    add(store, "b", "s", 1, "one", NOW);
    add(store, "c", "s", 1, "one", NOW + 1);
    assert_done(ln_store_count(store, NOW, &counts, &error));
    assert_int_equal(counts.devices, 1);
    assert_int_equal(counts.outbox_count, 2);
    assert_int_equal(counted(&counts, "mail", LN_OUTBOX_WAITS), 1);
    assert_int_equal(counted(&counts, "web", LN_OUTBOX_WAITS), 1);

    ln_work work = take(store, NOW + 1);
    ln_outbox_row mail = next(store, NOW), web = next(store, NOW);
    assert_done(ln_store_delivered(store, &mail, NULL, 0, &error));
    assert_done(ln_store_delivered(store, &web, "no", UINT64_MAX, &error));
    assert_done(ln_store_count(store, NOW + 1, &counts, &error));
    assert_int_equal(counts.devices, 1); /* a worker has the other one */
    assert_int_equal(counts.outbox_count, 1);
    assert_int_equal(counted(&counts, "web", LN_OUTBOX_FAILED), 1);
    assert_done(ln_store_count(store, NOW + LEASE + 1, &counts, &error));
    assert_int_equal(counts.devices, 2);
    ln_work_free(&work);
    ln_outbox_free(&mail);
    ln_outbox_free(&web);
    ln_store_close(store);
}

static void look(ln_health *health, const char *first, const char *second)
{
    ln_text text = {0};
    assert_done(ln_health_look(health, &error));
    ln_metrics_print(health->metrics, &text);
    if (!strstr(text.bytes, first) || !strstr(text.bytes, second))
        fail_msg("%s and %s are not in:\n%s", first, second, text.bytes);
    free(text.bytes);
}

static void the_metrics_tell_what_waits(void **state)
{
    ln_store *store = store_with_alarm();
    ln_health health = {.where = where, .metrics = ln_metrics_new()};
    (void)state;
    look(&health, "\nlimitnet_outbox_entries{target=\"web\",state=\"waiting\"} 1\n",
         "\nlimitnet_devices_waiting 0\n");
    add(store, "b", "s", 1, "one", 1); /* due since 1970 */
    ln_outbox_row entry;
    assert_done(ln_store_next(store, "web", NOW, LEASE, &entry, &error));
    assert_done(ln_store_delivered(store, &entry, "no", UINT64_MAX, &error));
    look(&health, "\nlimitnet_outbox_entries{target=\"web\",state=\"failed\"} 1\n",
         "\nlimitnet_devices_waiting 1\n");
    look(&health, "\nlimitnet_outbox_entries{target=\"web\",state=\"waiting\"} 0\n",
         "\nlimitnet_outbox_entries{target=\"mail\",state=\"waiting\"} 1\n");
    ln_outbox_free(&entry);
    ln_store_close(health.store);
    ln_metrics_free(health.metrics);
    ln_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_has_one_alarm),
        cmocka_unit_test(an_entry_is_delivered_once),
        cmocka_unit_test(what_fails_is_tried_again),
        cmocka_unit_test(what_can_never_be_delivered_stays_with_its_problem),
        cmocka_unit_test(targets_do_not_see_each_other),
        cmocka_unit_test(what_waits_is_counted),
        cmocka_unit_test(the_metrics_tell_what_waits),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
