#include "service/deliver/curl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_SECONDS 10L
#define MOST_ANSWER_BYTES 65536u

void ln_transfer_check(ln_transfer *t, CURLcode code)
{
    t->failed |= code != CURLE_OK;
}

/* Keeps the beginning of the answer, and ends one that goes on and on. */
static size_t take_answer(char *bytes, size_t size, size_t count, void *context)
{
    ln_transfer *t = context;
    size_t all = size * count, room = LN_ANSWER_BYTES - t->answer_size, kept = all < room ? all : room;
    memcpy(t->answer + t->answer_size, bytes, kept);
    t->answer_size += kept;
    t->answered += all;
    return t->answered > MOST_ANSWER_BYTES ? 0 : all;
}

#define SET(option, value) ln_transfer_check(t, curl_easy_setopt(t->curl, option, value))

void ln_transfer_begin(ln_transfer *t, const ln_parcel *parcel, const char *protocols)
{
    *t = (ln_transfer){.curl = curl_easy_init()};
    t->failed = !t->curl;
    if (t->failed)
        return;
    SET(CURLOPT_PROTOCOLS_STR, protocols);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    SET(CURLOPT_TIMEOUT, (long)LN_DELIVER_SECONDS);
    SET(CURLOPT_NOSIGNAL, 1L); /* other threads must not be interrupted */
    SET(CURLOPT_USERAGENT, "limitnet");
    SET(CURLOPT_WRITEFUNCTION, take_answer);
    SET(CURLOPT_WRITEDATA, (void *)t);
    if (parcel->target->ca_file)
        SET(CURLOPT_CAINFO, parcel->target->ca_file);
}

void ln_transfer_add_header(ln_transfer *t, const char *name, const char *value)
{
    ln_text line = {0};
    ln_text_add(&line, "%s: %s", name, value);
    struct curl_slist *headers = line.failed ? NULL : curl_slist_append(t->headers, line.bytes);
    if (headers)
        t->headers = headers;
    t->failed |= !headers;
    free(line.bytes);
}

void ln_transfer_add_part(ln_transfer *t, const char *name, const void *bytes, size_t size, const char *type,
                          const char *file)
{
    if (!t->mime && t->curl)
        t->mime = curl_mime_init(t->curl);
    curl_mimepart *part = t->mime ? curl_mime_addpart(t->mime) : NULL;
    if (!part) {
        t->failed = 1;
        return;
    }
    ln_transfer_check(t, curl_mime_data(part, bytes, size));
    if (name)
        ln_transfer_check(t, curl_mime_name(part, name));
    if (type)
        ln_transfer_check(t, curl_mime_type(part, type));
    if (file)
        ln_transfer_check(t, curl_mime_filename(part, file));
    if (!name) /* a part of a mail, which some relays take with 7 bits only */
        ln_transfer_check(t, curl_mime_encoder(part, file ? "base64" : "quoted-printable"));
}

static void judge(const ln_transfer *t, const ln_parcel *parcel, ln_delivery *delivery)
{
    long code = 0;
    curl_off_t wait = 0;
    curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &code);
    curl_easy_getinfo(t->curl, CURLINFO_RETRY_AFTER, &wait);
    if (code >= 200 && code < 300) {
        delivery->fate = LN_DELIVERED;
        return;
    }
    if (code >= 300 && code < 400) {
        ln_deliver_say(delivery, LN_DELIVER_NEVER, parcel,
                       "answers %ld, and redirections are not followed: give the new address", code);
        return;
    }
    int later = code >= 500 || code == 408 || code == 425 || code == 429;
    ln_deliver_say(delivery, later ? LN_DELIVER_AGAIN : LN_DELIVER_NEVER, parcel, "answers %ld", code);
    if (wait > 0)
        delivery->wait_ms = (uint64_t)(wait < LN_DELIVER_MOST_WAIT ? wait : LN_DELIVER_MOST_WAIT) * 1000;
}

void ln_transfer_send_http(ln_transfer *t, const ln_parcel *parcel, ln_delivery *delivery)
{
    if (t->curl && t->headers)
        SET(CURLOPT_HTTPHEADER, t->headers);
    if (t->curl && t->mime)
        SET(CURLOPT_MIMEPOST, t->mime);
    if (t->failed) {
        ln_deliver_no_memory(delivery);
        return;
    }
    CURLcode code = curl_easy_perform(t->curl);
    if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && t->answered > MOST_ANSWER_BYTES))
        judge(t, parcel, delivery);
    else if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        ln_deliver_say(delivery, LN_DELIVER_NEVER, parcel, "%s", curl_easy_strerror(code));
    else
        ln_deliver_say(delivery, LN_DELIVER_AGAIN, parcel, "%s", curl_easy_strerror(code));
}

void ln_transfer_end(ln_transfer *t)
{
    curl_easy_cleanup(t->curl);
    curl_mime_free(t->mime);
    curl_slist_free_all(t->headers);
    curl_slist_free_all(t->receivers);
}
