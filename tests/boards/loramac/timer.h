/* Stands in for LoRaMac-node. */
#include <stdint.h>

typedef uint32_t TimerTime_t;
TimerTime_t TimerGetCurrentTime(void);
