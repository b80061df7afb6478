/* A picture: large, with its packets, what was seen in it, and how it looked before. */
#include "service/worker/answer.h"
#include "service/page/cache.h"
#include "service/web/form.h"
#include "service/page/page_own.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The page -------------------------------------------------------------------------------- */

typedef struct shown {
    ln_kept kept;
    ln_cameras camera;
    ln_alarms alarms;
    uint32_t symbols; /* of a whole one; 0: its model is not there */
    size_t packets;   /* that are shown */
    int mark;
    char path[64]; /* of the page */
} shown;

static ln_db_result read_all(const ln_visit *visit, ln_store *store, int64_t device, int64_t id, shown *s,
                             ln_error *error)
{
    ln_db_result result = ln_store_picture(store, device, id, &s->kept, error);
    if (result == LN_DB_DONE && s->kept.picture.row.id)
        result = ln_store_camera(store, device, &s->camera, error);
    if (result == LN_DB_DONE && s->camera.count)
        result = ln_store_alarms_of(store, device, id, &s->alarms, error);
    if (result == LN_DB_DONE && s->camera.count)
        ln_gallery_symbols(ln_page_gallery(visit->page), s->kept.picture.row.model, &s->symbols, NULL);
    snprintf(s->path, sizeof s->path, LN_PAGE_PICTURE "%" PRId64 "/%" PRId64, device, id);
    return result;
}

static void free_all(shown *s)
{
    ln_kept_free(&s->kept);
    ln_cameras_free(&s->camera);
    ln_alarms_free(&s->alarms);
}

/* How many packets are shown: those that are asked for, or all. */
static size_t packets_of(const ln_visit *visit, size_t count)
{
    const int64_t asked = ln_page_query_number(visit, "packets");
    return asked > 0 && (uint64_t)asked < count ? (size_t)asked : count;
}

/* Without a wish, marks are shown until nothing is made up. A form with `packets` that lacks `mark` is one
 * whose box is not ticked. */
static int is_marked(const ln_visit *visit, const shown *s)
{
    char text[24];
    if (ln_query_field(&visit->request, "packets", text, sizeof text))
        return ln_query_field(&visit->request, "mark", text, sizeof text) && strcmp(text, "0") != 0;
    return !s->symbols || s->kept.picture.row.seen < s->symbols;
}

static void add_figure(ln_text *out, const shown *s)
{
    const ln_picture_row *row = &s->kept.picture.row;
    ln_text_add(out,
                "<figure id=\"view\" data-part>\n"
                "<img id=\"picture\" src=\"%s.png?packets=%zu&amp;mark=%d\" width=\"448\" height=\"448\" "
                "alt=\"Picture %" PRId64 " of ",
                s->path, s->packets, s->mark, row->id);
    ln_html_text(out, s->camera.items->name);
    ln_text_add(out, " as far as it has come: ");
    ln_html_text(out, row->label ? row->label : "nothing seen");
    ln_text_add(out, "\">\n<figcaption>Marked: where it is hatched, no fine detail has come, and what shows "
                     "there is made up from coarse values. The paler it is, the fewer of its symbols have "
                     "come.</figcaption>\n");
    ln_text_add(out,
                "<form id=\"steps\" method=\"get\" data-picture=\"%s.png\">\n"
                "<p><label for=\"packets\">Packets shown</label> "
                "<input type=\"range\" id=\"packets\" name=\"packets\" min=\"1\" max=\"%zu\" value=\"%zu\"> "
                "<output id=\"count\" for=\"packets\">%zu of %zu</output></p>\n",
                s->path, s->kept.count ? s->kept.count : 1, s->packets, s->packets, s->kept.count);
    ln_text_add(out,
                "<p><input type=\"checkbox\" id=\"mark\" name=\"mark\" value=\"1\"%s> "
                "<label for=\"mark\">Mark what was received</label> <button id=\"show\">Show</button></p>\n"
                "</form>\n</figure>\n",
                s->mark ? " checked" : "");
}

static void add_answer(ln_text *out, const ln_picture_row *row)
{
    ln_answer answer = {0};
    if (row->answer && ln_answer_read(&answer, row->answer, NULL) != LN_OK)
        return;
    ln_text_add(out, answer.count ? "<h2>What the vision model sees</h2>\n<ol class=\"answer\">\n" : "");
    for (size_t i = 0; i < answer.count; i++) {
        const int is_class = answer.task == LN_TASK_CLASSIFY;
        const char *label = is_class ? answer.classes[i].label : answer.objects[i].label;
        const float score = is_class ? answer.classes[i].score : answer.objects[i].score;
        ln_text_add(out, "<li>");
        ln_html_label(out, label, ln_answer_points(score));
        ln_text_add(out, "</li>\n");
    }
    ln_text_add(out, answer.count ? "</ol>\n" : "");
    ln_answer_free(&answer);
}

static void add_facts(ln_text *out, const shown *s)
{
    const ln_picture_row *row = &s->kept.picture.row;
    ln_text_add(out, "<section id=\"facts\" data-part aria-label=\"Facts\">\n<p class=\"seen\">");
    ln_html_label(out, row->label, row->score);
    ln_text_add(out, "%s</p>\n<dl>\n<div><dt>Camera</dt><dd>", row->final ? "" : ", so far");
    ln_page_camera_link(out, s->camera.items->source, s->camera.items->name);
    ln_text_add(out, "</dd></div>\n<div><dt>Came</dt><dd>%" PRIu32 " packets, %" PRIu32 " bytes</dd></div>\n",
                row->packets, row->bytes);
    if (s->symbols)
        ln_text_add(out, "<div><dt>Known</dt><dd>%.0f %% of its symbols</dd></div>\n",
                    100.0 * row->seen / s->symbols);
    ln_text_add(out, "<div><dt>First packet</dt><dd>");
    ln_html_time(out, row->first_ms);
    ln_text_add(out, "</dd></div>\n<div><dt>Newest packet</dt><dd>");
    ln_html_time(out, row->last_ms);
    ln_text_add(out, "</dd></div>\n<div><dt>Answer</dt><dd>%s</dd></div>\n</dl>\n",
                row->final ? "final" : "more may come");
    add_answer(out, row);
    ln_text_add(out, "</section>\n");
}

static void add_alarms(ln_text *out, const shown *s, const ln_visit *visit)
{
    if (!s->alarms.count)
        return;
    ln_text_add(out, "<section id=\"alarms\" data-part aria-labelledby=\"alarms-heading\">\n"
                     "<h2 id=\"alarms-heading\">Alarms</h2>\n");
    for (size_t i = 0; i < s->alarms.count; i++)
        ln_page_alarm(out, &s->alarms.items[i], visit, s->path);
    ln_text_add(out, "</section>\n");
}

static void add_all(const ln_visit *visit, ln_web_answer *answer, const shown *s)
{
    ln_text *out = &answer->body;
    ln_text title = {0};
    ln_text_add(&title, "Picture %" PRId64 " of %s", s->kept.picture.row.id, s->camera.items->name);
    ln_page_begin(visit, answer, title.bytes, NULL, s->path + strlen(LN_PAGE_PICTURE));
    out->failed |= title.failed;
    free(title.bytes);
    ln_text_add(out, "<div class=\"picture\">\n");
    add_figure(out, s);
    add_facts(out, s);
    ln_text_add(out, "</div>\n<div id=\"strip\" data-part>\n");
    ln_page_strip(out, &s->kept);
    ln_text_add(out, "</div>\n");
    add_alarms(out, s, visit);
    if (visit->visitor.role >= LN_ROLE_ADMIN)
        ln_text_add(out, "<p><a href=\"" LN_PAGE_DELETE "%s\">Delete this picture</a></p>\n",
                    s->path + strlen(LN_PAGE_PICTURE));
    ln_html_end(out);
}

void ln_page_picture(const ln_visit *visit, ln_store *store, ln_web_answer *answer)
{
    int64_t device, id;
    shown s = {0};
    ln_error error = {0};
    const int is_path = ln_page_key(visit->request.path, LN_PAGE_PICTURE, "", &device, &id);
    if (is_path && read_all(visit, store, device, id, &s, &error) != LN_DB_DONE) {
        ln_page_fail(visit, answer, &error);
    } else if (!s.camera.count) {
        ln_page_refuse(answer, &visit->visitor, 404, "There is no such picture.");
    } else {
        s.packets = packets_of(visit, s.kept.count);
        s.mark = is_marked(visit, &s);
        add_all(visit, answer, &s);
    }
    free_all(&s);
}

/* ---- The PNG file ---------------------------------------------------------------------------- */

static void send_png(ln_web_answer *answer, const uint8_t *png, size_t size)
{
    answer->type = "image/png";
    answer->body.bytes = malloc(size ? size : 1);
    answer->body.failed = !answer->body.bytes;
    if (answer->body.bytes)
        memcpy(answer->body.bytes, png, size);
    answer->body.size = answer->body.room = size;
}

static void draw(const ln_visit *visit, const ln_kept *kept, const ln_cache_key *key, ln_web_answer *answer)
{
    ln_cache *cache = ln_page_cache(visit->page);
    ln_error error = {0};
    uint8_t *made = NULL;
    size_t size;
    /* Another worker may have seen a person in what one has looked at before. */
    if (kept->picture.row.people)
        ln_cache_forget(cache, key->device, key->id);
    const uint8_t *png = ln_cache_find(cache, key, &size);
    if (!png && ln_gallery_show(ln_page_gallery(visit->page), kept, key->mark, &made, &size, &error) == LN_OK)
        ln_cache_keep(cache, key, made, size);
    if (png || made)
        send_png(answer, png ? png : made, size);
    else
        ln_web_say(answer, 500, error.text);
}

/* Marked unless the query says mark=0: whoever shows a picture without a word shows what was received. */
void ln_page_picture_png(const ln_visit *visit, ln_store *store, ln_web_answer *answer)
{
    int64_t device, id;
    char mark[4];
    ln_kept kept = {0};
    ln_error error = {0};
    const int is_path = ln_page_key(visit->request.path, LN_PAGE_PICTURE, ".png", &device, &id);
    if (is_path && ln_store_picture(store, device, id, &kept, &error) != LN_DB_DONE) {
        ln_page_fail(visit, answer, &error);
    } else if (!kept.count) {
        ln_web_say(answer, 404, "there is no such picture");
    } else {
        ln_kept part = kept; /* frees nothing: `kept` does */
        part.count = packets_of(visit, kept.count);
        const int is_plain = ln_query_field(&visit->request, "mark", mark, sizeof mark) && !strcmp(mark, "0");
        const ln_cache_key key = {
            device, id, (uint32_t)part.count, kept.picture.row.seen, kept.picture.row.model, !is_plain};
        draw(visit, &part, &key, answer);
    }
    ln_kept_free(&kept);
}
