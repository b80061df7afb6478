/* Any text, such as a label, as a string of the JSON that limitnet prints: another reader reads it the same,
 * but for bytes that are not UTF-8. */
#include "fuzz.h"

#include "cli/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text((fuzz_part){data, size}), *printed = NULL;
    size_t length;
    FILE *file = open_memstream(&printed, &length);
    REQUIRE(file != NULL);
    cli_json_string(file, text);
    REQUIRE(fclose(file) == 0);
    json_t *read = json_loadb(printed, length, JSON_DECODE_ANY, NULL), *is_text = json_string(text);
    REQUIRE(json_is_string(read));
    REQUIRE(is_text ? json_equal(read, is_text) : strstr(json_string_value(read), "\xEF\xBF\xBD") != NULL);
    json_decref(is_text);
    json_decref(read);
    free(printed);
    free(text);
    return 0;
}
