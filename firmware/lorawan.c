#include "lorawan.h"

#define MOST_OPTIONS 15 /* bytes of MAC commands beside a payload; more of them take a frame of their own */

void lorawan_init(lorawan *stack, const ln_network *network, unsigned highest)
{
    *stack = (lorawan){.network = network, .repeats = 1};
    while (network->rate[stack->lowest].payload == 0) /* only for downlinks */
        stack->lowest++;
    stack->data_rate = stack->lowest;
    stack->highest = highest < network->data_rates ? highest : network->data_rates - 1u;
}

unsigned lorawan_payload(const lorawan *stack)
{
    unsigned payload = stack->network->rate[stack->data_rate].payload;

    return stack->commands <= MOST_OPTIONS && stack->commands <= payload ? payload - stack->commands : 0;
}

uint32_t lorawan_airtime(const lorawan *stack, unsigned payload)
{
    return stack->repeats * ln_airtime(&stack->network->rate[stack->data_rate], payload + stack->commands);
}

void lorawan_sent(lorawan *stack)
{
    unsigned rates = stack->highest - stack->lowest + 1;

    stack->frames++;
    stack->commands = 0;
    if (rates == 1)
        return;
    if (stack->frames % 3 == 0)
        stack->data_rate = stack->lowest + (stack->data_rate - stack->lowest + 1) % rates;
    if (stack->frames % 5 == 0)
        stack->repeats = 1 + stack->repeats % 3;
    if (stack->frames % 4 == 1)
        stack->commands = 2 + stack->frames % 17;
}
