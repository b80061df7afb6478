/* sender.c on Zephyr's LoRaWAN stack: sensor, keys and region's settings are yours. */
#include <errno.h>

#include <zephyr/kernel.h>
#include <zephyr/lorawan/lorawan.h>

#include "sender_board.h"

#define PORT 2
#define REPEATS 3      /* the most NbTrans that your network server sets: Zephyr does not tell */
#define RETRY_MS 10000 /* Zephyr does not tell either how long its own duty cycle lasts */

extern const struct lorawan_join_config join; /* yours */

K_MSGQ_DEFINE(feedbacks, LN_FEEDBACK_BYTES, 1, 1); /* callbacks run in another thread */
static volatile enum lorawan_datarate rate;

static void on_rate(enum lorawan_datarate changed)
{
    rate = changed;
}

static void on_downlink(uint8_t port, uint8_t flags, int16_t rssi, int8_t snr, uint8_t size,
                        const uint8_t *data)
{
    if (size != LN_FEEDBACK_BYTES)
        return;
    k_msgq_purge(&feedbacks); /* the newest counts */
    k_msgq_put(&feedbacks, data, K_NO_WAIT);
}

uint32_t board_ms(void)
{
    return k_uptime_get_32();
}

void board_sleep(uint32_t ms)
{
    k_sleep(K_MSEC(ms));
}

const ln_network *radio_network(void)
{
    return ln_network_find("eu868");
}

unsigned radio_payload(void)
{
    uint8_t next, most;
    lorawan_get_payload_sizes(&next, &most);
    return next;
}

uint32_t radio_airtime(unsigned payload)
{
    uint8_t next, most;
    lorawan_get_payload_sizes(&next, &most); /* MAC commands take the difference */
    return REPEATS * ln_airtime(&radio_network()->rate[rate], payload + most - next);
}

uint32_t radio_send(const uint8_t *packet, size_t size, radio_frame *frame)
{
    uint32_t before = radio_airtime((unsigned)size), after;
    int result = lorawan_send(PORT, (uint8_t *)packet, (uint8_t)size, LORAWAN_MSG_UNCONFIRMED);
    *frame = (radio_frame){0, 0};
    if (result == -EBUSY || result == -ECONNREFUSED || result == -ENOTCONN) /* duty cycle; no network yet */
        return RETRY_MS;
    after = radio_airtime((unsigned)size); /* ADR may have changed the rate before or behind the frame */
    frame->airtime_us = after > before ? after : before;
    return result == 0 ? 0 : LN_NEVER; /* -EAGAIN: MAC commands went instead */
}

int radio_feedback(uint8_t *bytes)
{
    return k_msgq_get(&feedbacks, bytes, K_NO_WAIT) == 0;
}

int main(void)
{
    static struct lorawan_downlink_cb downlinks = {.port = PORT, .cb = on_downlink};
    ln_status status;
    lorawan_register_downlink_callback(&downlinks);
    lorawan_register_dr_changed_callback(on_rate);
    lorawan_start();
    lorawan_enable_adr(true);
    while (lorawan_join(&join) != 0)
        k_sleep(K_SECONDS(60));
    status = sender_start();
    for (unsigned number = 0; status == LN_OK; number++)
        status = sender_picture(number);
    return status;
}
