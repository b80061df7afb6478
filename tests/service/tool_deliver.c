/* Delivers one alarm, for deliver.py. Prints fate (0 delivered, 1 again, 2 never), milliseconds to wait, and
 * why.
 *
 *     tool_deliver SETTINGS TARGET ID ATTEMPTS [PICTURE] <BODY */
#include "service/deliver/deliver.h"

#include "cloud/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST ((size_t)1 << 24)

static int say(const ln_error *error)
{
    fprintf(stderr, "%s\n", error->text);
    return 1;
}

static int deliver(const ln_target *target, char **argv)
{
    ln_error error;
    uint8_t *body, *picture = NULL;
    size_t body_size, size = 0;
    if (ln_file_read_open(stdin, "standard input", MOST, &body, &body_size, &error) != LN_OK)
        return say(&error);
    if (argv[5] && ln_file_read(argv[5], MOST, &picture, &size, &error) != LN_OK)
        return say(&error);
    ln_outbox_row entry = {.device = 255,
                           .id = strtoll(argv[3], NULL, 10),
                           .target = argv[2],
                           .body = (char *)body,
                           .attempts = (unsigned)strtoul(argv[4], NULL, 10)};
    ln_delivery delivery = ln_deliver(target, &entry, picture, size);
    printf("%d %" PRIu64 " %s\n", (int)delivery.fate, delivery.wait_ms, delivery.why);
    free(body);
    free(picture);
    return 0;
}

int main(int argc, char **argv)
{
    ln_service_settings settings;
    ln_error error;
    if (argc < 5)
        return 2;
    if (ln_service_settings_read(&settings, argv[1], &error) != LN_OK)
        return say(&error);
    const ln_target *target = ln_service_settings_target(&settings, argv[2]);
    int failed = target ? deliver(target, argv) : 1;
    ln_service_settings_free(&settings);
    return failed;
}
