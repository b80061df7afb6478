/* Functions that count.c knows by their addresses: from the moment one is entered, instructions count for its
 * name. */
#ifndef FIRMWARE_MARK_H
#define FIRMWARE_MARK_H

#define MARK(name)                                                                                           \
    __attribute__((noipa)) static void name(void)                                                            \
    {                                                                                                        \
        __asm__ volatile("");                                                                                \
    }

#endif
