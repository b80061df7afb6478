#include "lines.h"

#include <string.h>

#include "semihosting.h"

static int out;

void lines_open(const char *path)
{
    out = sh_open(path, SH_WRITE);
    if (out < 0)
        sh_fail("the lines cannot be written");
}

void put(const char *text)
{
    if (sh_write(out, text, strlen(text)) != 0)
        sh_fail("the lines cannot be written");
}

void put_number(uint32_t number)
{
    char digits[SH_DIGITS];

    put(" ");
    put(sh_decimal(number, digits));
}

void put_hexadecimal(const uint8_t *bytes, size_t size)
{
    static const char digit[] = "0123456789abcdef";
    char text[3] = {0};

    for (size_t i = 0; i < size; i++) {
        text[0] = digit[bytes[i] >> 4];
        text[1] = digit[bytes[i] & 15];
        put(text);
    }
}

void lines_close(void)
{
    sh_close(out);
}
