/* A camera and its pictures. */
#include "service/page/page_own.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PATH "/camera/"

/* When the day began, in the time zone of the settings. */
static uint64_t today_ms(void)
{
    const time_t now = time(NULL);
    struct tm day;
    if (!localtime_r(&now, &day))
        return 0;
    day.tm_hour = day.tm_min = day.tm_sec = 0;
    day.tm_isdst = -1;
    return (uint64_t)mktime(&day) * 1000;
}

typedef struct shown {
    ln_cameras camera;
    ln_list pictures;
    uint64_t airtime_us;
} shown;

static ln_db_result read_all(const ln_visit *visit, ln_store *store, int64_t device, shown *s,
                             ln_error *error)
{
    ln_db_result result = ln_store_camera(store, device, &s->camera, error);
    if (result != LN_DB_DONE || !s->camera.count)
        return result;
    const ln_search search = {.source = s->camera.items->source,
                              .device = s->camera.items->name,
                              .after_ms = (uint64_t)ln_page_query_number(visit, "after"),
                              .after_device = device,
                              .after_id = ln_page_query_number(visit, "id")};
    result = ln_store_airtime(store, device, today_ms(), &s->airtime_us, error);
    return result == LN_DB_DONE ? ln_store_search(store, &search, LN_PAGE_ITEMS + 1, &s->pictures, error)
                                : result;
}

static void add_facts(ln_text *out, const shown *s)
{
    ln_text_add(out, "<dl id=\"facts\" data-part>\n<div><dt>Source</dt><dd>");
    ln_html_text(out, s->camera.items->source);
    ln_text_add(out, "</dd></div>\n");
    ln_page_camera_facts(out, s->camera.items);
    if (s->airtime_us)
        ln_text_add(out, "<div><dt>Airtime today</dt><dd>%.1f s</dd></div>\n", (double)s->airtime_us / 1e6);
    ln_text_add(out, "</dl>\n");
}

static void add_all(const ln_visit *visit, ln_web_answer *answer, const shown *s)
{
    const ln_camera *camera = s->camera.items;
    const size_t count = s->pictures.count < LN_PAGE_ITEMS ? s->pictures.count : LN_PAGE_ITEMS;
    ln_text *out = &answer->body;
    char watch[24];
    snprintf(watch, sizeof watch, "%" PRId64, camera->device);
    ln_page_begin(visit, answer, camera->name, NULL, watch);
    add_facts(out, s);
    ln_text_add(out, "<h2>Pictures</h2>\n");
    ln_page_list(out, &s->pictures, count);
    if (s->pictures.count > count)
        ln_text_add(out, "<p><a href=\"?after=%" PRIu64 "&amp;id=%" PRId64 "\">Older pictures</a></p>\n",
                    s->pictures.items[count - 1].last_ms, s->pictures.items[count - 1].id);
    ln_html_end(out);
}

/* The device of /camera/SOURCE/NAME; 0: there is none. */
static int64_t device_of(const char *path)
{
    const char *source = path + strlen(PATH), *slash = strchr(source, '/');
    char *name = slash ? strndup(source, (size_t)(slash - source)) : NULL;
    const int64_t device = name ? ln_store_device(name, slash + 1) : 0;
    free(name);
    return device;
}

void ln_page_camera(const ln_visit *visit, ln_store *store, ln_web_answer *answer)
{
    const int64_t device = device_of(visit->request.path);
    shown s = {0};
    ln_error error = {0};
    if (device && read_all(visit, store, device, &s, &error) != LN_DB_DONE)
        ln_page_fail(visit, answer, &error);
    else if (!s.camera.count)
        ln_page_refuse(answer, &visit->visitor, 404, "There is no such camera.");
    else
        add_all(visit, answer, &s);
    ln_cameras_free(&s.camera);
    ln_list_free(&s.pictures);
}
