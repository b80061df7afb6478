/* Deliveries over libcurl. */
#ifndef LN_SERVICE_DELIVER_CURL_H
#define LN_SERVICE_DELIVER_CURL_H

#include "service/deliver/own.h"

#include <curl/curl.h>

#define LN_ANSWER_BYTES 4096

/* A transfer: its handle, what it owns, and the beginning of the answer. */
typedef struct ln_transfer {
    CURL *curl;
    struct curl_slist *headers, *receivers;
    curl_mime *mime;
    char answer[LN_ANSWER_BYTES + 1];
    size_t answer_size, answered; /* bytes that are kept, and all */
    int failed;                   /* 1: something could not be set up */
} ln_transfer;

/* Begins a transfer that is bounded in time, takes only these protocols, and follows nothing. */
void ln_transfer_begin(ln_transfer *transfer, const ln_parcel *parcel, const char *protocols);

/* Notes a failure of curl_easy_setopt and others. */
void ln_transfer_check(ln_transfer *transfer, CURLcode code);

void ln_transfer_add_header(ln_transfer *transfer, const char *name, const char *value);

/* Adds a part to a form or a mail; `type` null: a plain field. */
void ln_transfer_add_part(ln_transfer *transfer, const char *name, const void *bytes, size_t size,
                          const char *type, const char *file);

/* Sends an HTTP request, and says what became of it. */
void ln_transfer_send_http(ln_transfer *transfer, const ln_parcel *parcel, ln_delivery *delivery);

void ln_transfer_end(ln_transfer *transfer);

#endif
