/* Checks of [target NAME]. */
#include "service/settings/read.h"

#include <stdlib.h>
#include <string.h>

#define WEBHOOK (1u << LN_TARGET_WEBHOOK)
#define TELEGRAM (1u << LN_TARGET_TELEGRAM)
#define MAIL (1u << LN_TARGET_MAIL)
#define MQTT (1u << LN_TARGET_MQTT)

static const char *const kinds[] = {"webhook", "telegram", "mail", "mqtt"};

static const struct {
    const char *schemes, *what;
} urls[] = {
    [LN_TARGET_WEBHOOK] = {" http https",
                           "is no http://HOST... or https://HOST... without user and password"},
    [LN_TARGET_TELEGRAM] = {" http https", "is no http://HOST or https://HOST without user and password"},
    [LN_TARGET_MAIL] = {" smtp smtps", "is no smtp://HOST or smtps://HOST without user and password"},
    [LN_TARGET_MQTT] = {" mqtt mqtts", "is no mqtt://HOST or mqtts://HOST without user and password"},
};

static const ln_need needs[] = {
    {"picture", 0, WEBHOOK | TELEGRAM | MAIL | MQTT},
    {"url", WEBHOOK | MAIL | MQTT, TELEGRAM},
    {"ca file", 0, WEBHOOK | TELEGRAM | MAIL | MQTT},
    {"secret", 0, WEBHOOK},
    {"secret file", 0, WEBHOOK},
    {"token", 0, TELEGRAM},
    {"token file", 0, TELEGRAM},
    {"chat", TELEGRAM, 0},
    {"user", 0, MAIL | MQTT},
    {"password", 0, MAIL | MQTT},
    {"password file", 0, MAIL | MQTT},
    {"from", MAIL, 0},
    {"to", MAIL, 0},
    {"topic", MQTT, 0},
};

static ln_status read_secrets(const ln_service_reading *r, const ln_keys *keys, ln_target *t, size_t line)
{
    ln_status status = ln_service_read_secret(r, keys, line, "secret", &t->secret, t->secret_file);
    if (status == LN_OK)
        status = ln_service_read_secret(r, keys, line, "token", &t->token, t->token_file);
    if (status == LN_OK)
        status = ln_service_read_secret(r, keys, line, "password", &t->password, t->password_file);
    return status;
}

/* The token becomes a part of an address. */
static ln_status check_telegram(const ln_service_reading *r, const ln_keys *keys, ln_target *t, size_t line)
{
    static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:_-";
    if (!t->token)
        return ln_service_fail(r, keys, line, "token", "is needed with 'kind = telegram'");
    if (strspn(t->token, characters) != strlen(t->token))
        return ln_service_fail(r, keys, line, "token", "has characters that no token of Telegram's has");
    if (!t->url)
        t->url = strdup("https://api.telegram.org");
    return t->url ? LN_OK : ln_fail_memory(r->error);
}

static int is_mail_address(const char *text)
{
    const char *at = strchr(text, '@');
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 127 || strchr("<>()[]\\,;:\"", *c))
            return 0;
    return at && at > text && at[1] && !strchr(at + 1, '@');
}

static ln_status check_mail(const ln_service_reading *r, const ln_keys *keys, const ln_target *t, size_t line)
{
    static const char what[] = "is no address such as camera@example.org";
    if (!is_mail_address(t->from))
        return ln_service_fail(r, keys, line, "from", what);
    for (uint64_t i = 0; i < t->to_count; i++)
        if (!is_mail_address(t->to[i]))
            return ln_service_fail(r, keys, line, "to", what);
    return LN_OK;
}

static ln_status check_kind(const ln_service_reading *r, const ln_keys *keys, ln_target *t, size_t line)
{
    if (t->kind == LN_TARGET_TELEGRAM)
        return check_telegram(r, keys, t, line);
    if (t->kind == LN_TARGET_MAIL)
        return check_mail(r, keys, t, line);
    if (t->kind == LN_TARGET_MQTT && strpbrk(t->topic, "+#"))
        return ln_service_fail(r, keys, line, "topic", "has a + or #, which only subscribers use");
    return LN_OK;
}

ln_status ln_target_check(const ln_service_reading *r, size_t number)
{
    ln_target *t = &r->settings->targets[number];
    const ln_keys *keys = &r->targets[number];
    size_t line = r->target_line[number];
    ln_status status =
        ln_service_check_needs(r, keys, line, kinds, t->kind, needs, sizeof needs / sizeof *needs);
    if (status == LN_OK)
        status = read_secrets(r, keys, t, line);
    if (status == LN_OK)
        status = check_kind(r, keys, t, line);
    if (status != LN_OK)
        return status;
    if (!ln_service_is_url(t->url, urls[t->kind].schemes))
        return ln_service_fail(r, keys, line, "url", urls[t->kind].what);
    if (t->password && !t->user)
        return ln_service_fail(r, keys, line, "user", "is needed with a password");
    return LN_OK;
}
