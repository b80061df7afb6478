/* From reset to main, for a Cortex-M without an operating system. */
#include "start.h"

#include "semihosting.h"

#define UNUSED_STACK 0x5ac1c0deu /* what the stack is painted with, to see afterwards how far it was used */

/* From the linker script. */
extern uint32_t data_begin[], data_end[], data_load[], bss_begin[], bss_end[], stack_bottom[], stack_top[];

int main(void);
void reset(void);

static void copy(uint32_t *to, const uint32_t *end, const uint32_t *from)
{
    while (to < end)
        *to++ = *from++;
}

static void fill(uint32_t *from, const uint32_t *end, uint32_t value)
{
    while (from < end)
        *from++ = value;
}

void paint_stack(void)
{
    fill(stack_bottom, (const uint32_t *)__builtin_frame_address(0) - 16, UNUSED_STACK);
}

uint32_t stack_used(void)
{
    const uint32_t *word = stack_bottom;

    while (word < stack_top && *word == UNUSED_STACK)
        word++;
    return (uint32_t)((const uint8_t *)__builtin_frame_address(0) - (const uint8_t *)word);
}

/* Switches on coprocessors 10 and 11, which are a Cortex-M55's vector registers. Processors without them
 * ignore this. */
static void enable_vectors(void)
{
    volatile uint32_t *access = (volatile uint32_t *)0xe000ed88u;

    *access |= 0xfu << 20;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

void reset(void)
{
    enable_vectors();
    copy(data_begin, data_end, data_load);
    fill(bss_begin, bss_end, 0);
    sh_exit(main());
}

static void fault(void)
{
    sh_print("firmware: processor fault\n");
    sh_exit(3);
}

/* Stack pointer, reset, and the faults. Interrupts stay off. */
__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    stack_top,           (const void *)reset, (const void *)fault, (const void *)fault,
    (const void *)fault, (const void *)fault, (const void *)fault, (const void *)fault,
};
