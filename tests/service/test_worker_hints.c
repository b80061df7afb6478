/* The worker: what it tells cameras, and when that is worth a downlink. Runs against SQLite, and against
 * PostgreSQL (postgres.sh). */
#include "service/support_worker.h"

#include <limitnet/link.h>

static ln_store *store;
static ln_worker *worker;
static uint64_t now;
static unsigned next_number;

static void begin(float sure)
{
    ln_worker_config config = how;
    config.hints = 1;
    config.sure = sure;
    store = new_store();
    worker = new_worker(store, &config);
    sky = (air){.seed = 3, .session = {"a"}};
    now = NOW;
    next_number = 7;
}

static void end(void)
{
    ln_worker_close(worker);
    ln_store_close(store);
}

#define AT_ONCE                                                                                              \
    8 /* frames that come before the worker works: one commit for each, on a slow disk, takes long */

static void receive(const air_frame *const *frames, size_t count, size_t at_once)
{
    static ln_uplink uplinks[MOST_FRAMES];
    static uint8_t is_new[MOST_FRAMES];
    for (size_t at = 0, part; at < count; at += part) {
        part = count - at < at_once ? count - at : at_once;
        const uint64_t last_ms = frames[at + part - 1]->time_ms;
        for (size_t i = 0; i < part; i++)
            uplinks[i] = frames[at + i]->uplink;
        assert_done(ln_store_add(store, "net", uplinks, part, last_ms, is_new, &error));
        work(worker, last_ms);
    }
}

/* So many frames go out, of pictures one after the other, and of each `of` the first `lost` do not arrive. */
static void send_frames(unsigned frames, unsigned lost, unsigned of)
{
    sky.count = 0;
    for (unsigned sent = 0, photo = 0; sent < frames; photo = (photo + 1) % PHOTOS) {
        const unsigned first = sky.counter[0];
        const unsigned bytes = (frames - sent) * 51 < 900 ? (frames - sent) * 51 : 900;
        now = send_photo(&sky, 0, photo, next_number++, 0, bytes, now, 1000) + IDLE + 1;
        sent += sky.counter[0] - first;
    }
    arrive_in_order(&sky);
    const air_frame *came[MOST_FRAMES];
    size_t count = 0;
    for (size_t i = 0; i < sky.count; i++)
        if (sky.frames[i].counter % of >= lost)
            came[count++] = &sky.frames[i];
    receive(came, count, AT_ONCE);
}

/* Sends the hint that waits. Returns 0 if none does. */
static int send_hint(ln_feedback *feedback)
{
    const ln_hint_limits any = {0, INT64_MAX};
    char name[LN_DEVICE_NAME + 1];
    uint32_t hint;
    assert_done(ln_store_take_hint(store, ln_store_device("net", "0"), &any, now, name, &hint, &error));
    const uint8_t bytes[] = {(uint8_t)(hint >> 16), (uint8_t)(hint >> 8), (uint8_t)hint};
    if (hint)
        assert_int_equal(ln_feedback_read(feedback, bytes, sizeof bytes), LN_OK);
    return hint != 0;
}

/* ---- Loss ------------------------------------------------------------------------------------ */

static void loss_is_told_once_it_is_known(void **state)
{
    ln_feedback f;
    (void)state;
    begin(LN_WORKER_NEVER);
    send_frames(LN_METER_FRAMES - 1, 1, 4);
    assert_false(send_hint(&f));
    send_frames(8, 1, 4);
    assert_true(send_hint(&f));
    assert_int_equal(f.loss, 64); /* a quarter */
    assert_int_equal(f.enough, 0);
    assert_int_equal(f.picture, next_number - 1);
    assert_true(f.bytes > 0 && f.bytes <= query("SELECT bytes FROM picture ORDER BY id DESC LIMIT 1"));
    end();
}

static void it_is_told_again_when_it_changes(void **state)
{
    ln_feedback f;
    (void)state;
    begin(LN_WORKER_NEVER);
    send_frames(80, 1, 4);
    assert_true(send_hint(&f));
    send_frames(80, 1, 3); /* a twelfth more */
    assert_false(send_hint(&f));
    send_frames(80, 1, 2);
    assert_true(send_hint(&f));
    assert_in_range(f.loss, 64 + 32, 128);
    send_frames(200, 0, 1);
    assert_true(send_hint(&f));
    assert_in_range(f.loss, 0, 96);
    end();
}

/* A downlink may be lost, and a camera begin anew. */
static void it_is_told_again_after_a_day(void **state)
{
    ln_feedback f;
    (void)state;
    begin(LN_WORKER_NEVER);
    send_frames(80, 1, 4);
    assert_true(send_hint(&f));
    now += DAY - HOUR;
    send_frames(20, 1, 4);
    assert_false(send_hint(&f));
    now += HOUR;
    send_frames(20, 1, 4);
    assert_true(send_hint(&f));
    assert_int_equal(f.loss, 64);
    end();
}

static void a_counter_that_begins_at_0_again_loses_nothing(void **state)
{
    ln_feedback f;
    (void)state;
    begin(LN_WORKER_NEVER);
    sky.counter_bits[0] = 12;
    sky.counter[0] = 4096 - 40;
    send_frames(84, 1, 4);
    assert_true(send_hint(&f));
    assert_int_equal(f.loss, 64);
    end();
}

/* The meter of a device that joined again begins with its new counter. */
static void after_a_new_session_it_waits_until_it_knows(void **state)
{
    ln_feedback f;
    (void)state;
    begin(LN_WORKER_NEVER);
    sky.counter[0] = 1000;
    send_frames(80, 2, 4);
    assert_true(send_hint(&f));
    sky.counter[0] = 0;
    sky.session[0] = "b";
    send_frames(60, 0, 1);
    assert_false(send_hint(&f));
    send_frames(10, 0, 1);
    assert_true(send_hint(&f));
    assert_int_equal(f.loss, 0);
    end();
}

static void nothing_is_told_without_counters_or_hints(void **state)
{
    ln_feedback f;
    (void)state;
    begin(0);
    sky.uncounted[0] = 1;
    send_frames(80, 0, 1);
    assert_false(send_hint(&f));
    end();
    begin(0);
    ln_worker_close(worker);
    worker = new_worker(store, &how);
    send_frames(80, 0, 1);
    assert_false(send_hint(&f));
    end();
}

/* ---- Enough ---------------------------------------------------------------------------------- */

/* The next picture goes out, so many bytes of it; all arrives. */
static void send_next(unsigned bytes, uint64_t every_ms)
{
    sky.count = 0;
    now = send_photo(&sky, 0, next_number % PHOTOS, next_number, 0, bytes, now, every_ms) + IDLE + 1;
    next_number++;
    arrive_in_order(&sky);
}

/* These of its frames come in. */
static void receive_part(size_t from, size_t until, size_t at_once)
{
    const air_frame *came[MOST_FRAMES];
    for (size_t i = from; i < until; i++)
        came[i - from] = &sky.frames[i];
    receive(came, until - from, at_once);
}

static void a_picture_that_is_sure_is_enough(void **state)
{
    ln_feedback f;
    (void)state;
    begin(0.01f); /* each picture is sure at its first look */
    send_frames(80, 0, 1);
    assert_true(send_hint(&f));
    send_next(900, 1000);
    receive_part(0, sky.count / 2, AT_ONCE);
    assert_true(send_hint(&f));
    assert_int_equal(f.enough, 1);
    assert_int_equal(f.loss, 0);
    assert_int_equal(f.picture, next_number - 1);
    /* More of it comes all the same: the camera did not hear that, and is not told a second time. */
    receive_part(sky.count / 2, sky.count, AT_ONCE);
    assert_false(send_hint(&f));
    send_next(900, 1000);
    receive_part(0, sky.count, AT_ONCE);
    assert_true(send_hint(&f));
    assert_true(f.enough && f.picture == next_number - 1);
    end();
}

static void a_picture_that_has_come_whole_is_not(void **state)
{
    ln_feedback f;
    (void)state;
    begin(0.01f);
    send_frames(80, 0, 1);
    assert_true(send_hint(&f));
    send_next(UINT32_MAX, 1000);
    receive_part(0, sky.count, sky.count);
    assert_int_equal(query("SELECT count(*) FROM picture WHERE final = 0"), 0);
    assert_false(send_hint(&f));
    end();
}

static void a_picture_that_is_not_sure_is_not(void **state)
{
    ln_feedback f;
    (void)state;
    begin(1);
    send_frames(80, 0, 1);
    assert_true(send_hint(&f));
    assert_int_equal(f.enough, 0);
    send_next(900, 1000);
    receive_part(0, sky.count, AT_ONCE);
    assert_false(send_hint(&f));
    send_next(900, DEADLINE / 9); /* its deadline ends it, and the camera goes on */
    receive_part(0, sky.count, 4);
    assert_int_equal(query("SELECT final FROM picture ORDER BY id DESC LIMIT 1"), 1);
    assert_false(send_hint(&f));
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss_is_told_once_it_is_known),
        cmocka_unit_test(it_is_told_again_when_it_changes),
        cmocka_unit_test(it_is_told_again_after_a_day),
        cmocka_unit_test(a_counter_that_begins_at_0_again_loses_nothing),
        cmocka_unit_test(after_a_new_session_it_waits_until_it_knows),
        cmocka_unit_test(nothing_is_told_without_counters_or_hints),
        cmocka_unit_test(a_picture_that_is_sure_is_enough),
        cmocka_unit_test(a_picture_that_has_come_whole_is_not),
        cmocka_unit_test(a_picture_that_is_not_sure_is_not),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
