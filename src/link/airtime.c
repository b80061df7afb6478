#include <limitnet/link.h>

#define SECOND 1000000u /* microseconds */

#define PREAMBLE 8       /* symbols of a LoRa frame, to which the modem adds 4.25, or 6.25 with SF5 and 6 */
#define CHECK_BITS 16    /* of a LoRa frame */
#define HEADER_BITS 20   /* what a LoRa frame's header adds to its first symbols */
#define HEADER_SYMBOLS 8 /* symbols that hold it */
#define SLOW_SYMBOL 16   /* milliseconds; the low data rate optimisation drops two bits of slower symbols */

#define FSK_FRAME 11 /* preamble, sync word, length and check, bytes */

#define SIGFOX_FRAME 14 /* preamble, sync word, device, authentication and check, bytes */
#define SIGFOX_COPIES 3

static uint32_t ceiling(uint64_t dividend, uint64_t divisor)
{
    return (uint32_t)((dividend + divisor - 1) / divisor);
}

/* Symbols behind the preamble. */
static uint32_t lora_symbols(const ln_data_rate *rate, size_t bytes)
{
    int sf = rate->spreading_factor, small = sf < 7;
    int slow = (1 << sf) > SLOW_SYMBOL * rate->bandwidth;
    long bits = 8 * (long)bytes - 4 * sf + CHECK_BITS + HEADER_BITS + (small ? 0 : 8);

    return HEADER_SYMBOLS +
           (bits > 0 ? ceiling((uint64_t)bits, 4 * (uint64_t)(sf - 2 * slow)) * rate->coding_rate : 0);
}

static uint32_t lora(const ln_data_rate *rate, size_t bytes)
{
    if (rate->spreading_factor < 5 || rate->spreading_factor > 12 || rate->coding_rate < 5 ||
        rate->coding_rate > 8 || rate->bandwidth == 0)
        return 0;

    uint32_t quarters = 4 * (PREAMBLE + lora_symbols(rate, bytes)) + (rate->spreading_factor < 7 ? 25 : 17);

    return ceiling(((uint64_t)quarters << rate->spreading_factor) * 250, rate->bandwidth);
}

static uint32_t stream(const ln_data_rate *rate, size_t bytes)
{
    return rate->bits_per_second > 0 ? ceiling((uint64_t)bytes * 8 * SECOND, rate->bits_per_second) : 0;
}

uint32_t ln_airtime(const ln_data_rate *rate, size_t payload)
{
    if (!rate || payload > UINT16_MAX)
        return 0;

    size_t bytes = payload + rate->overhead;

    switch (rate->modulation) {
    case LN_LORA:
        return lora(rate, bytes);
    case LN_FSK:
        return stream(rate, bytes + FSK_FRAME);
    case LN_SIGFOX:
        return SIGFOX_COPIES * stream(rate, bytes + SIGFOX_FRAME);
    case LN_STREAM:
        return stream(rate, bytes);
    default:
        return 0;
    }
}
