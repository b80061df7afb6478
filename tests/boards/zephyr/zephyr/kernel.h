/* Stands in for Zephyr: what examples/sender_zephyr.c uses of its kernel. */
#ifndef ZEPHYR_KERNEL_H
#define ZEPHYR_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    int64_t ticks;
} k_timeout_t;
#define K_NO_WAIT ((k_timeout_t){0})
#define K_MSEC(ms) ((k_timeout_t){(ms)})
#define K_SECONDS(s) K_MSEC(1000 * (s))
int32_t k_sleep(k_timeout_t timeout);
uint32_t k_uptime_get_32(void);

struct k_msgq {
    char *buffer;
};
#define K_MSGQ_DEFINE(name, size, count, align)                                                              \
    static char name##_buffer[(size) * (count)];                                                             \
    struct k_msgq name = {name##_buffer}
int k_msgq_put(struct k_msgq *queue, const void *data, k_timeout_t timeout);
int k_msgq_get(struct k_msgq *queue, void *data, k_timeout_t timeout);
void k_msgq_purge(struct k_msgq *queue);

#endif
