#include "service/source_webhook.h"

#include "service/log.h"

#include <sodium.h>
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
    const char *authorization = request->header(request->header_context, "Authorization");
    const char *shown = request->header(request->header_context, "X-LimitNet-Secret");
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

static void answer_sigfox(const ln_webhooks *hooks, const ln_webhook_source *source, ln_web_answer *answer)
{
    uint8_t bytes[LN_SIGFOX_DOWNLINK];
    char hex[2 * LN_SIGFOX_DOWNLINK + 1];
    const char *device = ln_ingest_device(hooks->ingest);
    answer->status = 204;
    if (!device[0] || !hooks->downlink ||
        !hooks->downlink(hooks->downlink_context, source->source.name, device, bytes))
        return;
    answer->status = 200;
    answer->type = "application/json";
    sodium_bin2hex(hex, sizeof hex, bytes, sizeof bytes);
    ln_text_add(&answer->body, "{\"%s\":{\"downlinkData\":\"%s\"}}", device, hex);
}

void ln_webhook_handle(void *context, const ln_web_request *request, ln_web_answer *answer)
{
    const ln_webhooks *hooks = context;
    const ln_webhook_source *source = find(hooks, request->path);
    ln_taken taken = ln_ingest_take(hooks->ingest, &source->source, request->body, request->size);
    if (taken == LN_LATER) {
        answer->retry_after_s = LN_WEBHOOK_RETRY_S;
        ln_web_say(answer, 503, "the store is away or full: send it again");
    } else if (!strcmp(source->form, "sigfox")) {
        answer_sigfox(hooks, source, answer);
    } else {
        ln_web_say(answer, 200,
                   !strcmp(source->form, "short-burst") ? "OK"
                   : taken == LN_TAKEN                  ? "taken"
                                                        : "refused");
    }
}
