/* Stands in for an Arduino core: what the example uses, for this machine or, compiled only, for an Arm
 * processor. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define HEX 16

struct SerialPort {
    void begin(long)
    {
    }
    operator bool() const
    {
        return true;
    }
    void print(char c)
    {
        printf("%c", c);
    }
    void print(int number, int)
    {
        printf("%X", (unsigned)number);
    }
    void println(const char *text = "")
    {
        printf("%s\n", text);
    }
};
static SerialPort Serial;

/* One picture is enough. */
static void delay(unsigned long)
{
    exit(0);
}

void setup();
void loop();

int main()
{
    setup();
    for (;;)
        loop();
}
