/* Downlinks through a network's broker: topic and message for a few bytes to a device. */
#ifndef LN_SERVICE_SOURCES_DOWNLINK_H
#define LN_SERVICE_SOURCES_DOWNLINK_H

#include "cloud/text.h"

#include <stdint.h>

#define LN_DOWNLINK_BYTES 16 /* at most */

/* How a network is spoken to. */
typedef enum ln_downlink_form {
    LN_DOWNLINK_NONE, /* there is no way through a broker */
    LN_DOWNLINK_CHIRPSTACK,
    LN_DOWNLINK_CHIRPSTACK_PROTOBUF,
    LN_DOWNLINK_THINGS_STACK
} ln_downlink_form;

typedef struct ln_downlink_device {
    char application[81]; /* as it stands in topics */
    char name[81];        /* as ln_uplink has it */
} ln_downlink_device;

/* That of a name that ln_event_reader_of takes. */
ln_downlink_form ln_downlink_form_of(const char *name);

/* The topic with all uplinks of a network; null: it has no broker. */
const char *ln_downlink_uplinks(ln_downlink_form form);

/* Finds the device in the topic of one of its uplinks. Returns 0 if the topic is none of them. */
int ln_downlink_parse(ln_downlink_form form, const char *topic, ln_downlink_device *device);

/* Makes topic and message of a downlink.
 *   port    1..223
 *   size    1..LN_DOWNLINK_BYTES
 *   topic, message   the caller's to free
 * Errors: LN_ERR_MEMORY. */
ln_status ln_downlink_make(ln_downlink_form form, const ln_downlink_device *device, unsigned port,
                           const uint8_t *bytes, size_t size, ln_text *topic, ln_text *message);

#endif
