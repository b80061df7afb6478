#include "service/sources/webhook.h"

#include "service/log.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const ln_webhook_source *find(const ln_webhooks *hooks, const char *path)
{
    const char *name = path + strlen(LN_WEBHOOK_PATH);
    for (size_t i = 0; i < hooks->count; i++)
        if (!strcmp(hooks->sources[i].source.name, name))
            return &hooks->sources[i];
    return NULL;
}

/* ---- Secrets --------------------------------------------------------------------------------- */

/* In a time that tells nothing of the secret, its length included. */
static int equals_secret(const char *secret, const char *shown, size_t size)
{
    uint8_t a[crypto_generichash_BYTES], b[crypto_generichash_BYTES];
    crypto_generichash(a, sizeof a, (const uint8_t *)secret, strlen(secret), NULL, 0);
    crypto_generichash(b, sizeof b, (const uint8_t *)shown, size, NULL, 0);
    return sodium_memcmp(a, b, sizeof a) == 0;
}

/* The password of Basic authentication. */
static int shows_password(const char *secret, const char *base64)
{
    char text[512];
    size_t size;
    if (sodium_base642bin((uint8_t *)text, sizeof text, base64, strlen(base64), " ", &size, NULL,
                          sodium_base64_VARIANT_ORIGINAL))
        return 0;
    const char *colon = memchr(text, ':', size);
    int equal = colon && equals_secret(secret, colon + 1, size - (size_t)(colon + 1 - text));
    sodium_memzero(text, sizeof text);
    return equal;
}

static int shows_secret(const char *secret, const ln_web_request *request)
{
    const char *authorization = request->header(request->context, "Authorization");
    const char *shown = request->header(request->context, "X-LimitNet-Secret");
    if (shown)
        return equals_secret(secret, shown, strlen(shown));
    if (!authorization)
        return 0;
    if (!strncasecmp(authorization, "Bearer ", 7))
        return equals_secret(secret, authorization + 7, strlen(authorization + 7));
    return !strncasecmp(authorization, "Basic ", 6) && shows_password(secret, authorization + 6);
}

void ln_webhook_admit(void *context, const ln_web_request *request, ln_web_answer *answer)
{
    const ln_webhook_source *source = find(context, request->path);
    if (!source) {
        ln_web_say(answer, 404, "there is no such source");
    } else if (!source->secret || !source->secret[0] || !shows_secret(source->secret, request)) {
        answer->authenticate = "Basic realm=\"limitnet\"";
        ln_web_say(answer, 401, "the secret of this source is missing or wrong");
        ln_log(LN_LOG_WARNING, "a webhook shows no secret or a wrong one",
               LN_LOG_VALUES(LN_LOG_TEXT("source", source->source.name)));
    }
}

/* ---- Answers --------------------------------------------------------------------------------- */

/* A request that waits for the commit of its event. */
typedef struct waiting {
    const ln_webhooks *hooks;
    const ln_webhook_source *source;
    void (*go_on)(void *server);
    void *server;
    ln_intake_event event;
} waiting;

static void say_later(ln_web_answer *answer)
{
    answer->retry_after_s = LN_WEBHOOK_RETRY_S;
    ln_web_say(answer, 503, "the store is away or full: send it again");
}

static void answer_sigfox(const waiting *w, ln_web_answer *answer)
{
    uint8_t bytes[LN_SIGFOX_DOWNLINK];
    char hex[2 * LN_SIGFOX_DOWNLINK + 1];
    const ln_webhooks *hooks = w->hooks;
    const char *device = w->event.read.frame.device;
    answer->status = 204;
    if (w->event.read.taken != LN_TAKEN || !hooks->downlink ||
        !hooks->downlink(hooks->downlink_context, w->source->source.name, device, bytes))
        return;
    answer->status = 200;
    answer->type = "application/json";
    sodium_bin2hex(hex, sizeof hex, bytes, sizeof bytes);
    ln_text_add(&answer->body, "{\"%s\":{\"downlinkData\":\"%s\"}}", device, hex);
}

static void finish(void *work, ln_web_answer *answer)
{
    waiting *w = work;
    ln_taken taken = w->event.read.taken;
    if (taken == LN_LATER)
        say_later(answer);
    else if (!strcmp(w->source->form, "sigfox"))
        answer_sigfox(w, answer);
    else
        ln_web_say(answer, 200,
                   !strcmp(w->source->form, "short-burst") ? "OK"
                   : taken == LN_TAKEN                     ? "taken"
                                                           : "refused");
    free(w);
}

static void go_on(ln_intake_event *event)
{
    const waiting *w = event->context;
    w->go_on(w->server);
}

void ln_webhook_handle(void *context, const ln_web_request *request, ln_web_answer *answer)
{
    const ln_webhooks *hooks = context;
    waiting *w = malloc(sizeof *w);
    if (!w) {
        say_later(answer);
        return;
    }
    *w = (waiting){.hooks = hooks,
                   .source = find(hooks, request->path),
                   .go_on = request->go_on,
                   .server = request->context};
    w->event.answer = go_on;
    w->event.context = w;
    request->hold(request->context, finish, w);
    ln_intake_give(hooks->intake, &w->event, &w->source->source, request->body, request->size);
}
