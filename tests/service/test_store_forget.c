/* Room: what is forgotten, and what stays. Runs against SQLite, and against PostgreSQL (postgres.sh). */
#include "service/support_store.h"

/* Pictures of one frame each, of device a, one an hour; an alarm for each second one. */
static void add_pictures(ln_store *store, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        add(store, "a", "s", (int)i, "one", NOW + i * HOUR);
        ln_work work = take(store, NOW + i * HOUR);
        assert_int_equal(finish_as_picture(store, &work, work.frames[0].id, 1, i % 2, NOW + i * HOUR, NULL),
                         LN_DB_DONE);
        ln_work_free(&work);
    }
}

static void deliver_all(ln_store *store)
{
    for (ln_outbox_row entry = next(store, NOW + DAY); entry.id; entry = next(store, NOW + DAY)) {
        assert_done(ln_store_delivered(store, &entry, NULL, 0, &error));
        ln_outbox_free(&entry);
    }
}

static size_t forget(ln_store *store, uint64_t before_ms, size_t most, int keep_alarms)
{
    size_t deleted;
    assert_done(ln_store_forget(store, before_ms, most, keep_alarms, &deleted, &error));
    return deleted;
}

static void old_pictures_are_forgotten(void **state)
{
    ln_store *store = new_store();
    (void)state;
    add_pictures(store, 8);
    deliver_all(store);
    assert_int_equal(forget(store, NOW, 10, 0), 0);
    assert_int_equal(forget(store, NOW + 4 * HOUR, 1, 0), 2); /* one with an alarm, and one without */
    assert_int_equal(query("SELECT min(id) FROM picture"), 3);
    assert_int_equal(query("SELECT min(id) FROM frame"), 3);
    assert_int_equal(query("SELECT count(*) FROM outbox"), 6);
    assert_int_equal(forget(store, NOW + 4 * HOUR, 3, 0), 2);
    assert_int_equal(query("SELECT count(*) FROM picture"), 4);
    assert_int_equal(query("SELECT count(*) FROM frame"), 4);
    assert_int_equal(query("SELECT count(*) FROM alarm"), 4);
    ln_store_close(store);
}

static void pictures_of_alarms_can_stay(void **state)
{
    ln_store *store = new_store();
    (void)state;
    add_pictures(store, 8);
    deliver_all(store);
    assert_int_equal(forget(store, NOW + DAY, 3, 1), 3);
    assert_int_equal(forget(store, NOW + DAY, 3, 1), 1);
    assert_int_equal(forget(store, NOW + DAY, 3, 1), 0);
    assert_int_equal(query("SELECT count(*) FROM frame"), 4);
    assert_int_equal(query("SELECT min(id) FROM picture"), 2);
    assert_int_equal(query("SELECT count(*) FROM outbox"), 8);
    ln_store_close(store);
}

static void what_is_not_delivered_is_not_forgotten(void **state)
{
    ln_store *store = new_store();
    (void)state;
    add_pictures(store, 4);
    assert_int_equal(forget(store, NOW + DAY, 9, 0), 2);
    assert_int_equal(query("SELECT count(*) FROM outbox"), 4);
    deliver_all(store);
    assert_int_equal(forget(store, NOW + DAY, 9, 0), 2);
    assert_int_equal(query("SELECT count(*) FROM outbox"), 0);
    assert_int_equal(query("SELECT count(*) FROM frame"), 0);
    ln_store_close(store);
}

static void frames_of_no_picture_are_forgotten_too(void **state)
{
    ln_store *store = new_store();
    (void)state;
    add(store, "a", "s", 1, "stray", NOW);
    assert_int_equal(forget(store, NOW + DAY, 9, 0), 0);
    assert_int_equal(query("SELECT count(*) FROM frame"), 1); /* nobody has looked at it */
    ln_work work = take(store, NOW);
    finish_without(store, &work, NOW);
    add(store, "b", "s", 1, "of an open picture", NOW);
    work = take(store, NOW);
    assert_int_equal(finish_as_picture(store, &work, 1, 0, 0, NOW, NULL), LN_DB_DONE);
    ln_work_free(&work);
    add(store, "b", "s", 2, "perhaps of it too", NOW + 1);
    work = take(store, NOW + 1);
    finish_without(store, &work, NOW + 1);
    assert_int_equal(forget(store, NOW + DAY, 9, 0), 1);
    assert_int_equal(query("SELECT count(*) FROM frame"), 2);
    assert_int_equal(query("SELECT max(id) FROM frame"), 2);
    ln_store_close(store);
}

static void delete_picture(ln_store *store, int64_t id, int is_there)
{
    int found;
    assert_done(ln_store_delete(store, ln_store_device("net", "a"), id, NOW + DAY, &found, &error));
    assert_int_equal(found, is_there);
}

static void a_picture_is_deleted_whatever_its_age(void **state)
{
    ln_store *store = new_store();
    (void)state;
    add_pictures(store, 4);
    ln_outbox_row entry = next(store, NOW + DAY);
    assert_done(ln_store_delivered(store, &entry, NULL, 0, &error));
    ln_outbox_free(&entry);
    const int64_t id = query("SELECT min(picture) FROM outbox WHERE done = 1");
    delete_picture(store, id, 1);
    delete_picture(store, id, 0);
    delete_picture(store, 0, 0);
    assert_int_equal(query("SELECT count(*) FROM picture"), 3);
    assert_int_equal(query("SELECT count(*) FROM frame"), 3);
    assert_int_equal(query("SELECT count(*) FROM alarm"), 2);
    assert_int_equal(query("SELECT count(*) FROM outbox WHERE done = 1"), 0);
    assert_int_equal(query("SELECT count(*) FROM outbox WHERE done = 0"), 3); /* one without its picture */
    assert_int_equal(query("SELECT count(*) FROM outbox WHERE picture = 0"), 1);
    deliver_all(store);
    assert_int_equal(forget(store, NOW + 2 * DAY, 9, 1), 3); /* the delivery, too */
    assert_int_equal(query("SELECT count(*) FROM outbox"), 2);
    ln_store_close(store);
}

/* A worker that looks at a picture meanwhile does not bring it back. */
static void a_picture_that_a_worker_has_is_deleted_too(void **state)
{
    ln_store *store = new_store();
    (void)state;
    add(store, "a", "s", 1, "one", NOW);
    ln_work work = take(store, NOW);
    assert_int_equal(finish_as_picture(store, &work, 1, 0, 0, NOW, NULL), LN_DB_DONE);
    ln_work_free(&work);
    add(store, "a", "s", 2, "two", NOW + 1);
    work = take(store, NOW + 1);
    assert_int_equal(work.count, 2);
    delete_picture(store, 1, 1);
    assert_int_equal(finish_as_picture(store, &work, 1, 1, 1, NOW + 2, NULL), LN_DB_LOST);
    ln_work_free(&work);
    assert_int_equal(query("SELECT count(*) FROM picture"), 0);
    assert_int_equal(query("SELECT count(*) FROM alarm"), 0);
    work = take(store, NOW + DAY); /* at once, not when the lease is over */
    assert_int_equal(work.count, 1);
    assert_int_equal(work.frames->id, 2);
    ln_work_free(&work);
    ln_store_close(store);
}

/* Alarms without a picture (silent, battery) leave nothing but their records. */
static void deliveries_without_a_picture_are_forgotten_too(void **state)
{
    static const char *const targets[] = {"mail", "web"};
    ln_store *store = new_store();
    (void)state;
    add(store, "a", "s", 1, "one", NOW);
    ln_work work = take(store, NOW);
    const ln_alarm_row alarm = {"quiet", 1, 0, NOW, NULL, 0, "{}", targets, 2};
    const ln_found found = {.alarms = &alarm, .alarm_count = 1};
    assert_done(ln_store_finish(store, &work, &found, NOW, NULL, &error));
    ln_work_free(&work);
    ln_outbox_row mail = next(store, NOW), web = next(store, NOW);
    assert_done(ln_store_delivered(store, &mail, "no", UINT64_MAX, &error));
    forget(store, NOW + LEASE, 9, 1);
    assert_int_equal(query("SELECT count(*) FROM outbox"), 2);
    forget(store, NOW + LEASE + 1, 9, 1);
    assert_int_equal(query("SELECT count(*) FROM outbox WHERE done = 0"), 1); /* still to be delivered */
    assert_int_equal(query("SELECT count(*) FROM outbox"), 1);
    assert_done(ln_store_delivered(store, &web, NULL, 0, &error));
    assert_int_equal(forget(store, NOW + LEASE + 1, 9, 1), 1);
    assert_int_equal(query("SELECT count(*) FROM alarm"), 1);
    ln_outbox_free(&mail);
    ln_outbox_free(&web);
    ln_store_close(store);
}

/* What has failed is no reason to keep a picture. */
static void failed_deliveries_go_with_their_picture(void **state)
{
    ln_store *store = new_store();
    (void)state;
    add_pictures(store, 2);
    for (ln_outbox_row entry = next(store, NOW + DAY); entry.id; entry = next(store, NOW + DAY)) {
        assert_done(ln_store_delivered(store, &entry, "no", UINT64_MAX, &error));
        ln_outbox_free(&entry);
    }
    assert_int_equal(query("SELECT count(*) FROM outbox"), 2);
    assert_int_equal(forget(store, NOW + DAY, 9, 0), 2);
    assert_int_equal(query("SELECT count(*) FROM outbox"), 0);
    ln_store_close(store);
}

static void the_size_is_that_of_what_is_kept(void **state)
{
    ln_store *store = new_store();
    static ln_uplink frames[3000];
    static uint8_t is_new[3000];
    uint64_t before, after;
    (void)state;
    assert_done(ln_store_size(store, &before, &error));
    for (unsigned i = 0; i < 3000; i++) {
        frames[i] = frame_of("a", "s", (int)i, "");
        frames[i].size = 200;
    }
    assert_done(ln_store_add(store, "net", frames, 3000, NOW, is_new, &error));
    assert_done(ln_store_size(store, &after, &error));
    assert_true(before > 0 && after > before + 3000 * 200 && after < before + 3000 * 200 * 5);
    ln_work work = take(store, NOW);
    finish_without(store, &work, NOW);
    forget(store, NOW + DAY, 3000, 0);
    assert_int_equal(query("SELECT count(*) FROM frame"), 0);
    assert_done(ln_store_size(store, &before, &error));
    if (!getenv("LN_TEST_DATABASE")) /* PostgreSQL gives room back later */
        assert_true(before < after - 3000 * 200);
    ln_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_pictures_are_forgotten),
        cmocka_unit_test(pictures_of_alarms_can_stay),
        cmocka_unit_test(what_is_not_delivered_is_not_forgotten),
        cmocka_unit_test(frames_of_no_picture_are_forgotten_too),
        cmocka_unit_test(a_picture_is_deleted_whatever_its_age),
        cmocka_unit_test(a_picture_that_a_worker_has_is_deleted_too),
        cmocka_unit_test(deliveries_without_a_picture_are_forgotten_too),
        cmocka_unit_test(failed_deliveries_go_with_their_picture),
        cmocka_unit_test(the_size_is_that_of_what_is_kept),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
