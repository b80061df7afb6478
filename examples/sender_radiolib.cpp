/* sender.c on RadioLib (Arduino): sensor and the node, which has joined, are yours. Call sender_start in
 * setup, and sender_picture in loop. */
#include <RadioLib.h>

#include "sender_board.h"

#define PORT 2
#define REPEATS 3   /* the most NbTrans that your network server sets: RadioLib does not tell */
#define LARGEST 242 /* payload of LoRaWAN, bytes */

extern LoRaWANNode node; /* yours */

static uint8_t downlink[LARGEST];
static size_t downlink_size;

uint32_t board_ms(void)
{
    return millis();
}

void board_sleep(uint32_t ms)
{
    delay(ms);
}

const ln_network *radio_network(void)
{
    return ln_network_find("eu868");
}

/* If MAC commands fill the frame, the difference wraps round in RadioLib (7.7.1). */
unsigned radio_payload(void)
{
    unsigned payload = node.getMaxPayloadLen();
    return payload + node.getMacUplinkLen() <= LARGEST ? payload : 0;
}

/* RadioLib does not tell the next data rate: the slowest one that carries so much. */
uint32_t radio_airtime(unsigned payload)
{
    const ln_network *network = radio_network();
    unsigned bytes = payload + node.getMacUplinkLen(), rate = 0;
    while (rate + 1u < network->data_rates && network->rate[rate].payload < bytes)
        rate++;
    return REPEATS * ln_airtime(&network->rate[rate], bytes);
}

uint32_t radio_send(const uint8_t *packet, size_t size, radio_frame *frame)
{
    LoRaWANEvent_t up, down;
    size_t length = 0;
    *frame = radio_frame();
    int16_t state = node.sendReceive(packet, size, PORT, downlink, &length, false, &up, &down);
    if (state == RADIOLIB_ERR_UPLINK_UNAVAILABLE || state == RADIOLIB_ERR_NETWORK_NOT_JOINED)
        return node.timeUntilUplink() + 1000;
    downlink_size = state > 0 && down.fPort == PORT ? length : 0;
    frame->airtime_us = (node.getLastToA() + REPEATS) * 1000; /* it drops fractions of milliseconds */
    return state >= 0 ? 0 : LN_NEVER;
}

int radio_feedback(uint8_t *bytes)
{
    if (downlink_size != LN_FEEDBACK_BYTES)
        return 0;
    memcpy(bytes, downlink, LN_FEEDBACK_BYTES);
    downlink_size = 0;
    return 1;
}
