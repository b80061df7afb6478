/* A LoRaWAN stack as the sender's scenario needs it: it only counts. ADR changes data rate and repeats every
 * few frames, as a network server would, and MAC commands take room now and then. A network with a single
 * data rate has neither. */
#ifndef FIRMWARE_LORAWAN_H
#define FIRMWARE_LORAWAN_H

#include <limitnet/link.h>

typedef struct lorawan {
    const ln_network *network;
    unsigned data_rate, lowest, highest;
    unsigned repeats;  /* NbTrans: how often a frame goes out */
    unsigned commands; /* bytes of MAC commands that the next frame carries */
    unsigned frames;   /* sent, without repeats */
} lorawan;

/* The stack with its lowest data rate. At most `highest` is used. */
void lorawan_init(lorawan *stack, const ln_network *network, unsigned highest);

/* Bytes that the next frame can carry beside the MAC commands. */
unsigned lorawan_payload(const lorawan *stack);

/* Airtime of a frame with this payload, MAC commands and repeats included, microseconds. */
uint32_t lorawan_airtime(const lorawan *stack, unsigned payload);

/* A frame was sent: what the network answers holds for the next one. */
void lorawan_sent(lorawan *stack);

#endif
