/* What the kinds of targets share. */
#ifndef LN_SERVICE_DELIVER_OWN_H
#define LN_SERVICE_DELIVER_OWN_H

#include "service/deliver/deliver.h"

#include "cloud/text.h"

#include <jansson.h>

/* What is to be delivered. */
typedef struct ln_parcel {
    const ln_target *target;
    const ln_outbox_row *entry;
    char id[40];            /* of the delivery: the same at each attempt */
    json_t *body;           /* of the alarm, with the id */
    const char *line;       /* for people */
    const uint8_t *picture; /* null: none */
    size_t size;
    const char *type, *file; /* of the picture: its MIME type, and a name */
} ln_parcel;

/* One function for each kind. */
typedef void ln_deliverer(const ln_parcel *parcel, ln_delivery *delivery);
ln_deliverer ln_deliver_webhook, ln_deliver_telegram, ln_deliver_mail, ln_deliver_mqtt;

/* Says what became of a parcel: "ADDRESS: what", with only the host of the target's address. */
__attribute__((format(printf, 4, 5))) void ln_deliver_say(ln_delivery *delivery, ln_delivery_fate fate,
                                                          const ln_parcel *parcel, const char *format, ...);

/* How many bytes of a text there are room for, without half a character at their end. */
size_t ln_deliver_cut(const char *text, size_t room);

void ln_deliver_no_memory(ln_delivery *delivery);

/* The body with its picture in base64, as JSON: what programs get. Null: no memory. The caller's to free().
 */
char *ln_parcel_json(const ln_parcel *parcel);

#endif
