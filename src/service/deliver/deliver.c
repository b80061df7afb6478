#include "service/deliver/own.h"

#include "host/keys.h"
#include "service/json.h"

#include <curl/curl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_WAIT 5000u
#define LAST_WAIT 3600000u
#define MOST_HOST 60 /* bytes of the host in a message */

uint64_t ln_deliver_wait(unsigned attempts, uint32_t random)
{
    uint64_t wait = FIRST_WAIT;
    for (unsigned i = 1; i < attempts && wait < LAST_WAIT; i++)
        wait *= 2;
    if (wait > LAST_WAIT)
        wait = LAST_WAIT;
    return wait * 3 / 4 + random % (wait / 2 + 1);
}

size_t ln_deliver_cut(const char *text, size_t room)
{
    size_t length = strlen(text);
    if (length <= room)
        return length;
    for (length = room; length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80;)
        length--;
    return length;
}

void ln_deliver_say(ln_delivery *delivery, ln_delivery_fate fate, const ln_parcel *parcel, const char *format,
                    ...)
{
    char what[128];
    ln_text where = {0};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    ln_url_print(&where, parcel->target->url);
    delivery->fate = fate;
    const char *host = where.bytes ? where.bytes : "";
    snprintf(delivery->why, sizeof delivery->why, "%.*s: %s", (int)ln_deliver_cut(host, MOST_HOST), host,
             what);
    free(where.bytes);
}

void ln_deliver_no_memory(ln_delivery *delivery)
{
    delivery->fate = LN_DELIVER_AGAIN;
    snprintf(delivery->why, sizeof delivery->why, "not enough memory");
}

/* ---- Parcels --------------------------------------------------------------------------------- */

static json_t *make_image(const ln_parcel *p)
{
    size_t room = sodium_base64_encoded_len(p->size, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(room);
    if (!text)
        return NULL;
    sodium_bin2base64(text, room, p->picture, p->size, sodium_base64_VARIANT_ORIGINAL);
    json_t *image = json_pack("{ss ss}", "type", p->type, "data", text);
    free(text);
    return image;
}

char *ln_parcel_json(const ln_parcel *p)
{
    json_t *root = json_copy(p->body);
    int failed = !root || (p->picture && json_object_set_new(root, "image", make_image(p)));
    char *text = failed ? NULL : json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(6));
    json_decref(root);
    return text;
}

/* Reads the body, which is what ln_rules_run made. Says what is wrong if it cannot. */
static int open_body(ln_parcel *p, ln_delivery *delivery)
{
    ln_status status = ln_json_read(&p->body, p->entry->body, strlen(p->entry->body));
    p->line = json_string_value(json_object_get(p->body, "text"));
    if (status == LN_ERR_IO || (status == LN_OK && !p->line)) {
        ln_deliver_say(delivery, LN_DELIVER_NEVER, p, "the body of the alarm is damaged");
        return 0;
    }
    if (!p->body || json_object_set_new(p->body, "id", json_string(p->id))) {
        ln_deliver_no_memory(delivery);
        return 0;
    }
    return 1;
}

static void add_picture(ln_parcel *p, const uint8_t *picture, size_t size)
{
    int is_jpeg = size > 2 && picture[0] == 0xff && picture[1] == 0xd8;
    p->picture = picture;
    p->size = size;
    p->type = is_jpeg ? "image/jpeg" : "image/png";
    p->file = is_jpeg ? "picture.jpg" : "picture.png";
}

/* ---- Delivery -------------------------------------------------------------------------------- */

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start_libraries(void)
{
    if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT))
        abort(); /* no random numbers, no network: nothing of the service works */
}

ln_delivery ln_deliver(const ln_target *target, const ln_outbox_row *entry, const uint8_t *picture,
                       size_t size)
{
    static ln_deliverer *const deliverers[] = {
        [LN_TARGET_WEBHOOK] = ln_deliver_webhook,
        [LN_TARGET_TELEGRAM] = ln_deliver_telegram,
        [LN_TARGET_MAIL] = ln_deliver_mail,
        [LN_TARGET_MQTT] = ln_deliver_mqtt,
    };
    ln_parcel parcel = {.target = target, .entry = entry};
    ln_delivery delivery = {0};
    pthread_once(&once, start_libraries);
    snprintf(parcel.id, sizeof parcel.id, "%llx-%llx", (unsigned long long)entry->device,
             (unsigned long long)entry->id);
    if (picture && target->picture)
        add_picture(&parcel, picture, size);
    if (open_body(&parcel, &delivery))
        deliverers[target->kind](&parcel, &delivery);
    json_decref(parcel.body);
    uint64_t wait = ln_deliver_wait(entry->attempts, randombytes_random());
    if (delivery.fate == LN_DELIVER_AGAIN && delivery.wait_ms < wait)
        delivery.wait_ms = wait;
    return delivery;
}
