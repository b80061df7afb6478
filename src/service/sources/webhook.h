/* Sources that a network calls over HTTP: POST /hook/NAME. */
#ifndef LN_SERVICE_SOURCES_WEBHOOK_H
#define LN_SERVICE_SOURCES_WEBHOOK_H

#include "service/sources/intake.h"
#include "service/web/web.h"

#define LN_WEBHOOK_PATH "/hook/"
#define LN_WEBHOOK_RETRY_S 10 /* what a network is told if the store is away or full */
#define LN_SIGFOX_DOWNLINK 8  /* bytes */

/* What the answer to an uplink of a Sigfox device carries. Returns whether there is something. */
typedef int ln_webhook_downlink(void *context, const char *source, const char *device,
                                uint8_t bytes[LN_SIGFOX_DOWNLINK]);

typedef struct ln_webhook_source {
    ln_ingest_source source; /* its name is NAME of the path */
    const char *form;        /* as for ln_event_reader_of: sigfox and short-burst have answers of their own */
    const char *secret;      /* what the network must show: Authorization: Bearer SECRET, or
                                X-LimitNet-Secret: SECRET, or Authorization: Basic with it as the password */
} ln_webhook_source;

typedef struct ln_webhooks {
    const ln_webhook_source *sources;
    size_t count;
    ln_intake *intake;
    ln_webhook_downlink *downlink; /* called by the web server's thread; null: none */
    void *downlink_context;
} ln_webhooks;

/* The route of all of them; its context is an ln_webhooks. A request is held until its event is committed, so
 * that many share a commit.
 *
 * Answers 200 if the event is stored or refused for good (sigfox 204, or 200 with a downlink), 503 with
 * Retry-After if it must come again, 401 without the secret, 404 if there is no such source. */
ln_web_handler ln_webhook_admit, ln_webhook_handle;

#endif
