/* What the page reads and changes. Runs against SQLite, and against PostgreSQL (postgres.sh). */
#include "service/support_store.h"

#include "service/export/store_export.h"
#include "service/page/store_page.h"

/* A picture of one frame, with an alarm if that is wanted. */
static int64_t keep(ln_store *store, const char *device, int counter, int alarm, uint64_t time_ms)
{
    char payload[32];
    snprintf(payload, sizeof payload, "%s %d", device, counter);
    add(store, device, "s", counter, payload, time_ms);
    ln_work work = take(store, time_ms);
    const int64_t id = work.frames[work.count - 1].id;
    work.frames[0].time_ms = time_ms;
    assert_int_equal(finish_as_picture(store, &work, id, 1, alarm, time_ms, NULL), LN_DB_DONE);
    ln_work_free(&work);
    return id;
}

static void cameras(void **state)
{
    ln_store *store = new_store();
    ln_cameras list;
    (void)state;
    keep(store, "a", 1, 0, NOW);
    keep(store, "a", 4, 0, NOW + 1);
    add(store, "b", "s", UNCOUNTED, "one", NOW + 2);
    assert_done(ln_store_cameras(store, "", "", 10, &list, &error));
    assert_int_equal(list.count, 2);
    const ln_camera *a = &list.items[0], *b = &list.items[1];
    assert_string_equal(a->source, "net");
    assert_string_equal(a->name, "a");
    assert_true(a->device == ln_store_device("net", "a"));
    assert_int_equal(a->heard_ms, NOW + 1);
    assert_int_equal(a->waiting, 0);
    assert_int_equal(a->frames, 4);
    assert_int_equal(a->lost, 2);
    assert_int_equal(a->battery, LN_NO_BATTERY);
    assert_int_equal(a->newest.id, 2);
    assert_string_equal(a->newest.label, "cat");
    assert_int_equal(b->waiting, 1);
    assert_int_equal(b->frames, 0);
    assert_int_equal(b->newest.id, 0);
    ln_cameras_free(&list);
    assert_done(ln_store_cameras(store, "net", "a", 10, &list, &error));
    assert_int_equal(list.count, 1);
    assert_string_equal(list.items->name, "b");
    ln_cameras_free(&list);
    assert_done(ln_store_camera(store, 1, &list, &error));
    assert_int_equal(list.count, 0);
    ln_cameras_free(&list);
    ln_store_close(store);
}

static void airtime_and_battery(void **state)
{
    ln_store *store = new_store();
    uint64_t airtime;
    uint8_t is_new;
    ln_cameras list;
    (void)state;
    for (int i = 0; i < 3; i++) {
        ln_uplink frame = frame_of("a", "s", i, "x");
        frame.airtime_us = 1000;
        frame.battery = i == 2 ? LN_NO_BATTERY : 80 - i;
        assert_done(ln_store_add(store, "net", &frame, 1, NOW + (uint64_t)i, &is_new, &error));
    }
    const int64_t device = ln_store_device("net", "a");
    assert_done(ln_store_airtime(store, device, NOW + 1, &airtime, &error));
    assert_int_equal(airtime, 2000);
    assert_done(ln_store_airtime(store, 1, NOW, &airtime, &error));
    assert_int_equal(airtime, 0);
    assert_done(ln_store_camera(store, device, &list, &error));
    assert_int_equal(list.items->battery, 79);
    ln_cameras_free(&list);
    ln_store_close(store);
}

static void alarms_are_judged(void **state)
{
    ln_store *store = new_store();
    ln_alarms open, rest;
    int found;
    (void)state;
    for (int i = 0; i < 3; i++)
        keep(store, "a", i, 1, NOW + (uint64_t)(i / 2)); /* two at the same time */
    assert_done(ln_store_alarms(store, LN_JUDGED_OPEN, NULL, 2, &open, &error));
    assert_int_equal(open.count, 2);
    assert_int_equal(open.items[0].event, 3);
    assert_int_equal(open.items[1].event, 2);
    assert_string_equal(open.items[0].rule, "cats");
    assert_null(open.items[0].by);
    assert_done(ln_store_alarms(store, LN_JUDGED_OPEN, &open.items[1], 2, &rest, &error));
    assert_int_equal(rest.count, 1);
    assert_int_equal(rest.items[0].event, 1);
    ln_alarms_free(&rest);
    const int64_t device = open.items[0].device;
    assert_done(
        ln_store_judge(store, device, "cats", 2, LN_JUDGED_CONFIRMED, "eve", NOW + 9, &found, &error));
    assert_true(found);
    assert_done(ln_store_judge(store, device, "dogs", 2, LN_JUDGED_CONFIRMED, "eve", NOW, &found, &error));
    assert_false(found);
    assert_done(ln_store_alarms(store, LN_JUDGED_CONFIRMED, NULL, 9, &rest, &error));
    assert_int_equal(rest.count, 1);
    assert_string_equal(rest.items->by, "eve");
    assert_int_equal(rest.items->judged_ms, NOW + 9);
    ln_alarms_free(&rest);
    assert_done(ln_store_alarms_of(store, device, 2, &rest, &error));
    assert_int_equal(rest.count, 1);
    assert_int_equal(rest.items->judged, LN_JUDGED_CONFIRMED);
    ln_alarms_free(&rest);
    ln_alarms_free(&open);
    ln_store_close(store);
}

static void alarms_know_whether_their_picture_is_there(void **state)
{
    ln_store *store = new_store();
    ln_alarms alarms;
    int found;
    (void)state;
    keep(store, "a", 1, 1, NOW);
    keep(store, "a", 2, 1, NOW + 1);
    const int64_t device = ln_store_device("net", "a");
    assert_done(ln_store_delete(store, device, 2, NOW + 2, &found, &error));
    assert_done(ln_store_alarms(store, LN_JUDGED_OPEN, NULL, 9, &alarms, &error));
    assert_int_equal(alarms.count, 2);
    assert_int_equal(alarms.items[0].picture, 2);
    assert_false(alarms.items[0].has_picture);
    assert_true(alarms.items[1].has_picture);
    ln_alarms_free(&alarms);
    ln_store_close(store);
}

static size_t count_of(const ln_changes *changes, ln_changed what)
{
    size_t count = 0;
    for (size_t i = 0; i < changes->count; i++)
        count += changes->items[i].what == what;
    return count;
}

static void changes(void **state)
{
    ln_store *store = new_store();
    ln_changes list;
    int found;
    (void)state;
    keep(store, "a", 1, 1, NOW);
    keep(store, "a", 2, 0, NOW + 5);
    keep(store, "b", 1, 0, NOW + 6);
    assert_done(ln_store_changes(store, NOW, 10, &list, &error));
    assert_int_equal(count_of(&list, LN_CHANGED_CAMERA), 2);
    assert_int_equal(count_of(&list, LN_CHANGED_PICTURE), 3);
    assert_int_equal(count_of(&list, LN_CHANGED_ALARM), 1);
    assert_false(list.is_part);
    ln_changes_free(&list);
    assert_done(ln_store_changes(store, NOW + 5, 10, &list, &error));
    assert_int_equal(count_of(&list, LN_CHANGED_PICTURE), 2);
    assert_int_equal(count_of(&list, LN_CHANGED_ALARM), 0);
    ln_changes_free(&list);
    assert_done(ln_store_judge(store, ln_store_device("net", "a"), "cats", 1, LN_JUDGED_REJECTED, "eve",
                               NOW + 7, &found, &error));
    assert_done(ln_store_changes(store, NOW + 7, 10, &list, &error));
    assert_int_equal(list.count, 1);
    assert_int_equal(list.items->what, LN_CHANGED_ALARM);
    assert_int_equal(list.items->state, LN_JUDGED_REJECTED);
    assert_string_equal(list.items->rule, "cats");
    ln_changes_free(&list);
    assert_done(ln_store_changes(store, NOW, 2, &list, &error));
    assert_true(list.is_part);
    ln_changes_free(&list);
    ln_store_close(store);
}

static void search(void **state)
{
    ln_store *store = new_store();
    ln_list list;
    ln_export_part exported;
    (void)state;
    keep(store, "a", 1, 1, NOW);
    keep(store, "b", 1, 0, NOW);
    keep(store, "b", 2, 0, NOW + 60000);
    static const struct {
        ln_search search;
        size_t count;
    } cases[] = {
        {{0}, 3},
        {{.source = "net"}, 3},
        {{.source = "other"}, 0},
        {{.source = "net", .device = "b"}, 2},
        {{.label = "A"}, 3},
        {{.label = "c_t"}, 0},
        {{.label = "%"}, 0},
        {{.label = "\\"}, 0},
        {{.score = 1}, 0},
        {{.only_alarms = 1}, 1},
        {{.from_ms = NOW + 1}, 1},
        {{.to_ms = NOW}, 2},
        {{.to_ms = NOW, .source = "net", .device = "b"}, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_done(ln_store_search(store, &cases[i].search, 10, &list, &error));
        assert_int_equal(list.count, cases[i].count);
        ln_list_free(&list);
        const ln_export_filter filter = {
            .source = cases[i].search.source, .device = cases[i].search.device, .search = &cases[i].search};
        assert_done(ln_store_export(store, &filter, 0, 0, &exported, &error));
        assert_int_equal(exported.count, cases[i].count);
        ln_export_part_free(&exported);
    }
    ln_search behind = {0};
    for (size_t left = 3; left; left--) {
        assert_done(ln_store_search(store, &behind, 10, &list, &error));
        assert_int_equal(list.count, left);
        behind.after_ms = list.items->last_ms;
        behind.after_device = ln_store_device(list.items->source, list.items->device);
        behind.after_id = list.items->id;
        ln_list_free(&list);
    }
    ln_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cameras),           cmocka_unit_test(airtime_and_battery),
        cmocka_unit_test(alarms_are_judged), cmocka_unit_test(alarms_know_whether_their_picture_is_there),
        cmocka_unit_test(changes),           cmocka_unit_test(search),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
