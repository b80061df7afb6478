/* Reading what networks deliver. One file for each form; any bytes are safe.
 *
 * All of them: a field that is missing is zero, as networks leave out zeros. What is understood is in
 * `uplink`, which is empty unless the fate is LN_EVENT_UPLINK; `what` says in a few words what is wrong, for
 * the log, or is empty. Neither payloads nor keys are ever in `what`. */
#ifndef LN_SERVICE_EVENT_H
#define LN_SERVICE_EVENT_H

#include "service/uplink.h"

#define LN_EVENT_BYTES 65536 /* of an event at most */
#define LN_EVENT_WHAT 96

typedef ln_event_fate ln_event_reader(const void *bytes, size_t size, ln_uplink *uplink,
                                      char what[LN_EVENT_WHAT]);

/* ChirpStack v4, `integration.UplinkEvent` as JSON and as protobuf. */
ln_event_reader ln_event_chirpstack_json, ln_event_chirpstack_protobuf;

/* The Things Stack v3, `ApplicationUp` as JSON, from MQTT or a webhook. */
ln_event_reader ln_event_things_stack;

/* Sigfox: a callback whose body is JSON with device, time, data, seqNumber (docs/SERVICE.md gives the
 * template). */
ln_event_reader ln_event_sigfox;

/* Satellite short burst (RockBLOCK, Cloudloop): a form with imei, momsn, transmit_time, data. */
ln_event_reader ln_event_short_burst;

/* The form by its name in the settings: chirpstack, chirpstack-protobuf, the-things-stack, sigfox,
 * short-burst. Null: there is none of this name. */
ln_event_reader *ln_event_reader_of(const char *name);

#endif
