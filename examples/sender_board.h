/* What sender.c needs of a board: a sensor, a clock and a LoRaWAN stack. sender_computer.c plays one;
 * sender_zephyr.c, sender_loramac.c and sender_radiolib.cpp are real stacks, without the sensor. */
#ifndef SENDER_BOARD_H
#define SENDER_BOARD_H

#include <limitnet/link.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- sender.c -------------------------------------------------------------------------------- */

/* Once, when the stack has joined its network. */
ln_status sender_start(void);

/* Takes a picture and sends it, until it is done, its deadline is over, or the receiver has seen enough. */
ln_status sender_picture(unsigned number);

/* ---- The board ------------------------------------------------------------------------------- */

/* The next row of the sensor's picture: red, green and blue of each pixel. */
void board_row(uint8_t *rgb, size_t bytes);

/* Milliseconds since the first start; may wrap round. It must never run ahead, so it is no wall clock, which
 * the network may set. If it begins anew, no time has passed for the ledgers: better let it go on over deep
 * sleep. */
uint32_t board_ms(void);
void board_sleep(uint32_t ms);

/* The stack's region. */
const ln_network *radio_network(void);

/* Bytes that the next frame carries beside MAC commands. Asked before each frame: ADR changes it within a
 * picture. */
unsigned radio_payload(void);

/* Airtime of the next frame with this payload, MAC commands and all repeats (NbTrans) included, microseconds.
 * If the stack does not tell: the most that it may be. */
uint32_t radio_airtime(unsigned payload);

typedef struct radio_frame {
    uint32_t airtime_us; /* that was spent; 0: nothing was sent */
    uint32_t khz;        /* where; 0: not known, or repeats went elsewhere */
} radio_frame;

/* Sends, and waits for the end of the receive windows. Size 0 is a frame of MAC commands only. Returns 0 or,
 * if the stack refuses, milliseconds after which it may take the packet; LN_NEVER: it will not. */
uint32_t radio_send(const uint8_t *packet, size_t size, radio_frame *frame);

/* The last feedback that came down, once: 1, or 0 if none did.
 *   bytes   receives LN_FEEDBACK_BYTES */
int radio_feedback(uint8_t *bytes);

#ifdef __cplusplus
}
#endif
#endif
