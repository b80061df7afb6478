/* Events of networks: every fate for every form, the limits, and memory that is short. Events that other
 * programs made are in make_events.py. */
#include "service/events/event.h"
#include "service/events/time.h"

#include "cloud/file.h"
#include "faults/fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What was understood last. */
static ln_uplink uplink;
static char what[LN_EVENT_WHAT];

static ln_event_fate read_bytes(const char *form, const void *bytes, size_t size)
{
    memset(&uplink, 1, sizeof uplink);
    memset(what, 1, sizeof what);
    char *copy = malloc(size ? size : 1); /* so that the sanitizer sees what is read behind it */
    if (size)
        memcpy(copy, bytes, size);
    ln_event_fate fate = ln_event_reader_of(form)(copy, size, &uplink, what);
    free(copy);
    static const ln_uplink none;
    assert_non_null(memchr(what, 0, sizeof what));
    if (fate != LN_EVENT_UPLINK) {
        assert_memory_equal(&uplink, &none, sizeof none);
        assert_string_not_equal(what, "");
    }
    return fate;
}

typedef struct event_case {
    ln_event_fate fate;
    const char *text; /* quotation marks are written ' */
    const char *what; /* a part of what is said */
} event_case;

static ln_event_fate read_text(const char *form, const char *text)
{
    char *json = strdup(text);
    for (char *c = json; *c; c++)
        if (*c == '\'')
            *c = '"';
    ln_event_fate fate = read_bytes(form, json, strlen(json));
    free(json);
    return fate;
}

static void check_cases(const char *form, const event_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ln_event_fate fate = read_text(form, cases[i].text);
        if (fate != cases[i].fate || !strstr(what, cases[i].what) || (!*cases[i].what && *what))
            fail_msg("%s: %s '%s' for %s", form, ln_event_fate_names[fate], what, cases[i].text);
    }
}

#define CHECK(form, cases) check_cases(form, cases, sizeof(cases) / sizeof(cases)[0])

/* ---- Forms ----------------------------------------------------------------------------------- */

#define CS(rest) "{'deviceInfo':{'devEui':'0A1B2C3D4E5F6071'}," rest "}"

static void chirpstack_json_has_these_fates(void **state)
{
    (void)state;
    const event_case cases[] = {
        {LN_EVENT_UPLINK, CS("'data':'AQ=='"), ""},
        {LN_EVENT_UPLINK, CS("'data':'AQ==','fCnt':null,'joinServerContext':null,'time':null"), ""},
        {LN_EVENT_UPLINK, CS("'data':'AQ==','fCnt':'7'"), ""},
        {LN_EVENT_UPLINK, CS("'data':'AQ==','time':'yesterday'"), "time is not understood"},
        {LN_EVENT_UPLINK, CS("'data':'AQ==','time':7"), "time is not understood"},
        {LN_EVENT_OTHER, CS("'devAddr':'00b8a9c7'"), "no uplink"},
        {LN_EVENT_OTHER, CS("'margin':7,'batteryLevel':71.5"), "no uplink"},
        {LN_EVENT_OTHER, CS("'joinServerContext':{}"), "no uplink"},
        {LN_EVENT_EMPTY, CS("'rxInfo':[]"), "data"},
        {LN_EVENT_EMPTY, CS("'fPort':1,'data':''"), "data"},
        {LN_EVENT_BROKEN, "{'deviceInfo':{'devEui':'0a", "no JSON"},
        {LN_EVENT_BROKEN, CS("'data':'AQ=='") "x", "no JSON"},
        {LN_EVENT_BROKEN, CS("'data':'AQ==','data':'Ag=='"), "no JSON"},
        {LN_EVENT_BROKEN, CS("'data':'AQ==\\u0000'"), "no JSON"},
        {LN_EVENT_BROKEN, CS("'data':'AQ==','x':'\xff'"), "no JSON"},
        {LN_EVENT_BROKEN, "['data']", "no JSON object"},
        {LN_EVENT_BROKEN, "'data'", "no JSON"},
        {LN_EVENT_INCOMPLETE, "{}", "devEui is missing"},
        {LN_EVENT_INCOMPLETE, "{'data':'AQ=='}", "devEui is missing"},
        {LN_EVENT_INCOMPLETE, "{'data':'AQ==','deviceInfo':[]}", "deviceInfo is no object"},
        {LN_EVENT_INCOMPLETE, "{'data':'AQ==','deviceInfo':{'devEui':7}}", "devEui is no text"},
        {LN_EVENT_INCOMPLETE, "{'data':'AQ==','deviceInfo':{'devEui':'0a1g'}}", "devEui has"},
        {LN_EVENT_INCOMPLETE, CS("'data':'AQ==','devAddr':'00 b8'"), "devAddr has"},
        {LN_EVENT_INCOMPLETE, CS("'data':'AQ==','fCnt':-1"), "fCnt is out of range"},
        {LN_EVENT_INCOMPLETE, CS("'data':'AQ==','fCnt':4294967296"), "fCnt is out of range"},
        {LN_EVENT_INCOMPLETE, CS("'data':'AQ==','fCnt':'4294967296'"), "fCnt is out of range"},
        {LN_EVENT_INCOMPLETE, CS("'data':'AQ==','fCnt':'99999999999999999999'"), "fCnt is out of range"},
        {LN_EVENT_INCOMPLETE, CS("'data':'AQ==','fCnt':''"), "fCnt is no number"},
        {LN_EVENT_INCOMPLETE, CS("'data':'AQ==','fCnt':' 7'"), "fCnt is no number"},
        {LN_EVENT_INCOMPLETE, CS("'data':'AQ==','fCnt':1.5"), "fCnt is no number"},
        {LN_EVENT_INCOMPLETE, CS("'data':'AQ==','fCnt':true"), "fCnt is no number"},
        {LN_EVENT_INCOMPLETE, CS("'data':'AQ==','fPort':256"), "fPort is out of range"},
        {LN_EVENT_INCOMPLETE, CS("'data':[1,2]"), "data is no text"},
        {LN_EVENT_ENCODING, CS("'data':'AQ'"), "data is no base64"},
        {LN_EVENT_ENCODING, CS("'data':'AQ='"), "data is no base64"},
        {LN_EVENT_ENCODING, CS("'data':'AQ==='"), "data is no base64"},
        {LN_EVENT_ENCODING, CS("'data':'AQ== '"), "data is no base64"},
        {LN_EVENT_ENCODING, CS("'data':'A\\nQ=='"), "data is no base64"},
        {LN_EVENT_ENCODING, CS("'data':'AR=='"), "data is no base64"},
        {LN_EVENT_ENCODING, CS("'data':'=='"), "data is no base64"},
        {LN_EVENT_ENCODING, CS("'data':'-_-_'"), "data is no base64"},
        {LN_EVENT_ENCRYPTED, CS("'data':'AQ==','joinServerContext':{'sessionKeyId':'x'}"), "key"},
    };
    CHECK("chirpstack", cases);
    assert_int_equal(read_text("chirpstack", CS("'data':'AQ=='")), LN_EVENT_UPLINK);
    assert_string_equal(uplink.device, "0a1b2c3d4e5f6071");
    assert_string_equal(uplink.session, "");
    assert_int_equal(uplink.counter_bits, 32);
    assert_int_equal(uplink.counter, 0);
    assert_int_equal(uplink.time_ms, 0);
    assert_int_equal(uplink.battery, LN_NO_BATTERY);
}

/* Bytes given as a string literal, zeros included. */
#define BYTES(text) text, sizeof(text) - 1
#define CAMERA                                                                                               \
    "\x1a\x06\x42\x04"                                                                                       \
    "0A1b"
#define DATA "\x52\x01\x00"

static void chirpstack_protobuf_has_these_fates(void **state)
{
    (void)state;
    static const struct {
        ln_event_fate fate;
        const char *bytes;
        size_t size;
        const char *what;
    } cases[] = {
        {LN_EVENT_UPLINK, BYTES(CAMERA DATA), ""},
        /* Messages come in parts, of other fields the last one counts. */
        {LN_EVENT_UPLINK, BYTES("\x1a\x02\x3a\x00" CAMERA "\x1a\x00\x52\x01\x01" DATA), ""},
        /* Unknown fields of all types, and a known one of a type that it cannot have. */
        {LN_EVENT_UPLINK,
         BYTES(CAMERA DATA "\x88\x06\x01\x8d\x06....\x89\x06........\x8a\x06\x01.\x3d\1\1\1\1"), ""},
        {LN_EVENT_UPLINK, BYTES(CAMERA DATA "\x6a\x03\x12\x01\x1a"), "tx_info is not understood"},
        {LN_EVENT_UPLINK, BYTES(CAMERA DATA "\x6a\x02\x10\x07"), ""},
        {LN_EVENT_UPLINK, BYTES("\x12\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" CAMERA DATA),
         "time is not understood"},
        {LN_EVENT_UPLINK, BYTES("\x12\x02\x0a\x00" CAMERA DATA), "time is not understood"},
        {LN_EVENT_UPLINK, BYTES("\x12\x06\x10\xff\xff\xff\xff\x0f" CAMERA DATA), "time is not understood"},
        {LN_EVENT_OTHER,
         BYTES(CAMERA "\x22\x01"
                      "0"),
         "no uplink"},
        {LN_EVENT_EMPTY, BYTES(CAMERA "\x62\x00"), "data"},
        {LN_EVENT_EMPTY, BYTES(CAMERA "\x6a\x00"), "data"},
        {LN_EVENT_BROKEN, "", 0, "no bytes"},
        {LN_EVENT_BROKEN, BYTES("{\"deviceInfo\":{}}"), "no protobuf"},
        {LN_EVENT_BROKEN, BYTES(CAMERA "\x52"), "no protobuf"},
        {LN_EVENT_BROKEN, BYTES(CAMERA "\x52\x02\x00"), "no protobuf"},
        {LN_EVENT_BROKEN, BYTES(CAMERA DATA "\x00\x01"), "no protobuf"},
        {LN_EVENT_BROKEN, BYTES(CAMERA DATA "\x3d..."), "no protobuf"},
        {LN_EVENT_BROKEN,
         BYTES("\x1a\x06\x42\x05"
               "0a1b" DATA),
         "no protobuf"},
        {LN_EVENT_BROKEN, BYTES("\x12\x01\x08" CAMERA DATA), "no protobuf"},
        {LN_EVENT_BROKEN, BYTES("\x38\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "no protobuf"},
        {LN_EVENT_INCOMPLETE, BYTES(DATA), "dev_eui is missing"},
        {LN_EVENT_INCOMPLETE, BYTES("\x18\x07" DATA), "dev_eui is missing"},
        {LN_EVENT_INCOMPLETE, BYTES("\x1a\x02\x40\x07" DATA), "dev_eui is a number"},
        {LN_EVENT_INCOMPLETE,
         BYTES("\x1a\x04\x42\x02"
               "a\x00" DATA),
         "dev_eui has"},
        {LN_EVENT_INCOMPLETE, BYTES(CAMERA "\x50\x01"), "data is a number"},
        {LN_EVENT_INCOMPLETE, BYTES(CAMERA DATA "\x20\x01"), "dev_addr is a number"},
        {LN_EVENT_INCOMPLETE, BYTES(CAMERA DATA "\x3a\x01\x00"), "f_cnt is no number"},
        {LN_EVENT_INCOMPLETE, BYTES(CAMERA DATA "\x38\x80\x80\x80\x80\x10"), "f_cnt is out of range"},
        {LN_EVENT_INCOMPLETE, BYTES(CAMERA DATA "\x40\x80\x02"), "f_port is out of range"},
        {LN_EVENT_ENCRYPTED, BYTES(CAMERA DATA "\x7a\x00"), "key"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ln_event_fate fate = read_bytes("chirpstack-protobuf", cases[i].bytes, cases[i].size);
        if (fate != cases[i].fate || !strstr(what, cases[i].what) || (!*cases[i].what && *what))
            fail_msg("case %zu: %s '%s'", i, ln_event_fate_names[fate], what);
        if (fate == LN_EVENT_UPLINK) {
            assert_string_equal(uplink.device, "0a1b");
            assert_int_equal(uplink.size, 1);
            assert_int_equal(uplink.payload[0], 0);
            assert_int_equal(uplink.counter, 0);
        }
    }
}

#define TTS_IDS "'end_device_ids':{'device_id':'camera-7','application_ids':{'application_id':'reserve'}}"
#define TTS(rest) "{" TTS_IDS ",'uplink_message':{" rest "}}"

static void the_things_stack_has_these_fates(void **state)
{
    (void)state;
    const event_case cases[] = {
        {LN_EVENT_UPLINK, TTS("'frm_payload':'AQ=='"), ""},
        {LN_EVENT_UPLINK, TTS("'frm_payload':'AQ==','last_battery_percentage':{}"), ""},
        {LN_EVENT_UPLINK, TTS("'frm_payload':'AQ==','last_battery_percentage':{'value':101}"),
         "last_battery_percentage is not understood"},
        {LN_EVENT_UPLINK, TTS("'frm_payload':'AQ==','last_battery_percentage':{'value':'full'}"),
         "last_battery_percentage is not understood"},
        {LN_EVENT_UPLINK, TTS("'frm_payload':'AQ==','received_at':'2026-02-30T00:00:00Z'"),
         "received_at is not understood"},
        {LN_EVENT_OTHER, "{" TTS_IDS ",'join_accept':{}}", "no uplink"},
        {LN_EVENT_OTHER, "{" TTS_IDS ",'uplink_normalized':{'frm_payload':'AQ=='}}", "no uplink"},
        {LN_EVENT_TEST, "{" TTS_IDS ",'uplink_message':{'frm_payload':'AQ=='},'simulated':true}",
         "simulated"},
        {LN_EVENT_EMPTY, TTS(""), "frm_payload"},
        {LN_EVENT_BROKEN, "{" TTS_IDS, "no JSON"},
        {LN_EVENT_INCOMPLETE, "{'uplink_message':{'frm_payload':'AQ=='}}", "application_id is missing"},
        {LN_EVENT_INCOMPLETE, "{'end_device_ids':{'application_ids':{'application_id':'a'}}}",
         "device_id is missing"},
        {LN_EVENT_INCOMPLETE,
         "{'end_device_ids':{'device_id':'a/b','application_ids':{'application_id':'a'}}}", "device_id has"},
        {LN_EVENT_INCOMPLETE,
         "{'end_device_ids':{'device_id':'a\\u00e5','application_ids':{'application_id':'a'}}}",
         "device_id has"},
        {LN_EVENT_INCOMPLETE, "{" TTS_IDS ",'uplink_message':'AQ=='}", "uplink_message is no object"},
        {LN_EVENT_INCOMPLETE, TTS("'frm_payload':'AQ==','f_cnt':{}"), "f_cnt is no number"},
        {LN_EVENT_INCOMPLETE, TTS("'frm_payload':'AQ==','session_key_id':'a b'"), "session_key_id has"},
        {LN_EVENT_ENCODING, TTS("'frm_payload':'010203=='"), "frm_payload is no base64"},
        {LN_EVENT_ENCRYPTED, TTS("'frm_payload':'AQ==','app_s_key':{}"), "not decrypted"},
    };
    CHECK("the-things-stack", cases);
    assert_int_equal(read_text("the-things-stack", "{" TTS_IDS ",'received_at':'1970-01-01T00:00:01.5Z',"
                                                   "'uplink_message':{'frm_payload':'AQ==',"
                                                   "'last_battery_percentage':{'value':0.5}}}"),
                     LN_EVENT_UPLINK);
    assert_string_equal(uplink.device, "reserve/camera-7");
    assert_int_equal(uplink.time_ms, 1500);
    assert_int_equal(uplink.battery, 1);
}

#define SENT(modulation) CS("'data':'AQ==','txInfo':{'modulation':{" modulation "}}")
#define LORA "'lora':{'bandwidth':125000,'spreadingFactor':7,"
#define ON_AIR(duration) TTS("'frm_payload':'AQ==','consumed_airtime':" duration)

/* A frame of 14 bytes with its header: the times are those of the calculator at avbentem/airtime-calculator.
 * What is not understood is noted, and what LoRaWAN does not have is left out; the frame is an uplink. */
static void the_airtime_is_told_or_follows_from_the_modulation(void **state)
{
    (void)state;
    static const struct {
        const char *form, *text;
        uint32_t airtime_us;
        const char *what;
    } cases[] = {
        {"chirpstack", SENT(LORA "'codeRate':'CR_4_5'}"), 46336, ""},
        {"chirpstack", SENT("'lora':{'bandwidth':250000,'spreadingFactor':7,'codeRate':1}"), 23168, ""},
        {"chirpstack", SENT("'lora':{'bandwidth':125000,'spreadingFactor':11,'codeRate':'CR_4_5'}"), 659456,
         ""},
        {"chirpstack", SENT("'fsk':{'frequencyDeviation':25000,'datarate':50000}"), 4000, ""},
        {"chirpstack", SENT("'lrFhss':{'operatingChannelWidth':137000}"), 0, ""},
        {"chirpstack", SENT(LORA "'codeRate':'CR_LI_4_5'}"), 0, ""},
        {"chirpstack", SENT(LORA "'codeRate':'CR_4_9'}"), 0, ""},
        {"chirpstack", SENT(LORA "'codeRate':5}"), 0, ""},
        {"chirpstack", SENT(LORA "'codeRateLegacy':'4/5'}"), 0, ""},
        {"chirpstack", SENT("'lora':{'spreadingFactor':7,'codeRate':1}"), 0, ""},
        {"chirpstack", SENT("'lora':{'bandwidth':125500,'spreadingFactor':7,'codeRate':1}"), 0, ""},
        {"chirpstack", SENT("'lora':{'bandwidth':4294967295,'spreadingFactor':7,'codeRate':1}"), 0, ""},
        {"chirpstack", SENT("'lora':{'bandwidth':125000,'spreadingFactor':263,'codeRate':1}"), 0, ""},
        {"chirpstack", SENT("'lora':{'bandwidth':-1}"), 0, "txInfo is not understood"},
        {"chirpstack", SENT("'fsk':[]"), 0, "txInfo is not understood"},
        {"chirpstack", SENT("'fsk':{}"), 0, ""},
        {"chirpstack", CS("'data':'AQ==','txInfo':7"), 0, "txInfo is not understood"},
        {"chirpstack", CS("'data':'AQ==','txInfo':null"), 0, ""},
        {"the-things-stack", ON_AIR("'0.056576s'"), 56576, ""},
        {"the-things-stack", ON_AIR("'1s'"), 1000000, ""},
        {"the-things-stack", ON_AIR("'999.0000009s'"), 999000000, ""},
        {"the-things-stack", ON_AIR("null"), 0, ""},
        {"the-things-stack", ON_AIR("'1000s'"), 0, "consumed_airtime is not understood"},
        {"the-things-stack", ON_AIR("'-1s'"), 0, "consumed_airtime is not understood"},
        {"the-things-stack", ON_AIR("'0.5'"), 0, "consumed_airtime is not understood"},
        {"the-things-stack", ON_AIR("'.5s'"), 0, "consumed_airtime is not understood"},
        {"the-things-stack", ON_AIR("'0.s'"), 0, "consumed_airtime is not understood"},
        {"the-things-stack", ON_AIR("0.056576"), 0, "consumed_airtime is not understood"},
        {"the-things-stack", ON_AIR("''"), 0, "consumed_airtime is not understood"},
        {"sigfox", "{'device':'1A2B','data':'0aFF'}", 0, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(read_text(cases[i].form, cases[i].text), LN_EVENT_UPLINK);
        if (uplink.airtime_us != cases[i].airtime_us || !strstr(what, cases[i].what) ||
            (!*cases[i].what && *what))
            fail_msg("case %zu: %u us, '%s'", i, (unsigned)uplink.airtime_us, what);
    }
}

static void sigfox_has_these_fates(void **state)
{
    (void)state;
    const event_case cases[] = {
        {LN_EVENT_UPLINK, "{'device':'1A2B','data':'0aFF'}", ""},
        {LN_EVENT_UPLINK, "{'device':'1A2B','data':'0aFF','time':'soon'}", "time is not understood"},
        {LN_EVENT_UPLINK, "{'device':'1A2B','data':'0aFF','time':253402300800}", "time is not understood"},
        {LN_EVENT_OTHER, "{'device':'1A2B','batt':'3.3'}", "no data"},
        {LN_EVENT_EMPTY, "{'device':'1A2B','data':''}", "data"},
        {LN_EVENT_BROKEN, "{'device':'1A2B','data':}", "no JSON"},
        {LN_EVENT_INCOMPLETE, "{'data':'0aFF'}", "device is missing"},
        {LN_EVENT_INCOMPLETE, "{'device':'{device}','data':'0aFF'}", "device has"},
        {LN_EVENT_INCOMPLETE, "{'device':'1A2B','data':'0aFF','seqNumber':4096}",
         "seqNumber is out of range"},
        {LN_EVENT_ENCODING, "{'device':'1A2B','data':'0aF'}", "data has no pairs"},
        {LN_EVENT_ENCODING, "{'device':'1A2B','data':'0a F'}", "data has no pairs"},
    };
    CHECK("sigfox", cases);
    assert_int_equal(read_text("sigfox", "{'device':'1A2B','data':'0aFF','time':'1'}"), LN_EVENT_UPLINK);
    assert_string_equal(uplink.device, "1a2b");
    assert_int_equal(uplink.time_ms, 1000);
    assert_int_equal(uplink.counter_bits, 0);
    assert_int_equal(uplink.size, 2);
    assert_int_equal(uplink.payload[1], 255);
}

static void short_burst_has_these_fates(void **state)
{
    (void)state;
    const event_case cases[] = {
        {LN_EVENT_UPLINK, "imei=300&data=0aff", ""},
        {LN_EVENT_UPLINK, "data=%30aff&imei=30%30&x=%", ""},
        {LN_EVENT_UPLINK, "imei=300&data=0aff&transmit_time=21-10-31T10:41:50", "transmit_time is not"},
        {LN_EVENT_EMPTY, "imei=300&momsn=7&data=", "data"},
        {LN_EVENT_EMPTY, "imei=300&momsn=7", "data"},
        {LN_EVENT_BROKEN, "", "no bytes"},
        {LN_EVENT_BROKEN, "{'imei':300,'data':'00'}", "no form"},
        {LN_EVENT_BROKEN, "imei=300&", "no form"},
        {LN_EVENT_BROKEN, "imei=300&data=00&imei=301", "imei is there twice"},
        {LN_EVENT_BROKEN, "imei=300&data=0%4", "data has a broken escape"},
        {LN_EVENT_BROKEN, "imei=300&data=0%4g", "data has a broken escape"},
        {LN_EVENT_INCOMPLETE, "data=0aff", "imei is missing"},
        {LN_EVENT_INCOMPLETE, "imei=300+1&data=0aff", "imei has"},
        {LN_EVENT_INCOMPLETE, "imei=300%00&data=0aff", "imei has"},
        {LN_EVENT_INCOMPLETE, "imei=300&data=0aff&momsn=65536", "momsn is out of range"},
        {LN_EVENT_INCOMPLETE, "imei=300&data=0aff&momsn=", "momsn is no number"},
        {LN_EVENT_ENCODING, "imei=300&data=0aff+", "data has no pairs"},
        {LN_EVENT_ENCODING, "imei=300&data=xx", "data has no pairs"},
    };
    CHECK("short-burst", cases);
    assert_int_equal(read_text("short-burst", "imei=300&momsn=0&data=00&transmit_time=70-01-01+00%3A00:01"),
                     LN_EVENT_UPLINK);
    assert_int_equal(uplink.counter_bits, 16);
    assert_int_equal(uplink.time_ms, 1000 * 3155760001); /* 2070 */
    assert_int_equal(read_text("short-burst", "imei=300&data=00"), LN_EVENT_UPLINK);
    assert_int_equal(uplink.counter_bits, 0);
}

/* ---- Limits ---------------------------------------------------------------------------------- */

static void repeat(char *to, char c, size_t times)
{
    memset(to, c, times);
    to[times] = 0;
}

/* Reads `format` with a text of so many characters in it. */
static ln_event_fate read_long(const char *form, const char *format, char c, size_t times)
{
    char text[2048], run[1024];
    repeat(run, c, times);
    snprintf(text, sizeof text, format, run);
    return read_text(form, text);
}

static void each_limit_holds_and_its_last_value_is_taken(void **state)
{
    (void)state;
    assert_int_equal(read_long("chirpstack", CS("'data':'%s'"), 'A', 340), LN_EVENT_UPLINK);
    assert_int_equal(uplink.size, 255);
    assert_int_equal(read_long("chirpstack", CS("'data':'%s'"), 'A', 344), LN_EVENT_TOO_LONG);
    assert_int_equal(read_long("sigfox", "{'device':'1','data':'%s'}", 'a', 510), LN_EVENT_UPLINK);
    assert_int_equal(uplink.size, 255);
    assert_int_equal(read_long("sigfox", "{'device':'1','data':'%s'}", 'a', 512), LN_EVENT_TOO_LONG);
    assert_int_equal(read_long("short-burst", "imei=1&data=%s", 'a', 510), LN_EVENT_UPLINK);
    assert_int_equal(uplink.size, 255);
    assert_int_equal(read_long("short-burst", "imei=1&data=%s", 'a', 511), LN_EVENT_TOO_LONG);
    assert_int_equal(read_long("short-burst", "imei=1&data=%s", 'a', 512), LN_EVENT_TOO_LONG);
    assert_int_equal(read_long("short-burst", "imei=%s&data=aa", '1', LN_DEVICE_NAME), LN_EVENT_UPLINK);
    assert_int_equal(read_long("short-burst", "imei=%s&data=aa", '1', LN_DEVICE_NAME + 1), LN_EVENT_TOO_LONG);
    assert_int_equal(read_long("chirpstack", CS("'data':'AA==','devAddr':'%s'"), 'a', LN_SESSION_NAME),
                     LN_EVENT_UPLINK);
    assert_int_equal(read_long("chirpstack", CS("'data':'AA==','devAddr':'%s'"), 'a', LN_SESSION_NAME + 1),
                     LN_EVENT_TOO_LONG);
    assert_int_equal(read_text("chirpstack", CS("'data':'AA==','fCnt':4294967295,'fPort':255")),
                     LN_EVENT_UPLINK);
    assert_true(uplink.counter == UINT32_MAX);
    assert_int_equal(uplink.port, 255);
    assert_int_equal(read_text("sigfox", "{'device':'1','data':'aa','seqNumber':4095}"), LN_EVENT_UPLINK);
    assert_int_equal(read_text("short-burst", "imei=1&data=aa&momsn=65535"), LN_EVENT_UPLINK);
}

static void the_longest_ids_of_the_things_stack_fit(void **state)
{
    (void)state;
    const char *format = "{'end_device_ids':{'device_id':'%s','application_ids':{'application_id':'%s'}},"
                         "'uplink_message':{'frm_payload':'AQ=='}}";
    char text[512], id[64], wanted[LN_DEVICE_NAME + 1];
    repeat(id, 'a', 36);
    snprintf(text, sizeof text, format, id, id);
    assert_int_equal(read_text("the-things-stack", text), LN_EVENT_UPLINK);
    snprintf(wanted, sizeof wanted, "%s/%s", id, id);
    assert_string_equal(uplink.device, wanted);
    snprintf(text, sizeof text, format, "a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    assert_int_equal(read_text("the-things-stack", text), LN_EVENT_TOO_LONG);
}

static void a_payload_of_protobuf_has_at_most_255_bytes(void **state)
{
    (void)state;
    char bytes[300] = CAMERA "\x52\xff\x01";
    assert_int_equal(read_bytes("chirpstack-protobuf", bytes, 11 + 255), LN_EVENT_UPLINK);
    assert_int_equal(uplink.size, 255);
    bytes[9] = (char)0x80;
    bytes[10] = 2;
    assert_int_equal(read_bytes("chirpstack-protobuf", bytes, 11 + 256), LN_EVENT_TOO_LONG);
}

static void an_event_has_at_most_64_kib_in_every_form(void **state)
{
    (void)state;
    static const char *const events[][2] = {
        {"chirpstack", "{\"deviceInfo\":{\"devEui\":\"0a1b\"},\"data\":\"AQ==\",\"x\":\"%s\"}"},
        {"the-things-stack",
         "{\"end_device_ids\":{\"device_id\":\"a\",\"application_ids\":{\"application_id\":"
         "\"a\"}},\"uplink_message\":{\"frm_payload\":\"AQ==\"},\"x\":\"%s\"}"},
        {"sigfox", "{\"device\":\"1a\",\"data\":\"aa\",\"x\":\"%s\"}"},
        {"short-burst", "imei=1&data=aa&x=%s"},
    };
    static char run[LN_EVENT_BYTES + 1], text[2 * LN_EVENT_BYTES];
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        for (size_t more = 0; more < 2; more++) {
            repeat(run, 'a', LN_EVENT_BYTES + 2 - strlen(events[i][1]) + more);
            size_t size = (size_t)snprintf(text, sizeof text, events[i][1], run);
            assert_int_equal(size, LN_EVENT_BYTES + more);
            assert_int_equal(read_bytes(events[i][0], text, size),
                             more ? LN_EVENT_TOO_LONG : LN_EVENT_UPLINK);
        }
    memset(text, 0, sizeof text);
    assert_int_equal(read_bytes("chirpstack-protobuf", text, LN_EVENT_BYTES + 1), LN_EVENT_TOO_LONG);
}

static void json_may_be_deep(void **state)
{
    (void)state;
    static char text[LN_EVENT_BYTES];
    memset(text, '[', sizeof text);
    assert_int_equal(read_bytes("chirpstack", text, sizeof text), LN_EVENT_BROKEN);
}

/* ---- Times ----------------------------------------------------------------------------------- */

static void times_are_unix_time_in_milliseconds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t ms;
    } times[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T01:00:00+01:00", 0},
        {"1969-12-31T23:59:59Z", UINT64_MAX},
        {"1970-01-01T00:00:00+00:01", UINT64_MAX},
        {"2000-02-29T12:34:56.7Z", 951827696700},
        {"2000-03-01T00:00:00Z", 951868800000},
        {"2022-07-18T09:34:15.775023242+00:00", 1658136855775},
        {"2022-07-18t09:34:15.0009z", 1658136855000},
        {"2022-07-18 02:04:15-07:30", 1658136855000},
        {"2024-12-31T23:59:59Z", 1735689599000},
        {"2016-12-31T23:59:60Z", 1483228800000},
        {"2100-02-28T00:00:00Z", 4107456000000},
        {"2100-02-29T00:00:00Z", UINT64_MAX},
        {"2100-03-01T00:00:00Z", 4107542400000},
        {"2101-01-01T00:00:00Z", 4133980800000},
        {"9999-12-31T23:59:59.999Z", 253402300799999},
        {"9999-12-31T23:59:60Z", UINT64_MAX},
        {"9999-12-31T23:59:59-00:01", UINT64_MAX},
        {"2023-02-29T00:00:00Z", UINT64_MAX},
        {"2022-00-18T09:34:15Z", UINT64_MAX},
        {"2022-13-18T09:34:15Z", UINT64_MAX},
        {"2022-07-00T09:34:15Z", UINT64_MAX},
        {"2022-07-18T24:34:15Z", UINT64_MAX},
        {"2022-07-18T09:60:15Z", UINT64_MAX},
        {"2022-07-18T09:34:61Z", UINT64_MAX},
        {"2022-07-18T09:34:15.Z", UINT64_MAX},
        {"2022-07-18T09:34:15", UINT64_MAX},
        {"2022-07-18T09:34:15+0000", UINT64_MAX},
        {"2022-07-18T09:34:15+24:00", UINT64_MAX},
        {"2022-07-18T09:34:15Z ", UINT64_MAX},
        {"2022-7-18T09:34:15Z", UINT64_MAX},
        {"", UINT64_MAX},
    };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        uint64_t ms = 77;
        int is_time = ln_time_rfc3339(times[i].text, strlen(times[i].text), &ms);
        if (is_time != (times[i].ms != UINT64_MAX) || (is_time && ms != times[i].ms))
            fail_msg("%s: %llu", times[i].text, (unsigned long long)ms);
    }
}

/* ---- Names ----------------------------------------------------------------------------------- */

static void forms_and_fates_have_names(void **state)
{
    (void)state;
    assert_ptr_equal(ln_event_reader_of("chirpstack"), ln_event_chirpstack_json);
    assert_ptr_equal(ln_event_reader_of("chirpstack-protobuf"), ln_event_chirpstack_protobuf);
    assert_ptr_equal(ln_event_reader_of("the-things-stack"), ln_event_things_stack);
    assert_ptr_equal(ln_event_reader_of("sigfox"), ln_event_sigfox);
    assert_ptr_equal(ln_event_reader_of("short-burst"), ln_event_short_burst);
    assert_null(ln_event_reader_of("chirpstack-"));
    assert_null(ln_event_reader_of(""));
    for (int i = 0; i < LN_EVENT_FATES; i++) {
        assert_non_null(ln_event_fate_names[i]);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(ln_event_fate_names[i], ln_event_fate_names[k]);
    }
}

/* ---- Memory ---------------------------------------------------------------------------------- */

/* Reads an event once for each of its allocations, which fails, alone or with each n-th behind it: it says
 * so. */
static void fail_each_allocation(const char *form, const char *bytes, size_t size, ln_event_fate right)
{
    ln_event_reader *reader = ln_event_reader_of(form);
    ln_uplink whole, u;
    assert_int_equal(reader(bytes, size, &whole, what), right);
    for (fault_kind kind = FAULT_MEMORY; kind <= FAULT_MEMORY_EVERY; kind++)
        for (unsigned n = 1;; n++) {
            fault_arm(kind, n, ENOMEM);
            ln_event_fate fate = reader(bytes, size, &u, what);
            if (!fault_disarm()) {
                assert_true(n > 10);
                break;
            }
            assert_int_equal(fate, LN_EVENT_MEMORY);
        }
    assert_int_equal(reader(bytes, size, &u, what), right);
    assert_memory_equal(&u, &whole, sizeof u);
}

static void short_memory_is_said(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {"chirpstack", "tests/service/events/chirpstack-up.json"},
        {"the-things-stack", "tests/service/events/things-stack-up.json"},
        {"sigfox", "tests/service/events/sigfox-up.json"},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        uint8_t *bytes;
        size_t size;
        assert_int_equal(ln_file_read(files[i][1], 65536, &bytes, &size, NULL), LN_OK);
        fail_each_allocation(files[i][0], (const char *)bytes, size, LN_EVENT_UPLINK);
        free(bytes);
    }
}

/* Jansson's room for a token is full when it meets the last quotation mark, at 2^n - 1 characters. Other
 * members stand before it, so that with each n-th allocation both of some member and of the token fail. */
static void short_memory_at_the_end_of_a_token_is_said(void **state)
{
    (void)state;
    static char run[LN_EVENT_BYTES], text[LN_EVENT_BYTES + 512];
    for (size_t length = 16; length <= 256; length *= 2)
        for (size_t less = 1; less < 4; less++)
            for (int members = 1; members < 24; members++) {
                int size = sprintf(text, "{\"device\":\"1\"");
                for (int i = 0; i < members; i++)
                    size += sprintf(text + size, ",\"%d\":\"\"", i);
                repeat(run, 'a', length - less);
                size += sprintf(text + size, ",\"c\":\"%s\"}", run);
                fail_each_allocation("sigfox", text, (size_t)size, LN_EVENT_OTHER);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chirpstack_json_has_these_fates),
        cmocka_unit_test(chirpstack_protobuf_has_these_fates),
        cmocka_unit_test(the_things_stack_has_these_fates),
        cmocka_unit_test(the_airtime_is_told_or_follows_from_the_modulation),
        cmocka_unit_test(sigfox_has_these_fates),
        cmocka_unit_test(short_burst_has_these_fates),
        cmocka_unit_test(each_limit_holds_and_its_last_value_is_taken),
        cmocka_unit_test(the_longest_ids_of_the_things_stack_fit),
        cmocka_unit_test(a_payload_of_protobuf_has_at_most_255_bytes),
        cmocka_unit_test(an_event_has_at_most_64_kib_in_every_form),
        cmocka_unit_test(json_may_be_deep),
        cmocka_unit_test(times_are_unix_time_in_milliseconds),
        cmocka_unit_test(forms_and_fates_have_names),
        cmocka_unit_test(short_memory_is_said),
        cmocka_unit_test(short_memory_at_the_end_of_a_token_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
