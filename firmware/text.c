/* What semihosting.h has besides the calls themselves. */
#include "semihosting.h"

#include <string.h>

unsigned sh_arguments(char *line, size_t size, char **words, unsigned most)
{
    unsigned count = 0;

    if (sh_command_line(line, size) != 0)
        return 0;
    while (count < most) {
        while (*line == ' ')
            *line++ = 0;
        if (*line == 0)
            break;
        words[count++] = line;
        line += strcspn(line, " ");
    }
    return count;
}

unsigned sh_number(const char *word)
{
    unsigned number = 0;

    for (; *word >= '0' && *word <= '9'; word++)
        number = 10 * number + (unsigned)(*word - '0');
    return number;
}

const char *sh_decimal(uint32_t number, char *digits)
{
    char *digit = digits + SH_DIGITS - 1;

    *digit = 0;
    do {
        *--digit = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return digit;
}

void sh_print_number(uint32_t number)
{
    char digits[SH_DIGITS];

    sh_print(sh_decimal(number, digits));
}

void sh_print_figure(const char *what, uint32_t number)
{
    sh_print(what);
    sh_print(" ");
    sh_print_number(number);
    sh_print("\n");
}

void sh_fail(const char *what)
{
    sh_print("firmware: ");
    sh_print(what);
    sh_print("\n");
    sh_exit(1);
}
