/* Reads events and prints what is understood, a line each, for make_events.py.
 *
 *     tool_event FORM FILE...     fate, what, device, session, bits of the counter, counter, port, time_ms,
 * battery, microseconds on air, payload in hex digits, with tabs between */
#include "service/events/event.h"

#include "cloud/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    ln_event_reader *reader = argc > 1 ? ln_event_reader_of(argv[1]) : NULL;
    if (!reader)
        return 2;
    for (int i = 2; i < argc; i++) {
        uint8_t *bytes;
        size_t size;
        ln_uplink u;
        char what[LN_EVENT_WHAT];
        if (ln_file_read(argv[i], 2 * LN_EVENT_BYTES, &bytes, &size, NULL) != LN_OK)
            return 1;
        ln_event_fate fate = reader(bytes, size, &u, what);
        free(bytes);
        printf("%s\t%s\t%s\t%s\t%u\t%" PRIu32 "\t%u\t%" PRIu64 "\t%d\t%" PRIu32 "\t",
               ln_event_fate_names[fate], what, u.device, u.session, u.counter_bits, u.counter, u.port,
               u.time_ms, u.battery, u.airtime_us);
        for (size_t n = 0; n < u.size; n++)
            printf("%02x", u.payload[n]);
        puts("");
    }
    return 0;
}
