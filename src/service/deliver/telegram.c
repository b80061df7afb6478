/* Telegram's bots: https://core.telegram.org/bots/api, sendPhoto and sendMessage. */
#include "service/deliver/curl.h"

#include <stdlib.h>
#include <string.h>

#define MOST_CAPTION 1024 /* characters; bytes are never fewer */

static void prepare(ln_transfer *t, const ln_parcel *parcel)
{
    const ln_target *target = parcel->target;
    size_t base = strlen(target->url), length = ln_deliver_cut(parcel->line, MOST_CAPTION);
    ln_text url = {0};
    while (base > 0 && target->url[base - 1] == '/')
        base--;
    ln_text_add(&url, "%.*s/bot%s/%s", (int)base, target->url, target->token,
                parcel->picture ? "sendPhoto" : "sendMessage");
    t->failed |= url.failed;
    if (!url.failed)
        ln_transfer_check(t, curl_easy_setopt(t->curl, CURLOPT_URL, url.bytes));
    ln_transfer_add_part(t, "chat_id", target->chat, strlen(target->chat), NULL, NULL);
    ln_transfer_add_part(t, parcel->picture ? "caption" : "text", parcel->line, length, NULL, NULL);
    if (parcel->picture)
        ln_transfer_add_part(t, "photo", parcel->picture, parcel->size, parcel->type, parcel->file);
    free(url.bytes);
}

/* Telegram says in its answer, not in a header, how long to wait. */
static void read_wait(const ln_transfer *t, ln_delivery *delivery)
{
    json_t *answer = json_loadb(t->answer, t->answer_size, 0, NULL);
    json_int_t wait =
        json_integer_value(json_object_get(json_object_get(answer, "parameters"), "retry_after"));
    json_decref(answer);
    if (wait > 0)
        delivery->wait_ms = (uint64_t)(wait < LN_DELIVER_MOST_WAIT ? wait : LN_DELIVER_MOST_WAIT) * 1000;
}

void ln_deliver_telegram(const ln_parcel *parcel, ln_delivery *delivery)
{
    ln_transfer transfer;
    ln_transfer_begin(&transfer, parcel, "http,https");
    if (!transfer.failed)
        prepare(&transfer, parcel);
    ln_transfer_send_http(&transfer, parcel, delivery);
    if (delivery->fate == LN_DELIVER_AGAIN)
        read_wait(&transfer, delivery);
    ln_transfer_end(&transfer);
}
