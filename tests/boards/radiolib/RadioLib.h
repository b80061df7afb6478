/* Stands in for RadioLib on Arduino: what examples/sender_radiolib.cpp uses of it, as in version 7.7.1. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define RADIOLIB_ERR_UPLINK_UNAVAILABLE (-1108)
#define RADIOLIB_ERR_NETWORK_NOT_JOINED (-1101)

typedef unsigned long RadioLibTime_t;

struct LoRaWANEvent_t {
    uint8_t fPort;
};

struct LoRaWANNode {
    int16_t sendReceive(const uint8_t *up, size_t size, uint8_t port, uint8_t *down, size_t *down_size,
                        bool confirmed, LoRaWANEvent_t *event_up, LoRaWANEvent_t *event_down);
    RadioLibTime_t getLastToA();
    RadioLibTime_t timeUntilUplink();
    uint8_t getMacUplinkLen();
    uint8_t getMaxPayloadLen();
};
