/* Reading what networks deliver. One file for each form; any bytes are safe.
 *
 * All of them: a field that is missing is zero, as networks leave out zeros. What is understood is in
 * `uplink`, which is empty unless the fate is LN_EVENT_UPLINK; `what` says in a few words what is wrong, for
 * the log, or is empty. Neither payloads nor keys are ever in `what`, nor anything else of an event: only
 * names of fields. A time or a battery that is not understood counts as missing: the frame is an uplink, and
 * `what` says so.
 *
 * Whether an event is an uplink is told from its content, so that one topic or address may carry all kinds.
 *
 * Battery: The Things Stack repeats the last level that the device told on each uplink (from 3.33.1 on).
 * ChirpStack has it in status events only, which are LN_EVENT_OTHER; Sigfox and short burst have none. */
#ifndef LN_SERVICE_EVENTS_EVENT_H
#define LN_SERVICE_EVENTS_EVENT_H

#include "service/events/uplink.h"

#define LN_EVENT_BYTES 65536 /* of an event at most */
#define LN_EVENT_WHAT 96

typedef ln_event_fate ln_event_reader(const void *bytes, size_t size, ln_uplink *uplink,
                                      char what[LN_EVENT_WHAT]);

/* ChirpStack v4, `integration.UplinkEvent` as JSON and as protobuf. Device: the DevEUI; session: the device
 * address. Encrypted: a join server kept the key (join_server_context). */
ln_event_reader ln_event_chirpstack_json, ln_event_chirpstack_protobuf;

/* The Things Stack v3, `ApplicationUp` as JSON, from MQTT or a webhook. Device: application/device; session:
 * the session key's id. Test: `simulated`. Encrypted: the network was told not to decrypt (app_s_key). */
ln_event_reader ln_event_things_stack;

/* Sigfox: a callback whose body is JSON with device, time, data, seqNumber (docs/SERVICE.md gives the
 * template). Other: one without data, as callbacks of other types are. */
ln_event_reader ln_event_sigfox;

/* Satellite short burst (RockBLOCK, Cloudloop): a form with imei, momsn, transmit_time, data. */
ln_event_reader ln_event_short_burst;

/* Airtime: The Things Stack tells it. ChirpStack tells how the frame was modulated, and it is computed for a
 * frame of LoRaWAN 1.0 without MAC commands. A frame that the device repeated counts once. */

/* The form by its name in the settings: chirpstack, chirpstack-protobuf, the-things-stack, sigfox,
 * short-burst. Null: there is none of this name. */
ln_event_reader *ln_event_reader_of(const char *name);

#endif
