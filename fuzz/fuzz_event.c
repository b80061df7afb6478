/* Events of networks. The first byte chooses the form. The same bytes give the same answer; an uplink is
 * within what src/service/events/uplink.h says; what is said of an event is words of ours, and nothing of the
 * event.
 */
#include "fuzz.h"

#include "service/events/event.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST_WORD 24 /* last_battery_percentage */

static const char *const forms[] = {"chirpstack", "chirpstack-protobuf", "the-things-stack", "sigfox",
                                    "short-burst"};

static int is_printable(const char *text, size_t room)
{
    size_t length = strnlen(text, room);
    for (size_t i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return 0;
    return length < room;
}

/* Words of ours have no digits, but for "base64", and are not long; payloads, keys and names have, or are. */
static void check_words(const char *what)
{
    const char *word = what;
    for (const char *c = what; *c; c++) {
        if (*c == ' ')
            word = c + 1;
        REQUIRE(c - word < LONGEST_WORD && *c >= ' ' && *c <= '~');
        REQUIRE(*c < '0' || *c > '9' || strncmp(word, "base64", 6) == 0);
    }
}

static void check_uplink(const ln_uplink *u)
{
    REQUIRE(u->size >= 1 && u->size <= LN_MAX_PAYLOAD);
    REQUIRE(u->device[0] && is_printable(u->device, sizeof u->device));
    REQUIRE(is_printable(u->session, sizeof u->session));
    REQUIRE(u->counter_bits == 32 || u->counter_bits == 16 || u->counter_bits == 12 || u->counter_bits == 0);
    REQUIRE((uint64_t)u->counter >> u->counter_bits == 0);
    REQUIRE(u->port <= 255 && u->time_ms <= 253402300799999);
    REQUIRE(u->battery == LN_NO_BATTERY || (u->battery >= 0 && u->battery <= 100));
}

static void check_refusal(const ln_uplink *u, const char *what)
{
    static const ln_uplink none;
    REQUIRE(memcmp(u, &none, sizeof none) == 0);
    REQUIRE(*what);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_part rest = {data, size};
    ln_event_reader *reader = ln_event_reader_of(forms[fuzz_byte(&rest) % (sizeof forms / sizeof forms[0])]);
    uint8_t *event = fuzz_copy(rest.bytes, rest.size);
    ln_uplink uplink, again;
    char what[LN_EVENT_WHAT], what_again[LN_EVENT_WHAT];
    memset(&uplink, 0xaa, sizeof uplink);
    memset(&again, 0x55, sizeof again);
    ln_event_fate fate = reader(event, rest.size, &uplink, what);
    REQUIRE(fate < LN_EVENT_FATES && fate != LN_EVENT_MEMORY);
    REQUIRE(memchr(what, 0, sizeof what));
    check_words(what);
    REQUIRE(fate == reader(event, rest.size, &again, what_again));
    REQUIRE(strcmp(what, what_again) == 0 && strcmp(uplink.device, again.device) == 0);
    REQUIRE(strcmp(uplink.session, again.session) == 0 && uplink.counter == again.counter);
    REQUIRE(uplink.port == again.port && uplink.time_ms == again.time_ms && uplink.battery == again.battery);
    REQUIRE(uplink.airtime_us == again.airtime_us);
    REQUIRE(uplink.size == again.size && memcmp(uplink.payload, again.payload, uplink.size) == 0);
    if (fate == LN_EVENT_UPLINK)
        check_uplink(&uplink);
    else
        check_refusal(&uplink, what);
    free(event);
    return 0;
}
