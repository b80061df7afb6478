/* Stands in for Zephyr: what examples/sender_zephyr.c uses of its LoRaWAN stack, as in include/zephyr/lorawan
 * of revision 0202bd860cbf. */
#ifndef ZEPHYR_LORAWAN_H
#define ZEPHYR_LORAWAN_H

#include <zephyr/kernel.h>

enum lorawan_datarate { LORAWAN_DR_0, LORAWAN_DR_15 = 15 };
enum lorawan_message_type { LORAWAN_MSG_UNCONFIRMED, LORAWAN_MSG_CONFIRMED };
struct lorawan_join_config {
    uint8_t *dev_eui;
};
struct lorawan_downlink_cb {
    uint16_t port;
    void (*cb)(uint8_t port, uint8_t flags, int16_t rssi, int8_t snr, uint8_t len, const uint8_t *data);
};
typedef void (*lorawan_dr_changed_cb_t)(enum lorawan_datarate dr);

void lorawan_register_downlink_callback(struct lorawan_downlink_cb *cb);
void lorawan_register_dr_changed_callback(lorawan_dr_changed_cb_t cb);
int lorawan_start(void);
void lorawan_enable_adr(bool enable);
int lorawan_join(const struct lorawan_join_config *config);
int lorawan_send(uint8_t port, uint8_t *data, uint8_t len, enum lorawan_message_type type);
void lorawan_get_payload_sizes(uint8_t *max_next_payload_size, uint8_t *max_payload_size);

#endif
