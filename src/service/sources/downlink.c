#include "service/sources/downlink.h"

#include <ctype.h>
#include <sodium.h>
#include <string.h>

ln_downlink_form ln_downlink_form_of(const char *name)
{
    if (!strcmp(name, "chirpstack"))
        return LN_DOWNLINK_CHIRPSTACK;
    if (!strcmp(name, "chirpstack-protobuf"))
        return LN_DOWNLINK_CHIRPSTACK_PROTOBUF;
    return !strcmp(name, "the-things-stack") ? LN_DOWNLINK_THINGS_STACK : LN_DOWNLINK_NONE;
}

/* The parts of the topics around application and device. */
typedef struct parts {
    const char *before, *between, *up, *down, *all;
} parts;

static const parts *parts_of(ln_downlink_form form)
{
    static const parts chirpstack = {"application/", "/device/", "/event/up", "/command/down",
                                     "application/+/device/+/event/up"};
    static const parts things_stack = {"v3/", "/devices/", "/up", "/down/push", "v3/+/devices/+/up"};
    if (form == LN_DOWNLINK_NONE)
        return NULL;
    return form == LN_DOWNLINK_THINGS_STACK ? &things_stack : &chirpstack;
}

const char *ln_downlink_uplinks(ln_downlink_form form)
{
    const parts *p = parts_of(form);
    return p ? p->all : NULL;
}

/* ---- Topics ---------------------------------------------------------------------------------- */

static int skip(const char **at, const char *text)
{
    size_t size = strlen(text);
    if (strncmp(*at, text, size) != 0)
        return 0;
    *at += size;
    return 1;
}

/* Takes a level of a topic. */
static int take_level(const char **at, char *to, size_t room)
{
    size_t size = strcspn(*at, "/");
    if (size == 0 || size >= room)
        return 0;
    memcpy(to, *at, size);
    to[size] = 0;
    *at += size;
    return 1;
}

/* The Things Stack's devices are called application/device in uplinks, and the application stands in topics
 * with its tenant, application@tenant. */
static int join_names(ln_downlink_device *device)
{
    size_t application = strcspn(device->application, "@"), name = strlen(device->name);
    if (application + 1 + name >= sizeof device->name)
        return 0;
    memmove(device->name + application + 1, device->name, name + 1);
    memcpy(device->name, device->application, application);
    device->name[application] = '/';
    return 1;
}

/* Makes the digits small, as uplinks have them. Returns 0 if there are others: nothing else may get into a
 * message. */
static int make_small(char *hex)
{
    for (; isxdigit((unsigned char)*hex); hex++)
        *hex = (char)tolower((unsigned char)*hex);
    return !*hex;
}

int ln_downlink_parse(ln_downlink_form form, const char *topic, ln_downlink_device *device)
{
    const parts *p = parts_of(form);
    const char *at = topic;
    if (!p || !skip(&at, p->before) || !take_level(&at, device->application, sizeof device->application) ||
        !skip(&at, p->between) || !take_level(&at, device->name, sizeof device->name) ||
        strcmp(at, p->up) != 0)
        return 0;
    return form == LN_DOWNLINK_THINGS_STACK ? join_names(device) : make_small(device->name);
}

/* The device as topics have it. */
static const char *topic_name(ln_downlink_form form, const ln_downlink_device *device)
{
    const char *slash = strchr(device->name, '/');
    return form == LN_DOWNLINK_THINGS_STACK && slash ? slash + 1 : device->name;
}

/* ---- Messages -------------------------------------------------------------------------------- */

/* Zeros are characters of the text too. */
static void add_bytes(ln_text *text, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ln_text_add(text, "%c", ((const char *)bytes)[i]);
}

/* ChirpStack's DownlinkCommand: the device is field 2, the port 4, the bytes 5. A port takes two bytes. */
static void add_protobuf(ln_text *out, const char *device, unsigned port, const uint8_t *bytes, size_t size)
{
    const uint8_t name[] = {2 << 3 | 2, (uint8_t)strlen(device)};
    const uint8_t number[] = {4 << 3 | 0, (uint8_t)(0x80 | port), (uint8_t)(port >> 7)};
    const uint8_t data[] = {5 << 3 | 2, (uint8_t)size};
    add_bytes(out, name, sizeof name);
    add_bytes(out, device, strlen(device));
    add_bytes(out, number, sizeof number);
    add_bytes(out, data, sizeof data);
    add_bytes(out, bytes, size);
}

ln_status ln_downlink_make(ln_downlink_form form, const ln_downlink_device *device, unsigned port,
                           const uint8_t *bytes, size_t size, ln_text *topic, ln_text *message)
{
    const parts *p = parts_of(form);
    const char *name = topic_name(form, device);
    char base64[sodium_base64_ENCODED_LEN(LN_DOWNLINK_BYTES, sodium_base64_VARIANT_ORIGINAL)];
    sodium_bin2base64(base64, sizeof base64, bytes, size, sodium_base64_VARIANT_ORIGINAL);
    ln_text_add(topic, "%s%s%s%s%s", p->before, device->application, p->between, name, p->down);
    if (form == LN_DOWNLINK_CHIRPSTACK_PROTOBUF)
        add_protobuf(message, name, port, bytes, size);
    else if (form == LN_DOWNLINK_CHIRPSTACK)
        ln_text_add(message, "{\"devEui\":\"%s\",\"confirmed\":false,\"fPort\":%u,\"data\":\"%s\"}", name,
                    port, base64);
    else
        ln_text_add(message,
                    "{\"downlinks\":[{\"f_port\":%u,\"frm_payload\":\"%s\",\"priority\":\"NORMAL\"}]}", port,
                    base64);
    ln_status status = ln_text_check(topic, NULL);
    return status == LN_OK ? ln_text_check(message, NULL) : status;
}
