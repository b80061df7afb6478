/* What the files of the page share. */
#ifndef LN_SERVICE_PAGE_PAGE_OWN_H
#define LN_SERVICE_PAGE_PAGE_OWN_H

#include "service/pictures/gallery.h"
#include "service/page/desk.h"
#include "service/page/download.h"
#include "service/page/html.h"
#include "service/page/live.h"
#include "service/page/page.h"
#include "service/page/store_page.h"

#define LN_PAGE_ITEMS 50 /* of a list that stand on a page */

/* A request that is answered by a desk: it stays until that is done. */
typedef struct ln_visit {
    ln_page *page;
    ln_visitor visitor;
    ln_web_request request;       /* path, query and body; of the headers only Content-Type */
    char live[LN_LIVE_MARK];      /* holds since before the store is read */
    ln_download *download;        /* of an export; null: it is none */
    int (*is_gone)(void *server); /* whether nobody waits any more */
    void *server;
} ln_visit;

/* Makes the answer to a request. */
typedef void ln_page_show(const ln_visit *visit, ln_store *store, ln_web_answer *answer);

/* Copies a request for a desk and gives it that.
 *   download   the visit's from now on; null: it is no export */
void ln_visit_give(ln_page *page, ln_desk *desk, ln_page_show *how, const ln_web_request *request,
                   const ln_visitor *visitor, ln_download *download, ln_web_answer *answer);

ln_page_show ln_page_cameras, ln_page_camera, ln_page_picture, ln_page_picture_png, ln_page_alarms,
    ln_page_judge, ln_page_search, ln_page_ask_to_delete, ln_page_delete, ln_page_export;

ln_gallery *ln_page_gallery(const ln_page *page);

/* PNG files that were made last; of the desk for pictures alone. */
typedef struct ln_cache ln_cache;
ln_cache *ln_page_cache(const ln_page *page);

ln_live *ln_page_live(const ln_page *page);

const ln_service_settings *ln_page_settings(const ln_page *page);

/* Whether the service begins to end: nobody is to wait for long work any more. */
int ln_page_is_ending(const ln_page *page);

/* ---- Answers --------------------------------------------------------------------------------- */

/* Begins a page of HTML in the answer's body. */
void ln_page_begin(const ln_visit *visit, ln_web_answer *answer, const char *title, const char *here,
                   const char *watch);

/* Says what is wrong, as a page with nothing else. */
void ln_page_refuse(ln_web_answer *answer, const ln_visitor *visitor, unsigned status, const char *why);

/* The same for a store that failed, which the log says too. */
void ln_page_fail(const ln_visit *visit, ln_web_answer *answer, const ln_error *error);

/* Unix time, milliseconds. */
uint64_t ln_page_clock_ms(void);

/* ---- Addresses ------------------------------------------------------------------------------- */

/* Reads a whole number; 0 if there is none, or another text. */
int64_t ln_page_number(const char *text);

/* A number of the query, as above. */
int64_t ln_page_query_number(const ln_visit *visit, const char *name);

#define LN_PAGE_PICTURE "/picture/"
#define LN_PAGE_DELETE "/delete/"

/* The numbers of a picture's address: `begin`, DEVICE/ID, `end`. Returns 0 if the path is another one. */
int ln_page_key(const char *path, const char *begin, const char *end, int64_t *device, int64_t *id);

/* What the fields of a search ask for, as they came. */
typedef struct ln_asked {
    char source[40], device[100], label[100], score[8], from[24], to[24], alarms[4];
} ln_asked;

void ln_asked_read(ln_asked *asked, const ln_web_request *request);

/* The search; it points into `asked`. */
ln_search ln_asked_search(const ln_asked *asked);

/* Adds them as a part of a query, in HTML: NAME=VALUE&amp; each. */
void ln_asked_add(ln_text *out, const ln_asked *asked);

/* ---- Parts of pages -------------------------------------------------------------------------- */

void ln_page_camera_link(ln_text *out, const char *source, const char *name);

/* The picture as a link to its page. */
void ln_page_thumbnail(ln_text *out, int64_t device, const char *name, const ln_listed *picture);

/* What was seen, how much came, and whether more may come. */
void ln_page_picture_facts(ln_text *out, const ln_listed *picture);

/* When a camera was heard, its link, its battery and what waits, as entries of a <dl>. */
void ln_page_camera_facts(ln_text *out, const ln_camera *camera);

/* Pictures as a list. */
void ln_page_list(ln_text *out, const ln_list *list, size_t count);

/* An alarm, with the buttons of a visitor who may judge.
 *   back   address of this page, where the buttons lead */
void ln_page_alarm(ln_text *out, const ln_listed_alarm *alarm, const ln_visit *visit, const char *back);

/* The packets of a picture, one bar each. */
void ln_page_strip(ln_text *out, const ln_kept *kept);

#endif
