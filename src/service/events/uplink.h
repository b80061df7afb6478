/* A frame of a camera, as every network's event is understood. */
#ifndef LN_SERVICE_EVENTS_UPLINK_H
#define LN_SERVICE_EVENTS_UPLINK_H

#include <limitnet/core.h>

#include <stddef.h>
#include <stdint.h>

#define LN_DEVICE_NAME 80  /* characters of a device's name at most; The Things Stack's take up to 73 */
#define LN_SESSION_NAME 64 /* of a session's */
#define LN_WAY_BACK 512    /* of an address that one downlink may be sent to */
#define LN_NO_BATTERY (-1)

typedef struct ln_uplink {
    char device[LN_DEVICE_NAME + 1];   /* unique in its source, printable: a DevEUI in small hex digits,
                                          application/device, an IMEI */
    char session[LN_SESSION_NAME + 1]; /* in which the counter rises: a device address, a session key's id;
                                          empty if the network has none */
    unsigned counter_bits;             /* of `counter`, before it begins at 0 again: 32 in LoRaWAN, 16 in
                                          short burst, 12 in Sigfox; 0: there is no counter */
    uint32_t counter;                  /* of the frame, rises by one with each that the device sends */
    unsigned port;                     /* of the frame; 0: the network has no ports */
    uint64_t time_ms;                  /* when the network heard it, Unix time; 0: it does not say */
    int battery;                       /* percent; LN_NO_BATTERY: it does not say */
    uint32_t airtime_us;               /* for which the frame was on air once; 0: not known */
    uint8_t payload[LN_MAX_PAYLOAD];
    size_t size;
} ln_uplink;

/* What became of an event. Each but the first is counted, and what is not an uplink is no error. */
typedef enum ln_event_fate {
    LN_EVENT_UPLINK = 0, /* it is one, and holds a payload */
    LN_EVENT_OTHER,      /* a join, a status, an acknowledgement */
    LN_EVENT_TEST,       /* simulated by the network's console */
    LN_EVENT_EMPTY,      /* an uplink without a payload */
    LN_EVENT_BROKEN,     /* no JSON, no protobuf, or cut off */
    LN_EVENT_INCOMPLETE, /* a field that is needed is missing, or of another type or range */
    LN_EVENT_ENCODING,   /* the payload is no base64 or hex */
    LN_EVENT_ENCRYPTED,  /* the payload is encrypted end to end */
    LN_EVENT_TOO_LONG,   /* the event, a name or the payload exceeds its limit */
    LN_EVENT_MEMORY,     /* memory was short, so nothing is known of it: it must not be acknowledged */
    LN_EVENT_FATES
} ln_event_fate;

/* Their names, as in metrics: "uplink", "other" and so on. */
extern const char *const ln_event_fate_names[LN_EVENT_FATES];

#endif
