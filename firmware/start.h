#ifndef FIRMWARE_START_H
#define FIRMWARE_START_H

#include <stdint.h>

/* Measure how much stack a call uses: paint the stack, call, then ask. Both count from the caller's frame. */
void paint_stack(void);
uint32_t stack_used(void);

#endif
