#include <limitnet/link.h>

#define LORAWAN_BYTES 13 /* MAC header, device address, control, counter, port and integrity code */

#define LORA(sf, khz, n, relayed)                                                                            \
    {                                                                                                        \
        LN_LORA, sf, 5, LORAWAN_BYTES, khz, n, relayed, 0                                                    \
    }
#define FSK(n, relayed)                                                                                      \
    {                                                                                                        \
        LN_FSK, 0, 0, LORAWAN_BYTES, 0, n, relayed, 50000                                                    \
    }
#define SIGFOX(bits_per_second)                                                                              \
    {                                                                                                        \
        LN_SIGFOX, 0, 0, 0, 0, 12, 12, bits_per_second                                                       \
    }
#define DOWNLINK_ONLY                                                                                        \
    {                                                                                                        \
        0                                                                                                    \
    }

static const ln_network eu868 = {
    "eu868",
    8,
    6,
    0,
    0,
    {LORA(12, 125, 51, 51), LORA(11, 125, 51, 51), LORA(10, 125, 51, 51), LORA(9, 125, 115, 115),
     LORA(8, 125, 242, 222), LORA(7, 125, 242, 222), LORA(7, 250, 242, 222), FSK(242, 222)},
    {{863000, 865000, 10},
     {865000, 868000, 100},
     {868000, 868600, 100},
     {868700, 869200, 10},
     {869400, 869650, 1000},
     {869700, 870000, 100}},
};

static const ln_network us915 = {
    "us915",
    5,
    1,
    400,
    0,
    {LORA(10, 125, 11, 11), LORA(9, 125, 53, 53), LORA(8, 125, 125, 125), LORA(7, 125, 242, 222),
     LORA(8, 500, 242, 222)},
    {{902000, 928000, LN_WHOLE_SHARE}},
};

/* With the dwell time of 400 ms: without it, the data rates are those of EU868. */
static const ln_network as923 = {
    "as923",
    8,
    1,
    400,
    0,
    {DOWNLINK_ONLY, DOWNLINK_ONLY, LORA(10, 125, 11, 11), LORA(9, 125, 53, 53), LORA(8, 125, 125, 125),
     LORA(7, 125, 242, 222), LORA(7, 250, 242, 222), FSK(242, 222)},
    {{915000, 928000, 100}},
};

/* With the dwell time of 400 ms, likewise. */
static const ln_network au915 = {
    "au915",
    7,
    1,
    400,
    0,
    {DOWNLINK_ONLY, DOWNLINK_ONLY, LORA(10, 125, 11, 11), LORA(9, 125, 53, 53), LORA(8, 125, 125, 125),
     LORA(7, 125, 242, 222), LORA(8, 500, 242, 222)},
    {{915000, 928000, LN_WHOLE_SHARE}},
};

static const ln_network sigfox_eu = {
    "sigfox-eu", 1, 1, 0, 140, {SIGFOX(100)}, {{868034, 868226, 100}},
};

static const ln_network sigfox_us = {
    "sigfox-us", 1, 1, 400, 140, {SIGFOX(600)}, {{902104, 904704, LN_WHOLE_SHARE}},
};

/* 28 bytes of IP and UDP headers. The rate is low on purpose, our choice: networks reach ten times as much.
 */
static const ln_network nb_iot = {
    "nb-iot", 1, 1, 0, 0, {{LN_STREAM, 0, 0, 28, 0, 1358, 1358, 20000}}, {{0, UINT32_MAX, LN_WHOLE_SHARE}},
};

/* Short burst data: 340 bytes a message at 2.4 kbit/s. */
static const ln_network satellite = {
    "satellite", 1, 1, 0, 0, {{LN_STREAM, 0, 0, 0, 0, 340, 340, 2400}}, {{1616000, 1626500, LN_WHOLE_SHARE}},
};

const ln_network *const ln_networks[] = {&eu868,     &us915,  &as923,     &au915, &sigfox_eu,
                                         &sigfox_us, &nb_iot, &satellite, NULL};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int same(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b))
        a++, b++;
    return lower(*a) == lower(*b);
}

const ln_network *ln_network_find(const char *name)
{
    for (size_t i = 0; name && ln_networks[i]; i++)
        if (same(name, ln_networks[i]->name))
            return ln_networks[i];
    return NULL;
}
