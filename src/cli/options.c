/* Command line options. */
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MILLION 1000000u

/* Digits only: strtoull alone would take signs and blanks. */
static int parse_number(const char *text, const cli_option *option)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || errno || number < option->least || number > option->most)
        return 0;
    *(uint64_t *)option->value = number;
    return 1;
}

/* 0, 1, 0.3, .25: exact in parts of a million, without a float whose rounding may differ. What is finer is
 * refused. */
static int parse_share(const char *text, const cli_option *option)
{
    uint32_t share = 0, digit_value = MILLION;
    size_t digits = 0;
    int after_point = 0;
    for (; *text; text++) {
        if (*text == '.' && !after_point) {
            after_point = 1;
            continue;
        }
        if (*text < '0' || *text > '9')
            return 0;
        uint32_t digit = (uint32_t)(*text - '0');
        if (digit && after_point && digit_value <= 1)
            return 0;
        digits++;
        if (after_point)
            digit_value /= 10;
        else if (share)
            return 0;
        share += digit * digit_value;
        if (share > MILLION)
            return 0;
    }
    *(uint32_t *)option->value = share;
    return digits > 0;
}

static int take_value(const cli_option *option, const char *text)
{
    switch (option->kind) {
    case CLI_NUMBER:
        if (parse_number(text, option))
            return 1;
        cli_wrong_use("%s: '%s' is not a whole number from %llu to %llu", option->name, text,
                      (unsigned long long)option->least, (unsigned long long)option->most);
        return 0;
    case CLI_SHARE:
        if (parse_share(text, option))
            return 1;
        cli_wrong_use("%s: '%s' is not a share from 0 to 1 in at most six decimals, such as 0.3",
                      option->name, text);
        return 0;
    default:
        *(const char **)option->value = text;
        return 1;
    }
}

static const cli_option *find(const cli_option *options, const char *argument, size_t length)
{
    for (; options->name; options++)
        if (strlen(options->name) == length && !memcmp(options->name, argument, length))
            return options;
    return NULL;
}

/* Takes the option at argv[at]; returns the index behind it and its value, or -1. */
static int take(int argc, char **argv, int at, const cli_option *options)
{
    const char *argument = argv[at];
    const char *equals = strncmp(argument, "--", 2) ? NULL : strchr(argument, '=');
    size_t length = equals ? (size_t)(equals - argument) : strlen(argument);
    const cli_option *option = find(options, argument, length);
    if (!option) {
        cli_wrong_use("unknown option %.*s", (int)length, argument);
        return -1;
    }
    if (option->kind == CLI_FLAG) {
        if (equals) {
            cli_wrong_use("%s takes no value", option->name);
            return -1;
        }
        *(int *)option->value = 1;
        return at + 1;
    }
    if (equals)
        return take_value(option, equals + 1) ? at + 1 : -1;
    if (at + 1 >= argc) {
        cli_wrong_use("%s needs a value", option->name);
        return -1;
    }
    return take_value(option, argv[at + 1]) ? at + 2 : -1;
}

int cli_parse(int argc, char **argv, const cli_option *options)
{
    int operands = 0;
    for (int at = 1; at < argc;) {
        if (!strcmp(argv[at], "--")) {
            while (++at < argc)
                argv[++operands] = argv[at];
        } else if (argv[at][0] == '-' && argv[at][1]) {
            at = take(argc, argv, at, options);
            if (at < 0)
                return -1;
        } else {
            argv[++operands] = argv[at++];
        }
    }
    return operands;
}
