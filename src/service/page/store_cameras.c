/* Cameras, with what the page says of each. */
#include "service/sources/counter.h"
#include "service/page/store_page.h"
#include "service/store/own.h"

#include <limitnet/link.h>

#include <stdlib.h>

#define DEVICE "SELECT device, source, name, heard_ms, version - seen FROM device"

static const char ALL[] = DEVICE " WHERE (source, name) > ($1, $2) ORDER BY source, name LIMIT $3";
static const char ONE[] = DEVICE " WHERE device = $1";

static const char NEWEST[] = "SELECT id, last_ms, packets, bytes, final, label, score FROM picture"
                             " WHERE device = $1 ORDER BY id DESC LIMIT 1";

/* In the order in which they came, as a loss meter wants them. */
static const char FRAMES[] = "SELECT counter_bits, counter, battery FROM"
                             " (SELECT id, counter_bits, counter, battery FROM frame WHERE device = $1"
                             " ORDER BY id DESC LIMIT $2) AS last ORDER BY id";

static const char AIRTIME[] = "SELECT CAST(sum(airtime_us) AS BIGINT) FROM"
                              " (SELECT airtime_us, time_ms FROM frame"
                              " WHERE device = $1 ORDER BY id DESC LIMIT $2) AS last WHERE time_ms >= $3";

typedef struct reading {
    ln_cameras *cameras;
    int failed;
} reading;

static void take_device(void *context, const ln_db_value *values, size_t count)
{
    reading *r = context;
    ln_camera *items = realloc(r->cameras->items, (r->cameras->count + 1) * sizeof *items);
    (void)count;
    if (!items) {
        r->failed = 1;
        return;
    }
    r->cameras->items = items;
    items[r->cameras->count++] = (ln_camera){
        .device = values[0].integer,
        .source = ln_store_copy(&values[1], &r->failed),
        .name = ln_store_copy(&values[2], &r->failed),
        .heard_ms = (uint64_t)values[3].integer,
        .waiting = (uint64_t)values[4].integer,
        .battery = LN_NO_BATTERY,
    };
}

typedef struct newest {
    ln_listed *picture;
    int failed;
} newest;

static void take_newest(void *context, const ln_db_value *values, size_t count)
{
    newest *n = context;
    (void)count;
    *n->picture = (ln_listed){
        .id = values[0].integer,
        .last_ms = (uint64_t)values[1].integer,
        .packets = (uint32_t)values[2].integer,
        .bytes = (uint32_t)values[3].integer,
        .final = (int)values[4].integer,
        .label = ln_store_copy(&values[5], &n->failed),
        .score = (int)values[6].integer,
    };
}

typedef struct metering {
    ln_loss_meter meter;
    ln_counter counter;
    int battery;
} metering;

static void take_frame(void *context, const ln_db_value *values, size_t count)
{
    metering *m = context;
    (void)count;
    if (values[0].integer)
        ln_loss_meter_add(&m->meter, ln_counter_take(&m->counter, (unsigned)values[0].integer,
                                                     (uint32_t)values[1].integer));
    if (values[2].integer != LN_NO_BATTERY)
        m->battery = (int)values[2].integer;
}

/* Adds the newest picture and what the last frames tell. */
static ln_db_result complete(ln_store *store, ln_camera *camera, reading *r, ln_error *error)
{
    const ln_db_value values[] = {ln_db_integer(camera->device), ln_db_integer(LN_METER_FRAMES)};
    newest n = {&camera->newest, 0};
    metering m = {.battery = LN_NO_BATTERY};
    ln_db_result result = ln_db_run(store->db, NEWEST, values, 1, take_newest, &n, NULL, error);
    if (result == LN_DB_DONE)
        result = ln_db_run(store->db, FRAMES, values, 2, take_frame, &m, NULL, error);
    r->failed |= n.failed;
    camera->battery = m.battery;
    camera->frames = ln_loss_meter_frames(&m.meter);
    for (unsigned i = 0; i < camera->frames; i++)
        camera->lost += !(m.meter.came >> i & 1);
    return result;
}

static ln_db_result list(ln_store *store, const char *sql, const ln_db_value *values, size_t count,
                         ln_cameras *cameras, ln_error *error)
{
    reading r = {.cameras = cameras};
    *cameras = (ln_cameras){0};
    ln_db_result result = ln_db_run(store->db, sql, values, count, take_device, &r, NULL, error);
    for (size_t i = 0; i < cameras->count && result == LN_DB_DONE; i++)
        result = complete(store, &cameras->items[i], &r, error);
    if (result == LN_DB_DONE && r.failed) {
        ln_fail_memory(error);
        result = LN_DB_FAILED;
    }
    if (result != LN_DB_DONE)
        ln_cameras_free(cameras);
    return result;
}

ln_db_result ln_store_cameras(ln_store *store, const char *after_source, const char *after_name, size_t most,
                              ln_cameras *cameras, ln_error *error)
{
    const ln_db_value values[] = {ln_db_text(after_source), ln_db_text(after_name),
                                  ln_db_integer((int64_t)most)};
    return list(store, ALL, values, 3, cameras, error);
}

ln_db_result ln_store_camera(ln_store *store, int64_t device, ln_cameras *cameras, ln_error *error)
{
    const ln_db_value values[] = {ln_db_integer(device)};
    return list(store, ONE, values, 1, cameras, error);
}

void ln_cameras_free(ln_cameras *cameras)
{
    for (size_t i = 0; i < cameras->count; i++) {
        free(cameras->items[i].source);
        free(cameras->items[i].name);
        free(cameras->items[i].newest.label);
    }
    free(cameras->items);
    *cameras = (ln_cameras){0};
}

ln_db_result ln_store_airtime(ln_store *store, int64_t device, uint64_t since_ms, uint64_t *airtime_us,
                              ln_error *error)
{
    int64_t sum = 0;
    ln_db_result result = ln_db_run(store->db, AIRTIME,
                                    LN_DB_VALUES(ln_db_integer(device), ln_db_integer(LN_AIRTIME_FRAMES),
                                                 ln_db_integer((int64_t)since_ms)),
                                    ln_store_take_integer, &sum, NULL, error);
    *airtime_us = (uint64_t)sum;
    return result;
}
