/* Webhooks: a JSON body, signed if the target has a secret. */
#include "service/deliver/curl.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* HMAC-SHA-256 of the body's bytes, as hex digits. */
static void add_signature(ln_transfer *t, const char *secret, const char *body)
{
    crypto_auth_hmacsha256_state state;
    unsigned char code[crypto_auth_hmacsha256_BYTES];
    char text[7 + 2 * sizeof code + 1] = "sha256=";
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret, strlen(secret));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)body, strlen(body));
    crypto_auth_hmacsha256_final(&state, code);
    sodium_bin2hex(text + 7, sizeof text - 7, code, sizeof code);
    sodium_memzero(&state, sizeof state);
    ln_transfer_add_header(t, "LimitNet-Signature", text);
}

#define SET(option, value) ln_transfer_check(t, curl_easy_setopt(t->curl, option, value))

static void prepare(ln_transfer *t, const ln_parcel *parcel, const char *body)
{
    SET(CURLOPT_URL, parcel->target->url);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body));
    SET(CURLOPT_POSTFIELDS, body);
    ln_transfer_add_header(t, "Content-Type", "application/json");
    ln_transfer_add_header(t, "Idempotency-Key", parcel->id);
    if (parcel->target->secret)
        add_signature(t, parcel->target->secret, body);
}

void ln_deliver_webhook(const ln_parcel *parcel, ln_delivery *delivery)
{
    ln_transfer transfer;
    char *body = ln_parcel_json(parcel);
    ln_transfer_begin(&transfer, parcel, "http,https");
    transfer.failed |= !body;
    if (!transfer.failed)
        prepare(&transfer, parcel, body);
    ln_transfer_send_http(&transfer, parcel, delivery);
    ln_transfer_end(&transfer);
    free(body);
}
