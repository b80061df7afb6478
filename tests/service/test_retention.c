/* What is deleted, and in which order. Runs against SQLite, and against PostgreSQL (postgres.sh). */
#include "service/support_store.h"

#include "service/store/retention.h"

static ln_service_settings settings;

/* A final picture of one frame that is as old as this, with an alarm that was delivered, or without. */
static int64_t add_picture(ln_store *store, uint64_t age_ms, int alarm)
{
    static long counter;
    const uint64_t then = NOW - age_ms;
    add(store, "a", "s", counter++, "one", then);
    ln_work work = take(store, then);
    const int64_t id = work.frames[work.count - 1].id;
    assert_int_equal(finish_as_picture(store, &work, id, 1, alarm, then, NULL), LN_DB_DONE);
    ln_work_free(&work);
    for (ln_outbox_row entry = next(store, then); entry.id; entry = next(store, then)) {
        assert_done(ln_store_delivered(store, &entry, NULL, 0, &error));
        ln_outbox_free(&entry);
    }
    return id;
}

/* A frame that belongs to nothing. */
static void add_stray(ln_store *store, uint64_t age_ms)
{
    static long counter;
    add(store, "b", "s", counter++, "stray", NOW - age_ms);
    ln_work work = take(store, NOW - age_ms);
    finish_without(store, &work, NOW - age_ms);
}

static size_t step(ln_store *store, int *is_over)
{
    ln_retained retained;
    assert_done(ln_retention_step(store, &settings, NOW, &retained, &error));
    if (is_over)
        *is_over = retained.is_over;
    return retained.deleted;
}

static void keep(ln_store *store)
{
    for (unsigned i = 0; step(store, NULL); i++)
        assert_true(i < 1000);
}

static int there(int64_t picture)
{
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM picture WHERE id = %lld", (long long)picture);
    return (int)query(sql);
}

static void without_settings_nothing_goes(void **state)
{
    ln_store *store = new_store();
    (void)state;
    settings = (ln_service_settings){.keep_alarms = 1};
    add_picture(store, 3000 * DAY, 0);
    assert_int_equal(step(store, NULL), 0);
    assert_int_equal(query("SELECT count(*) FROM picture"), 1);
    ln_store_close(store);
}

static void by_age(void **state)
{
    ln_store *store = new_store();
    (void)state;
    settings = (ln_service_settings){.age = 10 * DAY, .keep_alarms = 1};
    const int64_t old = add_picture(store, 11 * DAY, 0), evidence = add_picture(store, 11 * DAY, 1),
                  young = add_picture(store, 9 * DAY, 0);
    add_stray(store, 11 * DAY);
    add_stray(store, 9 * DAY);
    keep(store);
    assert_false(there(old));
    assert_true(there(evidence) && there(young));
    assert_int_equal(query("SELECT count(*) FROM frame WHERE picture = 0"), 1);
    settings.alarms_age = 12 * DAY;
    keep(store);
    assert_true(there(evidence));
    settings.alarms_age = 10 * DAY;
    keep(store);
    assert_false(there(evidence));
    assert_true(there(young));
    assert_int_equal(query("SELECT count(*) FROM alarm"), 1);
    ln_store_close(store);
}

static void alarms_need_not_be_kept(void **state)
{
    ln_store *store = new_store();
    (void)state;
    settings = (ln_service_settings){.age = 10 * DAY, .keep_alarms = 0};
    add_picture(store, 11 * DAY, 1);
    const int64_t young = add_picture(store, 9 * DAY, 1);
    keep(store);
    assert_true(there(young));
    assert_int_equal(query("SELECT count(*) FROM picture"), 1);
    ln_store_close(store);
}

/* Many pictures of 20 frames each, that ended one a second. They belong to devices of their own. */
static void fill(ln_store *store, unsigned pictures, uint64_t age_ms, int alarm)
{
    enum { FRAMES = 20 };
    static long first;
    ln_uplink frames[FRAMES];
    uint8_t is_new[FRAMES];
    for (unsigned p = 0; p < pictures; p++) {
        const uint64_t then = NOW - age_ms + p * 1000;
        for (unsigned i = 0; i < FRAMES; i++) {
            frames[i] = frame_of("full", "s", first++, "");
            frames[i].size = 200;
        }
        assert_done(ln_store_add(store, "net", frames, FRAMES, then, is_new, &error));
        ln_work work = take(store, then);
        assert_int_equal(work.count, FRAMES);
        int64_t of[FRAMES];
        for (unsigned i = 0; i < FRAMES; i++)
            of[i] = work.frames[0].id;
        const ln_picture_row row = {.id = of[0],
                                    .first_ms = then,
                                    .last_ms = then,
                                    .packets = FRAMES,
                                    .bytes = FRAMES * 200,
                                    .final = 1,
                                    .answer = "{}",
                                    .model = 1};
        const ln_alarm_row raise = {"cats", of[0], of[0], then, "cat", 9000, "{}", NULL, 0};
        const ln_found found = {&row, 1, of, &raise, alarm ? 1 : 0, NULL, 0};
        assert_done(ln_store_finish(store, &work, &found, then, NULL, &error));
        ln_work_free(&work);
    }
}

/* Strays and other pictures first, the oldest of them; evidence only if that is not enough. */
static void by_disk(void **state)
{
    ln_store *store = new_store();
    uint64_t before, used;
    int is_over;
    (void)state;
    settings = (ln_service_settings){.keep_alarms = 1};
    fill(store, 150, 30 * DAY, 1);
    assert_done(ln_store_used(store, &used, &error));
    fill(store, 130, 20 * DAY, 0);
    fill(store, 130, 10 * DAY, 0);
    add_stray(store, 20 * DAY);
    assert_done(ln_store_used(store, &before, &error));
    const uint64_t all = before - used; /* of the 400 without an alarm */
    settings.disk = before;
    assert_int_equal(step(store, &is_over), 0);
    assert_false(is_over);

    settings.disk = before - all / 2;
    keep(store);
    assert_int_equal(query("SELECT count(*) FROM frame WHERE picture = 0"), 0);
    assert_int_equal(query("SELECT count(*) FROM alarm WHERE picture IN (SELECT id FROM picture)"), 150);
    const int64_t left = query("SELECT count(*) FROM picture") - 150;
    assert_in_range(left, 50, 140);
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM picture WHERE last_ms >= %llu",
             (unsigned long long)(NOW - 11 * DAY));
    assert_int_equal(query(sql), left < 130 ? left : 130); /* the older ones went first */
    assert_done(ln_store_used(store, &used, &error));
    assert_true(used <= settings.disk);

    settings.disk = used / 2;
    keep(store);
    const int64_t evidence = query("SELECT count(*) FROM picture");
    assert_in_range(evidence, 50, 145);
    assert_int_equal(query("SELECT count(*) FROM picture WHERE NOT EXISTS"
                           " (SELECT 1 FROM alarm WHERE alarm.picture = picture.id)"),
                     0);
    ln_store_close(store);
}

/* Some things stay even if the store is larger than it may be: it is said. */
static void what_is_needed_stays(void **state)
{
    ln_store *store = new_store();
    int is_over;
    (void)state;
    settings = (ln_service_settings){.keep_alarms = 1, .disk = 1};
    const int64_t young = add_picture(store, LN_RETENTION_YOUNG_MS, 0);
    add(store, "c", "s", 1, "not looked at", NOW - 9 * DAY);
    ln_work work = take(store, NOW - 9 * DAY);
    ln_work_free(&work);
    add(store, "d", "s", 1, "to deliver", NOW - 8 * DAY);
    work = take(store, NOW - 8 * DAY);
    assert_int_equal(finish_as_picture(store, &work, 1, 1, 1, NOW - 8 * DAY, NULL), LN_DB_DONE);
    ln_work_free(&work);
    assert_int_equal(step(store, &is_over), 0);
    assert_true(is_over);
    assert_true(there(young));
    assert_int_equal(query("SELECT count(*) FROM frame"), 3);
    ln_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_settings_nothing_goes), cmocka_unit_test(by_age),
        cmocka_unit_test(alarms_need_not_be_kept),       cmocka_unit_test(by_disk),
        cmocka_unit_test(what_is_needed_stays),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
