/* Functions whose addresses count.c knows: when one is entered, instructions begin to count for its name. */
#ifndef FIRMWARE_MARK_H
#define FIRMWARE_MARK_H

#define MARK(name)                                                                                           \
    __attribute__((noipa)) static void name(void)                                                            \
    {                                                                                                        \
        __asm__ volatile("");                                                                                \
    }

#endif
