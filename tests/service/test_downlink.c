/* Downlinks: topics and messages, as the networks' documentation has them. */
#include "service/sources/downlink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t bytes[] = {0, 1, 255};

static void check(const char *name, const char *uplink, const char *device, unsigned port, const char *topic,
                  const void *message, size_t size)
{
    ln_downlink_form form = ln_downlink_form_of(name);
    ln_downlink_device to;
    ln_text t = {0}, m = {0};
    assert_int_equal(ln_downlink_parse(form, uplink, &to), 1);
    assert_string_equal(to.name, device);
    assert_int_equal(ln_downlink_make(form, &to, port, bytes, sizeof bytes, &t, &m), LN_OK);
    assert_string_equal(t.bytes, topic);
    assert_int_equal(m.size, size);
    assert_memory_equal(m.bytes, message, size);
    free(t.bytes);
    free(m.bytes);
}

static void chirpstack(void **state)
{
    static const char json[] =
        "{\"devEui\":\"0a1b2c3d4e5f6071\",\"confirmed\":false,\"fPort\":2,\"data\":\"AAH/\"}";
    (void)state;
    check("chirpstack", "application/17c82e96-be03-4f38-aef3-f83d48582d97/device/0A1B2C3D4E5F6071/event/up",
          "0a1b2c3d4e5f6071", 2,
          "application/17c82e96-be03-4f38-aef3-f83d48582d97/device/0a1b2c3d4e5f6071/command/down", json,
          sizeof json - 1);
}

/* The bytes that ChirpStack's own package makes (chirpstack_api.integration.DownlinkCommand), but that it
 * writes ports below 128 in one byte. */
static void chirpstack_protobuf(void **state)
{
    static const uint8_t message[] = "\x12\x10"
                                     "0a1b2c3d4e5f6071\x20\xc8\x01\x2a\x03\x00\x01\xff";
    (void)state;
    check("chirpstack-protobuf", "application/7/device/0a1b2c3d4e5f6071/event/up", "0a1b2c3d4e5f6071", 200,
          "application/7/device/0a1b2c3d4e5f6071/command/down", message, sizeof message - 1);
}

static void things_stack(void **state)
{
    static const char json[] =
        "{\"downlinks\":[{\"f_port\":223,\"frm_payload\":\"AAH/\",\"priority\":\"NORMAL\"}]}";
    (void)state;
    check("the-things-stack", "v3/reserve@ttn/devices/camera-7/up", "reserve/camera-7", 223,
          "v3/reserve@ttn/devices/camera-7/down/push", json, sizeof json - 1);
    check("the-things-stack", "v3/reserve/devices/camera-7/up", "reserve/camera-7", 223,
          "v3/reserve/devices/camera-7/down/push", json, sizeof json - 1);
}

static void other_topics(void **state)
{
    static const char *const topics[] = {
        "",
        "application/7/device/0a1b2c3d4e5f6071/event/join",
        "application/7/device/0a1b2c3d4e5f6071/event/up/",
        "application//device/0a1b2c3d4e5f6071/event/up",
        "application/7/device//event/up",
        "application/7/device/\"},{/event/up",
        "v3/a@b/devices/c/up",
        "application/7/device/0000000000000000000000000000000000000000"
        "00000000000000000000000000000000000000000000/event/up",
    };
    ln_downlink_device device;
    (void)state;
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
        assert_int_equal(ln_downlink_parse(LN_DOWNLINK_CHIRPSTACK, topics[i], &device), 0);
    assert_int_equal(ln_downlink_parse(LN_DOWNLINK_THINGS_STACK, "v3/a@b/devices/c/join", &device), 0);
    assert_int_equal(ln_downlink_parse(LN_DOWNLINK_THINGS_STACK,
                                       "v3/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/devices/"
                                       "cccccccccccccccccccccccccccccccccccccccc/up",
                                       &device),
                     0);
    assert_int_equal(ln_downlink_form_of("sigfox"), LN_DOWNLINK_NONE);
    assert_null(ln_downlink_uplinks(LN_DOWNLINK_NONE));
    assert_int_equal(ln_downlink_parse(LN_DOWNLINK_NONE, "v3/a@b/devices/c/up", &device), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chirpstack),
        cmocka_unit_test(chirpstack_protobuf),
        cmocka_unit_test(things_stack),
        cmocka_unit_test(other_topics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
