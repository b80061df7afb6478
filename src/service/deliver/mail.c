/* Mail over SMTP, with the picture attached. */
#include "service/deliver/curl.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SET(option, value) ln_transfer_check(t, curl_easy_setopt(t->curl, option, value))

/* Names of devices come from networks: in a header they are ASCII, and no line ends. */
static void add_subject(ln_transfer *t, const ln_parcel *parcel)
{
    const char *rule = json_string_value(json_object_get(parcel->body, "rule"));
    const char *device = json_string_value(json_object_get(parcel->body, "device"));
    ln_text subject = {0};
    ln_text_add(&subject, "LimitNet: %s: %s", rule ? rule : "", device ? device : "");
    for (char *c = subject.bytes; c && *c; c++)
        if ((unsigned char)*c < ' ' || (unsigned char)*c >= 127)
            *c = '?';
    t->failed |= subject.failed;
    if (!subject.failed)
        ln_transfer_add_header(t, "Subject", subject.bytes);
    free(subject.bytes);
}

/* The id in Message-ID lets programs that read mail see a repeat. */
static void add_id(ln_transfer *t, const ln_parcel *parcel)
{
    ln_text id = {0};
    ln_text_add(&id, "<%s%s>", parcel->id, strchr(parcel->target->from, '@'));
    t->failed |= id.failed;
    if (!id.failed)
        ln_transfer_add_header(t, "Message-ID", id.bytes);
    free(id.bytes);
}

static void add_date(ln_transfer *t)
{
    char date[48];
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc) && strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &utc))
        ln_transfer_add_header(t, "Date", date);
}

static void add_receivers(ln_transfer *t, const ln_target *target)
{
    ln_text to = {0};
    for (uint64_t i = 0; i < target->to_count; i++) {
        struct curl_slist *receivers = curl_slist_append(t->receivers, target->to[i]);
        if (receivers)
            t->receivers = receivers;
        t->failed |= !receivers;
        ln_text_add(&to, i ? ", %s" : "%s", target->to[i]);
    }
    t->failed |= to.failed;
    if (!to.failed)
        ln_transfer_add_header(t, "To", to.bytes);
    free(to.bytes);
}

static void prepare(ln_transfer *t, const ln_parcel *parcel)
{
    const ln_target *target = parcel->target;
    ln_transfer_add_header(t, "From", target->from);
    add_receivers(t, target);
    add_subject(t, parcel);
    add_date(t);
    add_id(t, parcel);
    ln_transfer_add_header(t, "Auto-Submitted", "auto-generated");
    ln_transfer_add_part(t, NULL, parcel->line, strlen(parcel->line), "text/plain; charset=utf-8", NULL);
    if (parcel->picture)
        ln_transfer_add_part(t, NULL, parcel->picture, parcel->size, parcel->type, parcel->file);
    SET(CURLOPT_URL, target->url);
    SET(CURLOPT_MAIL_FROM, target->from);
    SET(CURLOPT_MAIL_RCPT, t->receivers);
    SET(CURLOPT_HTTPHEADER, t->headers);
    SET(CURLOPT_MIMEPOST, t->mime);
    /* A password never goes over a connection that anyone can read. */
    SET(CURLOPT_USE_SSL, (long)(target->password ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    if (target->user)
        SET(CURLOPT_USERNAME, target->user);
    if (target->password)
        SET(CURLOPT_PASSWORD, target->password);
}

static void send_mail(ln_transfer *t, const ln_parcel *parcel, ln_delivery *delivery)
{
    long answer = 0;
    CURLcode code = curl_easy_perform(t->curl);
    curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &answer);
    if (code == CURLE_OK) {
        delivery->fate = LN_DELIVERED;
        return;
    }
    ln_delivery_fate fate = answer >= 500 && answer < 600 ? LN_DELIVER_NEVER : LN_DELIVER_AGAIN;
    if (answer >= 400)
        ln_deliver_say(delivery, fate, parcel, "answers %ld: %s", answer, curl_easy_strerror(code));
    else
        ln_deliver_say(delivery, fate, parcel, "%s", curl_easy_strerror(code));
}

void ln_deliver_mail(const ln_parcel *parcel, ln_delivery *delivery)
{
    ln_transfer transfer;
    ln_transfer_begin(&transfer, parcel, "smtp,smtps");
    if (!transfer.failed)
        prepare(&transfer, parcel);
    if (transfer.failed)
        ln_deliver_no_memory(delivery);
    else
        send_mail(&transfer, parcel, delivery);
    ln_transfer_end(&transfer);
}
