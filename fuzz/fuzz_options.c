/* Any lines as the arguments of a command, with options of each kind. */
#include "fuzz.h"

#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 64

static unsigned messages;

/* In place of the program's, which prints. */
int cli_wrong_use(const char *format, ...)
{
    char text[4096];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    REQUIRE(text[0]);
    messages++;
    return CLI_WRONG_USE;
}

static int split(char *text, char **argv)
{
    static char name[] = "command";
    int count = 0;
    argv[count++] = name;
    while (text && count <= MOST) {
        argv[count++] = text;
        text = strchr(text, '\n');
        if (text)
            *text++ = 0;
    }
    argv[count] = NULL;
    return count;
}

/* A share is exact in parts of a million: printed, it is read the same. */
static void read_again(uint32_t share)
{
    char name[] = "command", text[32];
    uint32_t again = UINT32_MAX;
    const cli_option options[] = {{"--share", CLI_SHARE, &again, 0, 0}, {0}};
    snprintf(text, sizeof text, "--share=%u.%06u", share / 1000000, share % 1000000);
    char *argv[] = {name, text, NULL};
    REQUIRE(cli_parse(2, argv, options) == 0 && again == share);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int flag = 0;
    const char *word = NULL;
    uint64_t number = 75, any = 0;
    uint32_t share = 0;
    const cli_option options[] = {
        {"--flag", CLI_FLAG, &flag, 0, 0},          {"-o", CLI_TEXT, &word, 0, 0},
        {"--number", CLI_NUMBER, &number, 11, 255}, {"--any", CLI_NUMBER, &any, 0, UINT64_MAX},
        {"--share", CLI_SHARE, &share, 0, 0},       {0},
    };
    char *text = fuzz_text((fuzz_part){data, size}), *argv[MOST + 2];
    int argc = split(text, argv);
    messages = 0;
    int operands = cli_parse(argc, argv, options);
    REQUIRE(operands >= 0 ? messages == 0 && operands < argc : operands == -1 && messages == 1);
    REQUIRE((flag == 0 || flag == 1) && number >= 11 && number <= 255 && share <= 1000000);
    for (int i = 1; i <= operands; i++)
        REQUIRE(argv[i] >= text && argv[i] <= text + size);
    read_again(share);
    free(text);
    return 0;
}
